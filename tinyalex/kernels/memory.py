"""Arrays whose memory is used again.

A training step makes and drops the same large arrays over and over. Fresh memory is dear: the
system hands it out page by page, each zeroed first. So `empty` lends out blocks, and a block comes
back by itself when the last array that looks into it is gone. What it returns is an ordinary
NumPy array.
"""

from __future__ import annotations

import math
import os
import threading

import numpy as np

SMALLEST = 2**16  # bytes; below this NumPy's own allocation is quick
ROOM = 8  # a block may be this many times what is asked for: few sizes that serve for many
ALIGNMENT = 64  # bytes: a cache line, and the widest vector

_free: list[np.ndarray] = []
_lock = threading.Lock()

if hasattr(os, "register_at_fork"):  # another thread may hold the lock while a child is made
    os.register_at_fork(after_in_child=lambda: globals().update(_lock=threading.Lock()))


class _Loan:
    """Stands behind an array made by `empty`, and gives its block back when it dies."""

    def __init__(self, block: np.ndarray) -> None:
        self.block = block
        self.__array_interface__ = block.__array_interface__

    def __del__(self) -> None:
        _free.append(self.block)  # without the lock, which this very thread may hold


def empty(shape: tuple[int, ...], dtype) -> np.ndarray:
    """Like numpy.empty, from a block that is free where one fits."""
    dtype = np.dtype(dtype)
    size = math.prod(shape) * dtype.itemsize
    if size < SMALLEST:
        return np.empty(shape, dtype)
    block = _take(size + ALIGNMENT)
    if block is None:
        block = np.empty(size + ALIGNMENT, np.uint8)
    start = -block.ctypes.data % ALIGNMENT
    return np.asarray(_Loan(block))[start : start + size].view(dtype).reshape(shape)


def zeros(shape: tuple[int, ...], dtype) -> np.ndarray:
    """Like numpy.zeros, from the same blocks."""
    array = empty(shape, dtype)
    array.fill(0)
    return array


def release() -> None:
    """Gives the blocks that are free back to the system."""
    with _lock:
        _free.clear()


def _take(size: int) -> np.ndarray | None:
    """Removes and returns the smallest free block of at least `size` bytes, not much larger."""
    with _lock:
        fitting = [
            (block.size, place)
            for place, block in enumerate(_free)
            if size <= block.size <= ROOM * size
        ]
        return _free.pop(min(fitting)[1]) if fitting else None
