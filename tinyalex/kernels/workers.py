"""A pool of threads that share the work of a kernel or a layer.

Each thread takes whole pictures (or rows), so what one step of a kernel writes is still in that
thread's cache when the next step reads it. Matrix products inside a thread run single-threaded: a
thread of the BLAS library keeps spinning for a tenth of a second after its work is done, and takes
half a core from ours.
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
    """The number of threads: TINYALEX_THREADS if it is set, else one per core."""
    wanted = os.environ.get("TINYALEX_THREADS", "")
    if wanted:
        if not wanted.isdecimal() or int(wanted) < 1:
            raise ValueError(f"TINYALEX_THREADS must be an integer of at least 1; got {wanted!r}")
        return int(wanted)
    return available_cores()


def available_cores() -> int:
    """The number of cores that this process may use, or all cores if the system does not say."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def share_out(function: Callable, parts: Iterable) -> list:
    """[function(part) for part in parts], computed by several threads.

    Runs in the calling thread alone if there is only one part, or inside another share_out.
    """
    parts = list(parts)
    if getattr(_inside, "busy", False):
        return [function(part) for part in parts]
    if len(parts) < 2 or thread_count() < 2:
        with _one_blas_thread():
            return [function(part) for part in parts]
    results = [None] * len(parts)
    numbered = iter(list(enumerate(parts)))  # shared by all: each thread takes the next part
    settings = np.geterr()  # NumPy keeps these per thread

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
    """Runs `work` in `count` other threads, or in fewer if no more can be started."""
    helpers: list[Future] = []
    try:
        for _ in range(count):
            helpers.append(_pool().submit(work))
    except RuntimeError:  # Python is shutting down, or the system allows no more threads
        _pool.cache_clear()  # drops the pool, with the work that it has not begun
    return helpers


def split(size: int, count: int) -> list[slice]:
    """range(size) as at most `count` slices of nearly equal length."""
    count = max(1, min(size, count))
    edges = [size * i // count for i in range(count + 1)]
    return [slice(start, stop) for start, stop in pairwise(edges)]


def pieces(size: int, length: int) -> list[slice]:
    """range(size) as slices of `length`; the last one may be shorter."""
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
