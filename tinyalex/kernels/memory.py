"""Reuses the memory of arrays.

A training step allocates and frees the same large arrays over and over. New memory is slow: the
system hands it out page by page and zeroes each page first. So `empty` lends out blocks, and a
block is returned automatically when the last array that uses it is freed. The result of `empty` is
an ordinary NumPy array.
"""

from __future__ import annotations

import math
import os
import threading

import numpy as np

SMALLEST = 2**16  # bytes; below this NumPy's own allocation is quick
ROOM = 8  # a block may be up to this many times the requested size, so that few blocks are needed
ALIGNMENT = 64  # bytes: a cache line, and the widest vector

_free: list[np.ndarray] = []
_lock = threading.Lock()

if hasattr(os, "register_at_fork"):  # another thread may hold the lock during the fork
    os.register_at_fork(after_in_child=lambda: globals().update(_lock=threading.Lock()))


class _Loan:
    """Owns the memory of an array made by `empty`, and returns the block when it is freed."""

    def __init__(self, block: np.ndarray) -> None:
        self.block = block
        self.__array_interface__ = block.__array_interface__

    def __del__(self) -> None:
        _free.append(self.block)  # without the lock, which this thread may already hold


def empty(shape: tuple[int, ...], dtype) -> np.ndarray:
    """Like numpy.empty, but uses a free block if one fits."""
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
    """Like numpy.zeros, but uses the same blocks."""
    array = empty(shape, dtype)
    array.fill(0)
    return array


def release() -> None:
    """Returns all free blocks to the system."""
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
