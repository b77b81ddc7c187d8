"""Runs the check on mutants, each in a process of its own with limits on time and memory."""

from __future__ import annotations

import gc
import multiprocessing
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import wait

from tinyalex.coursework.mutation.mutants import Mutant

MEMORY = 4 * 2**30

# judge(mutant) -> "" if the check passes it, else the name of the stage that stops it
Judge = Callable[[Mutant], str]


@dataclass(frozen=True)
class Trial:
    """stage: where the check stopped the mutant; "" if it passed."""

    mutant: Mutant
    stage: str
    seconds: float


def trials(
    mutants: Sequence[Mutant], judge: Judge, jobs: int = 1, seconds: int = 20
) -> Iterator[Trial]:
    """One trial for each mutant, in their order. ValueError where processes cannot be forked.

    seconds: of processor time for each; on the clock it may take ten times as long.
    """
    if "fork" not in multiprocessing.get_all_start_methods():
        raise ValueError("mutation testing forks processes, which this system cannot do")
    gc.collect()
    gc.freeze()  # children need no copies of what is only looked at by the collector
    waiting, running, done, shown = list(enumerate(mutants))[::-1], {}, {}, 0
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                place, mutant = waiting.pop()
                running[place] = _Running(mutant, judge, seconds)
            wait([child.reading for child in running.values()], timeout=1)
            for place, child in list(running.items()):
                trial = child.ended()
                if trial is not None:
                    done[place] = trial
                    del running[place]
            while shown in done:
                yield done.pop(shown)
                shown += 1
    finally:
        for child in running.values():
            child.kill()
        gc.unfreeze()


class _Running:
    """A process that judges one mutant."""

    def __init__(self, mutant: Mutant, judge: Judge, limit: int) -> None:
        self.mutant, self.limit, self.started = mutant, limit, time.monotonic()
        context = multiprocessing.get_context("fork")
        self.reading, writing = context.Pipe(duplex=False)
        self.process = context.Process(
            target=_judged, args=(mutant, judge, limit, writing), daemon=True
        )
        self.process.start()
        writing.close()

    def ended(self) -> Trial | None:
        """The trial, if there is one by now."""
        seconds = time.monotonic() - self.started
        stage = None
        if self.reading.poll():
            try:
                stage = self.reading.recv()
            except EOFError:
                stage = "time limit"
        elif seconds > 10 * self.limit:
            stage = "time limit"
        if stage is None:
            return None
        self.kill()
        return Trial(self.mutant, stage, seconds)

    def kill(self) -> None:
        self.process.kill()
        self.process.join()
        self.reading.close()


def _judged(mutant: Mutant, judge: Judge, seconds: int, writing) -> None:
    _limit(seconds)
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    writing.send(judge(mutant))
    os._exit(0)


def _limit(seconds: int) -> None:
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
