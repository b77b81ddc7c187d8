"""The process that runs a submission, and its parent, which watches and ends it.

python -m tinyalex.coursework.engine.child LESSON FILE SEED SECONDS MEMORY APART prints the
verdicts as JSON. It forks a child, which loads the file and checks one task after another; each
verdict comes over a pipe. If the child hangs or dies, its task gets no verdict and a new child
continues with the next. Without fork (Windows) the file runs in this process.
"""

from __future__ import annotations

import hmac
import json
import os
import secrets
import select
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tinyalex.coursework.engine import guard, limits
from tinyalex.coursework.engine.checker import each_verdict, failed
from tinyalex.coursework.engine.lessons import by_number
from tinyalex.coursework.engine.printed import few_lines
from tinyalex.coursework.engine.task import Lesson
from tinyalex.coursework.engine.verdict import Failed

LOADED = b"loaded"
SIZE = 2**16  # bytes of a signed message, more than a verdict has


def main() -> None:
    number, path, seed, seconds, memory, apart = sys.argv[1:]
    lesson, file = by_number(number), Path(path)
    result = os.dup(1)
    os.dup2(2, 1)  # what a submission prints is not the result
    if hasattr(os, "fork"):
        limits.adopt_orphans()
        settings = (file, int(seed), float(seconds), int(memory), apart == "apart")
        verdicts = list(_watched(lesson, result, *settings))
    else:
        found = each_verdict(lesson, file, int(seed))
        verdicts = [verdict.as_dict() for verdict in found if verdict is not None]
    with os.fdopen(result, "w", encoding="utf-8") as out:
        json.dump(verdicts, out)
    sys.stdout.flush()
    os._exit(0)  # do not wait for threads or exit handlers of the submission


def _watched(
    lesson: Lesson, result: int, path: Path, seed: int, seconds: float, memory: int, apart: bool
) -> Iterator[dict]:
    """A verdict for each task, from as many children as it takes."""
    judged: list[bool] = []
    while len(judged) < len(lesson.tasks):
        reading, writing = os.pipe()
        secret = secrets.token_bytes(32)
        pid = os.fork()
        if pid == 0:
            try:
                os.close(reading)
                os.close(result)
                signed = _Signed(writing, secret)
                del secret
                share = seconds * (len(lesson.tasks) - len(judged) + 1)
                _work(lesson, path, seed, judged, signed, (memory, share, apart))
            finally:
                os._exit(1)
        os.close(writing)
        loaded = False
        try:
            messages = _messages(reading, pid, secret, seconds)
            while True:
                message = next(messages)
                if message == LOADED:
                    loaded = True
                    continue
                verdict = json.loads(message)
                yield verdict
                judged.append(verdict["passed"])
                if len(judged) == len(lesson.tasks):
                    return
        except _Ended as ended:
            done = len(judged)
            lost = lesson.tasks[done : done + 1 if loaded else None]
            for task in lost:
                yield failed(task, "contract", Failed(str(ended), diagnose=False)).as_dict()
            judged += [False] * len(lost)
        finally:
            limits.end_children(pid)
            os.close(reading)


class _Ended(Exception):
    """How a child ended before its last verdict."""


def _messages(reading: int, pid: int, secret: bytes, seconds: float) -> Iterator[bytes]:
    """The child's messages, as long as they are signed. Ends with _Ended."""
    data, count, deadline = b"", 0, time.monotonic() + seconds
    ended = None
    while True:
        ready = select.select([reading], [], [], 0.02)[0]
        some = os.read(reading, SIZE) if ready else b""
        data += some
        while b"\n" in data:
            line, _, data = data.partition(b"\n")
            signature, _, message = line.partition(b" ")
            if not hmac.compare_digest(signature, _signature(hmac.new(secret, None, "sha256"),
                    count, message)):  # fmt: skip
                raise _Ended("no verdict: the file writes into the check's own pipe")
            count, deadline = count + 1, time.monotonic() + seconds
            yield message
        if len(data) > SIZE:
            raise _Ended("no verdict: the file writes into the check's own pipe")
        if ended is not None and not some:
            raise _Ended(f"the process ended with code {ended} before it could be judged")
        if ended is None:
            found, status = os.waitpid(pid, os.WNOHANG)
            ended = os.waitstatus_to_exitcode(status) if found else None
        if ready and not some:  # the child has closed its end
            time.sleep(0.02)
        if time.monotonic() > deadline:
            raise _Ended(f"still running after {seconds:g} seconds: an endless loop?")


def _signature(keyed, count: int, message: bytes) -> bytes:
    keyed.update(b"%d " % count + message)
    return keyed.hexdigest().encode()


class _Signed:
    """Writes signed messages. The key itself is nowhere that Python code can read it."""

    __slots__ = ("send",)

    def __init__(self, writing: int, secret: bytes) -> None:
        keyed, count, write = hmac.new(secret, None, "sha256"), 0, os.write

        def send(message: bytes) -> None:
            nonlocal count
            line = _signature(keyed.copy(), count, message) + b" " + message + b"\n"
            count += 1
            while line:
                line = line[write(writing, line) :]

        self.send = send


def _work(
    lesson: Lesson, path: Path, seed: int, judged: list[bool], signed: _Signed, bounds
) -> None:
    memory, seconds, apart = bounds
    os.setsid()
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    if apart:
        os.dup2(null, 1)
        os.dup2(null, 2)
    limits.confine(memory, seconds, path.parent if apart else None)
    if apart:
        guard.stand_guard()
    dumps = json.dumps
    with few_lines(descriptors=not apart) as printed:
        for verdict in each_verdict(lesson, path, seed, judged):
            printed.restart()
            signed.send(LOADED if verdict is None else dumps(verdict.as_dict()).encode())
    time.sleep(60)  # the parent has every verdict and ends this process


if __name__ == "__main__":
    main()
