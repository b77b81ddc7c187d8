"""How the kernels for the CPU take arrays: in order for the loops, and cut up for the threads."""

from __future__ import annotations

import numpy as np

from tinyalex.kernels import checks
from tinyalex.kernels.workers import share_out, split, thread_count

RUNS = 4  # a thread that is done early takes over some of another's
SHARE = 2**17  # numbers: with fewer, handing them to another thread costs more than it saves


def runs(length: int, size: int) -> list[slice]:
    """range(length) in slices for the threads, RUNS for each, or fewer for a small array."""
    return split(length, min(RUNS * thread_count(), size // SHARE))


def each(loop, arrays, *settings) -> None:
    """loop(*arrays, *settings) with the arrays cut along their first axis."""
    parts = runs(len(arrays[0]), max(a.size for a in arrays))
    share_out(lambda some: loop(*(a[some] for a in arrays), *settings), parts)


def ordered(array):
    """C order, aligned, this machine's byte order: what the loops read. Itself where it is so."""
    if array.flags.c_contiguous and array.flags.aligned and array.dtype.isnative:
        return array
    return np.array(array, array.dtype.newbyteorder("="), order="C")


def floats(kernel: str, **arrays) -> list:
    """All float32 or all float64, or ValueError; `ordered`."""
    return [ordered(array) for array in checks.floats(kernel, **arrays)]


def copy_back(written, array) -> None:
    """Brings what a loop wrote into `ordered(array)` home, where that is another array."""
    if written is not array:
        array[...] = written
