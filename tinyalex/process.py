"""Two settings of the process that a training loop needs; the commands that train make them."""

from __future__ import annotations

import ctypes
import sys

_M_TRIM_THRESHOLD, _M_MMAP_MAX = -1, -4  # malloc.h


def prepare_for_training() -> None:
    """Keeps freed memory for the next arrays, and lets the training thread go first."""
    _keep_freed_memory()
    # A step gives up Python's lock at some 500 products and kernels, and the threads that load
    # pictures take it. Waiting the usual 5 ms each time to get it back would double the step.
    sys.setswitchinterval(1e-4)


def _keep_freed_memory() -> None:
    """A step makes and drops the same arrays of many megabytes over and over. glibc hands such
    blocks back to the system at once, and getting them again, page by page, took up to a third of
    the step. Without effect outside Linux."""
    if not sys.platform.startswith("linux"):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_MAX, 0)  # large blocks from the heap as well
        mallopt(_M_TRIM_THRESHOLD, -1)  # and never shrink it
