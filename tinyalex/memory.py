"""One setting of the C library that a training loop needs."""

from __future__ import annotations

import ctypes
import sys

_M_TRIM_THRESHOLD, _M_MMAP_MAX = -1, -4  # malloc.h


def keep_freed_memory() -> None:
    """Lets this process keep freed memory for its next arrays. Without effect outside Linux.

    A training step makes and drops the same arrays of many megabytes over and over. glibc hands
    such blocks back to the system at once, and every step pays for getting them again, page by
    page: up to a third of its time. The commands that train call this; the library does not.
    """
    if not sys.platform.startswith("linux"):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_MAX, 0)  # large blocks from the heap as well
        mallopt(_M_TRIM_THRESHOLD, -1)  # and never shrink it
