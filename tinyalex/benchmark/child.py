"""The child process: it holds one timed program and runs it when asked.

    python -m tinyalex.benchmark.child ours '{"variant": "paper", "batch": 1, …}'

It warms up and writes one line of JSON, then one more for each word that it reads: see WORDS.
Between words it blocks on a pipe and uses no CPU time. It exits when its input ends.
"""

from __future__ import annotations

import json
import math
import os
import sys
import time
from pathlib import Path

from tinyalex.benchmark.cases import Case

REPEAT_SECONDS = 0.4  # a repeat runs as many steps as fit in about this time


def make(program: str, case: Case):
    """The timed program: "machine", "ours", or PyTorch: "eager", "channels_last", "compiled"."""
    if program == "machine":
        from tinyalex.benchmark.machine import Machine

        return Machine(case.threads)
    if program == "ours":
        from tinyalex.benchmark.ours import Ours

        return Ours(case)
    from tinyalex.benchmark.theirs import Theirs

    return Theirs(case, program)


def warm_up(subject) -> dict:
    """Times the first call, which compiles and allocates, and sets the number of steps a repeat."""
    if not hasattr(subject, "step"):
        return {}
    first = _seconds(subject, 1)
    again = _seconds(subject, 1)
    # Short steps have not reached their full speed yet: estimate again.
    steps = min(50, math.ceil(REPEAT_SECONDS / again))
    again = _seconds(subject, steps) if steps > 1 else again
    return {"first_call": first, "steps": max(1, min(500, round(REPEAT_SECONDS / again)))}


def _seconds(subject, steps: int) -> float:
    """Seconds per step, averaged over `steps` steps."""
    started = time.perf_counter()
    for _ in range(steps):
        subject.step()
    return (time.perf_counter() - started) / steps


def peak_memory() -> int | None:
    """This process's peak memory in bytes, or None where the system does not report it."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(row for row in status.read_text().splitlines() if row.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    try:
        import resource  # not on Windows
    except ImportError:
        return None
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


WORDS = {
    "steps": lambda subject, about: {"seconds": _seconds(subject, about["steps"])},
    "layers": lambda subject, about: subject.layer_times(),
    "memory": lambda subject, about: {"bytes": peak_memory()},
    "measure": lambda subject, about: subject.measure(),
}


def main(program: str, case: str) -> None:
    # Answers go to the real standard output; library output is redirected to standard error.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def answer(content: dict) -> None:
        answers.write(json.dumps(content) + "\n")
        answers.flush()

    try:
        subject = make(program, Case(**json.loads(case)))
        about = warm_up(subject)
        answer(about)
        for word in sys.stdin:
            answer(WORDS[word.strip()](subject, about))
    except Exception as error:  # of any kind: the command reports it
        lines = str(error).strip().splitlines()
        answer({"error": f"{type(error).__name__}: {lines[0] if lines else ''}"})


if __name__ == "__main__":
    main(*sys.argv[1:])
