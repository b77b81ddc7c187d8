"""The process that judges a submission, which runs none of the student's code.

python -m tinyalex.coursework.apart.judge LESSON FILE SEED SECONDS MEMORY APART prints the verdicts
as JSON. It starts a worker, which loads the file and does what it is asked; cases, expected values
and comparison stay here.
"""

from __future__ import annotations

import json
import subprocess
import sys

WORKER = "tinyalex.coursework.apart.worker"


def main() -> None:
    number, path, seed, seconds, memory, apart = sys.argv[1:]
    longest = str(100 * float(seconds))  # of processor time, should nobody end it
    command = [sys.executable, "-m", WORKER, number, path, memory, longest, apart]
    first = start(command)  # it imports the library while this process does

    from tinyalex.coursework.apart import limits
    from tinyalex.coursework.apart.running import Worker, judge
    from tinyalex.coursework.engine.lessons import by_number

    limits.adopt_orphans()
    limits.limit_memory(int(memory))  # a layer's own idea of its output's size counts here too
    verdicts = judge(by_number(number), int(seed), Worker(command, float(seconds), first))
    json.dump([verdict.as_dict() for verdict in verdicts], sys.stdout)


def start(command: list[str]) -> subprocess.Popen:
    """A worker, in a session of its own and with pipes for questions and answers."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "bufsize": 0}
    return subprocess.Popen(command, start_new_session=True, **pipes)


if __name__ == "__main__":
    main()
