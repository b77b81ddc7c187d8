"""Prepares arrays for the CPU kernels: contiguous for the loops, split for the threads."""

from __future__ import annotations

import numpy as np

from tinyalex.kernels import checks
from tinyalex.kernels.workers import share_out, split, thread_count

RUNS = 4  # runs per thread: a thread that finishes early takes over some of another's
SHARE = 2**17  # numbers per run: with fewer, another thread costs more than it saves


def runs(length: int, size: int) -> list[slice]:
    """range(length) split into slices, RUNS per thread, or fewer for a small array."""
    return split(length, min(RUNS * thread_count(), size // SHARE))


def each(loop, arrays, *settings) -> None:
    """Calls loop(*arrays, *settings) in threads, with the arrays split along their first axis."""
    parts = runs(len(arrays[0]), max(a.size for a in arrays))
    share_out(lambda some: loop(*(a[some] for a in arrays), *settings), parts)


def ordered(array):
    """The array in C order, aligned, in this machine's byte order; a copy only if necessary."""
    if array.flags.c_contiguous and array.flags.aligned and array.dtype.isnative:
        return array
    return np.array(array, array.dtype.newbyteorder("="), order="C")


def floats(kernel: str, **arrays) -> list:
    """The arrays, `ordered`. ValueError unless all are float32 or all are float64."""
    return [ordered(array) for array in checks.floats(kernel, **arrays)]


def copy_back(written, array) -> None:
    """Copies what a loop wrote into `ordered(array)` back to the array, if that was a copy."""
    if written is not array:
        array[...] = written
