"""A pool of threads that share out the work of a kernel or a layer.

Each thread takes whole pictures (or rows) of its own, so that what one step of a kernel writes is
still in that thread's cache when the next step reads it. Matrix products inside a thread run
single-threaded: a thread of the BLAS library goes on spinning for a tenth of a second when its
work is done, and takes half of a core from ours.
"""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from itertools import pairwise

import numpy as np

_inside = threading.local()


@cache
def thread_count() -> int:
    """How many threads compute: TINYALEX_THREADS where it is set, else one for each core."""
    wanted = os.environ.get("TINYALEX_THREADS", "")
    if wanted:
        if not wanted.isdecimal() or int(wanted) < 1:
            raise ValueError(f"TINYALEX_THREADS must be a number of at least 1; got {wanted!r}")
        return int(wanted)
    return available_cores()


def available_cores() -> int:
    """How many cores this process may use, where the system tells."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def share_out(function: Callable, parts: Iterable) -> list:
    """[function(part) for part in parts], in this order, the threads taking part after part.

    Runs in the calling thread alone where there is but one part, and inside another share_out.
    """
    parts = list(parts)
    if getattr(_inside, "busy", False):
        return [function(part) for part in parts]
    if len(parts) < 2 or thread_count() < 2:
        with _one_blas_thread():
            return [function(part) for part in parts]
    results = [None] * len(parts)
    numbered = iter(list(enumerate(parts)))  # one iterator for all: each takes what comes next
    settings = np.geterr()  # NumPy keeps them for each thread

    def work() -> None:
        _inside.busy = True
        try:
            with np.errstate(**settings):
                for number, part in numbered:
                    results[number] = function(part)
        finally:
            _inside.busy = False

    with _one_blas_thread():
        helpers = _start(work, min(thread_count(), len(parts)) - 1)
        try:
            work()
        finally:
            errors = [helper.exception() for helper in helpers]  # waits for each
    for error in filter(None, errors):
        raise error
    return results


def _start(work: Callable, count: int) -> list[Future]:
    """`work` in so many other threads, or in as many as there are."""
    helpers: list[Future] = []
    try:
        for _ in range(count):
            helpers.append(_pool().submit(work))
    except RuntimeError:  # Python is ending its threads, or the system starts no more of them
        _pool.cache_clear()  # what this one has not begun is not kept
    return helpers


def split(size: int, count: int) -> list[slice]:
    """range(size) as at most `count` slices of nearly equal length."""
    count = max(1, min(size, count))
    edges = [size * i // count for i in range(count + 1)]
    return [slice(start, stop) for start, stop in pairwise(edges)]


def pieces(size: int, length: int) -> list[slice]:
    """range(size) as slices of `length`, the last one perhaps shorter."""
    return [slice(start, min(size, start + length)) for start in range(0, size, max(1, length))]


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(thread_count() - 1, thread_name_prefix="tinyalex")


if hasattr(os, "register_at_fork"):  # a forked child has none of its parent's threads
    os.register_at_fork(after_in_child=_pool.cache_clear)


@cache
def _blas_switch():
    """OpenBLAS' functions that read and set its number of threads; None with another library."""
    try:
        library = ctypes.CDLL((getattr(np, "_core", None) or np.core)._multiarray_umath.__file__)
    except OSError:
        return None
    for prefix in ("scipy_openblas", "openblas"):
        for suffix in ("64_", ""):
            names = (f"{prefix}_{verb}_num_threads{suffix}" for verb in ("get", "set"))
            read, write = (getattr(library, name, None) for name in names)
            if read and write:
                return read, write
    return None


@contextmanager
def _one_blas_thread():
    switch = _blas_switch()
    before = switch[0]() if switch else 1
    if before > 1:
        switch[1](1)
    try:
        yield
    finally:
        if before > 1:
            switch[1](before)
