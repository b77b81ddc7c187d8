"""The process that judges a submission, which runs none of the student's code.

python -m tinyalex.coursework.apart.judge LESSON FILE SEED SECONDS MEMORY APART prints the verdicts
as JSON. It starts a worker, which loads the file and does what it is asked; cases, expected values
and comparison stay here.
"""

from __future__ import annotations

import json
import subprocess
import sys
from functools import partial

WORKER = "tinyalex.coursework.apart.worker"
PIPES = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "bufsize": 0}


def main() -> None:
    number, path, seed, seconds, memory, apart = sys.argv[1:]
    longest = str(100 * float(seconds))  # of processor time, should nobody end it
    command = [sys.executable, "-m", WORKER, number, path, memory, longest, apart]
    start = partial(subprocess.Popen, command, start_new_session=True, **PIPES)
    first = start()  # it imports the library while this process does

    from tinyalex.coursework.apart import limits
    from tinyalex.coursework.apart.running import Worker, judge
    from tinyalex.coursework.engine.lessons import by_number

    limits.adopt_orphans()
    limits.limit_memory(int(memory))  # a layer's own idea of its output's size counts here too
    verdicts = judge(by_number(number), int(seed), Worker(start, float(seconds), first))
    json.dump([verdict.as_dict() for verdict in verdicts], sys.stdout)


if __name__ == "__main__":
    main()
