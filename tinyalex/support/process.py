"""A setting of the process that commands make before they run a network."""

from __future__ import annotations

import sys


def prepare_for_training() -> None:
    """Lets the training thread go first.

    A step gives up Python's lock at some hundreds of products and kernels, and other threads, such
    as those that load pictures, take it. Waiting the usual 5 ms each time to get it back would
    double the step.
    """
    sys.setswitchinterval(1e-4)
