"""Numbers too small for their type become 0, and that is right."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

import numpy as np


def allow_underflow(function: Callable) -> Callable:
    """The function with NumPy's underflow error ignored inside, whatever `np.seterr` says.

    A probability of e^−200, a gradient of 1e-50: in float32 they are 0, which is what the result
    needs. `np.seterr(all="raise")`, set to find where a NaN begins, would stop there. Overflow,
    division by zero and invalid values are still reported as the caller asked.
    """

    @wraps(function)
    def wrapped(*arguments, **options):
        with np.errstate(under="ignore"):
            return function(*arguments, **options)

    return wrapped
