"""Lets numbers that are too small for their type become 0, which is correct here."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

import numpy as np


def allow_underflow(function: Callable) -> Callable:
    """A decorator: NumPy ignores underflow inside the function, whatever `np.seterr` says.

    A probability of e^−200 or a gradient of 1e-50 is 0 in float32, and the result is right.
    `np.seterr(all="raise")`, set to find where a NaN comes from, would stop there. Overflow,
    division by zero and invalid values are still reported as the caller asked.
    """

    @wraps(function)
    def wrapped(*arguments, **options):
        with np.errstate(under="ignore"):
            return function(*arguments, **options)

    return wrapped
