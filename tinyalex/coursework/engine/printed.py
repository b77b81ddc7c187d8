"""Shows only the first lines of what a student's code prints."""

from __future__ import annotations

import io
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

LINES, CHARACTERS = 20, 2000


class Printed:
    """What has been printed since the last `restart`: the first lines are shown, others counted."""

    def __init__(self) -> None:
        self._closed = threading.Lock()  # the streams of a process share one limit
        self._show: Callable[[bytes], object] | None = None
        self._begin()

    def _begin(self) -> None:
        self._lines, self._characters, self._hidden, self._open_line = LINES, CHARACTERS, 0, False

    def take(self, data: bytes, show: Callable[[bytes], object]) -> None:
        with self._closed:
            if self._lines and self._characters:
                self._show = show
                shown = self._first(data)
                show(shown)
                data = data[len(shown) :]
            if data:
                self._hidden += data.count(b"\n")
                self._open_line = not data.endswith(b"\n")

    def _first(self, data: bytes) -> bytes:
        """What of the data still fits."""
        kept = data[: self._characters]
        lines = kept.splitlines(keepends=True)[: self._lines]
        kept = b"".join(lines)
        self._lines -= kept.count(b"\n")
        self._characters -= len(kept)
        return kept

    def restart(self) -> None:
        """Says how many lines were left out, and shows lines again: the next task begins."""
        for stream in (sys.stdout, sys.stderr):
            with suppress(Exception):  # it may be the student's own
                stream.flush()
        with self._closed:
            more = self._hidden + self._open_line
            if more:
                word = "line" if more == 1 else "lines"
                text = f"… ({more:,} more {word} not shown)\n"
                self._show(text.encode() if self._lines == 0 else b"\n" + text.encode())
            self._begin()


class _Stream(io.RawIOBase):
    """Hands on what is written to it."""

    def __init__(self, printed: Printed, show: Callable[[bytes], object]) -> None:
        self._printed, self._shows = printed, show

    def writable(self) -> bool:
        return True

    def write(self, data) -> int:
        self._printed.take(bytes(data), self._shows)
        return len(data)


@contextmanager
def few_lines(descriptors: bool = False) -> Iterator[Printed]:
    """Within, at most LINES lines and CHARACTERS characters are shown until each `restart`.

    descriptors: also of what C code and child processes write. Only for a process of its own, whose
    standard output and standard error may be replaced.
    """
    printed, before = Printed(), (sys.stdout, sys.stderr)
    end = _redirect(printed) if descriptors else None
    shows = [_to_descriptor(end.kept) if end else _to_stream(stream) for stream in before]
    sys.stdout, sys.stderr = (
        io.TextIOWrapper(
            io.BufferedWriter(_Stream(printed, show)),
            encoding="utf-8",
            errors="backslashreplace",
        )
        for show in shows
    )
    done = threading.Event()
    threading.Thread(target=_flush_often, args=(done,), daemon=True).start()
    try:
        yield printed
    finally:
        done.set()
        if end is not None:
            end()
        printed.restart()
        sys.stdout, sys.stderr = before


def _flush_often(done: threading.Event) -> None:
    """Shows what is printed at once, nearly: to flush each line would make a million take long."""
    streams = sys.stdout, sys.stderr
    while not done.wait(0.05):
        for stream in streams:
            with suppress(Exception):
                stream.flush()


def _to_stream(stream) -> Callable[[bytes], object]:
    def show(data: bytes) -> None:
        stream.write(data.decode("utf-8", "replace"))
        stream.flush()

    return show


def _to_descriptor(descriptor: int) -> Callable[[bytes], object]:
    def show(data: bytes) -> None:
        with suppress(OSError):
            while data:
                data = data[os.write(descriptor, data) :]

    return show


class _redirect:
    """Sends descriptors 1 and 2 through a pipe that a thread reads. Calling it ends that."""

    def __init__(self, printed: Printed) -> None:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        self._before = [os.dup(1), os.dup(2)]
        self.kept = self._before[1]
        reading, writing = os.pipe()
        for descriptor in (1, 2):
            os.dup2(writing, descriptor)
        os.close(writing)
        self._thread = threading.Thread(target=self._read, args=(reading, printed), daemon=True)
        self._thread.start()

    def _read(self, reading: int, printed: Printed) -> None:
        show = _to_descriptor(self.kept)
        with suppress(OSError):
            while data := os.read(reading, 2**16):
                printed.take(data, show)

    def __call__(self) -> None:
        for descriptor, before in zip((1, 2), self._before, strict=True):
            os.dup2(before, descriptor)
        self._thread.join(0.5)  # longer only if a process that the student started still holds it
