"""The process that judges a submission, which runs none of the student's code.

python -m tinyalex.coursework.apart.judge LESSON FILE SEED SECONDS MEMORY APART prints the verdicts
as JSON. It starts a worker, which loads the file and does what it is asked; cases, expected values
and comparison stay here. If the worker hangs or dies, the call that it was asked for has failed,
and a new worker continues with the next task.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tinyalex.coursework.apart import limits
from tinyalex.coursework.apart.stand_in import Calls, StandIn
from tinyalex.coursework.engine.checker import each_verdict
from tinyalex.coursework.engine.lessons import by_number
from tinyalex.coursework.engine.task import Lesson
from tinyalex.coursework.engine.verdict import Verdict

WORKER = "tinyalex.coursework.apart.worker"


def main() -> None:
    number, path, seed, seconds, memory, apart = sys.argv[1:]
    limits.adopt_orphans()
    limits.limit_memory(int(memory))  # a layer's own idea of its output's size counts here too
    worker = Worker([number, path, memory], float(seconds), apart)  # it starts while we import
    lesson = by_number(number)
    verdicts = judge(lesson, int(seed), worker)
    json.dump([verdict.as_dict() for verdict in verdicts], sys.stdout)


def judge(lesson: Lesson, seed: int, worker: Worker) -> list[Verdict]:
    """A verdict for each task, from as many workers as it takes."""
    verdicts: list[Verdict] = []
    while len(verdicts) < len(lesson.tasks):
        before = [verdict.passed for verdict in verdicts]
        with worker.running() as exercise:
            loaded = False
            for verdict in each_verdict(lesson, exercise, seed, before):
                if verdict is None:
                    loaded = True
                else:
                    verdicts.append(verdict)
                    if loaded and worker.ended:
                        break
                worker.restart_clock()
    return verdicts


class Worker:
    """The student's process, one after another. seconds: for loading the file and for each task."""

    def __init__(self, arguments: list[str], seconds: float, apart: str) -> None:
        self._arguments, self._seconds, self._apart = arguments, seconds, apart
        self._process: subprocess.Popen | None = None
        self._start()

    def _start(self) -> None:
        longest = str(100 * self._seconds)  # of processor time, should nobody end it
        command = [sys.executable, "-m", WORKER, *self._arguments, longest, self._apart]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "bufsize": 0}
        self._late = False
        self._process = subprocess.Popen(command, start_new_session=True, **pipes)
        self._calls = Calls(
            self._process.stdout.fileno(), self._process.stdin.fileno(), self._reason
        )

    @contextmanager
    def running(self) -> Iterator[StandIn]:
        """A stand-in for the worker's Exercise. Afterwards nothing of the worker is left."""
        if self._process is None:
            self._start()
        self._clock = None
        self.restart_clock()
        try:
            yield StandIn(self._calls, 0)
        finally:
            self._clock.cancel()
            self._kill()
            self._process.stdin.close()
            self._process.stdout.close()
            self._process.wait()
            limits.end_children()
            self._process = None

    @property
    def ended(self) -> bool:
        return self._calls.ended is not None

    def restart_clock(self) -> None:
        """From now on there are `seconds` again."""
        if self._clock is not None:
            self._clock.cancel()
        self._clock = threading.Timer(self._seconds, self._out_of_time)
        self._clock.daemon = True
        self._clock.start()

    def _out_of_time(self) -> None:
        self._late = True
        self._kill()
        limits.kill_children()  # one of them may hold the pipe open

    def _kill(self) -> None:
        if hasattr(os, "killpg"):
            with suppress(OSError):
                os.killpg(self._process.pid, 9)
        with suppress(OSError):
            self._process.kill()

    def _reason(self) -> str:
        """Why the pipe is closed."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(1)
        if self._late:
            return f"still running after {self._seconds:g} seconds: an endless loop?"
        code = self._process.poll()
        if code is None:
            return "no verdict: the file closes the check's own pipe"
        return f"the process ended with code {code}"


if __name__ == "__main__":
    main()
