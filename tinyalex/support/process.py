"""A process-wide setting for commands that run a network."""

from __future__ import annotations

import sys


def prepare_for_training() -> None:
    """Lets the training thread get Python's global lock back sooner.

    A step releases the lock in several hundred products and kernels, and other threads, such as
    those that load pictures, take it. Waiting the default 5 ms each time to get it back would
    double the time of a step.
    """
    sys.setswitchinterval(1e-4)
