"""The workers of a judge: started one after another, timed and ended.

If a worker hangs or dies, the call that it was asked for has failed, and a new worker continues
with the next task.
"""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from tinyalex.coursework.apart import limits
from tinyalex.coursework.apart.stand_in import Calls, StandIn
from tinyalex.coursework.engine.checker import each_verdict
from tinyalex.coursework.engine.task import Lesson
from tinyalex.coursework.engine.verdict import Ended, Verdict


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
            with suppress(Ended, Exception):
                exercise.end()
    return verdicts


class Worker:
    """The student's process, one after another.

    start: starts one. seconds: for loading the file and for each task. first: one that has been
    started already.
    """

    def __init__(
        self, start: Callable[[], subprocess.Popen], seconds: float, first: subprocess.Popen
    ) -> None:
        self._start, self._seconds = start, seconds
        self._process: subprocess.Popen | None = first

    @contextmanager
    def running(self) -> Iterator[StandIn]:
        """A stand-in for the worker's Exercise. Afterwards nothing of the worker is left."""
        self._process = process = self._process or self._start()
        self._calls = Calls(process.stdout.fileno(), process.stdin.fileno(), self._reason)
        self._late, self._clock = False, None
        self.restart_clock()
        try:
            yield StandIn(self._calls, 0)
        finally:
            self._clock.cancel()
            self._kill()
            process.stdin.close()
            process.stdout.close()
            process.wait()
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
