"""How sure a measure is: Wilson's interval, DeLong's standard error of an area, McNemar's test."""

from __future__ import annotations

from math import comb

import numpy as np


def standard_error(share: float, n: int) -> float:
    """Of a share measured on n samples."""
    return float(np.sqrt(share * (1 - share) / n))


def wilson(share: float, n: int, z: float = 1.96) -> tuple[float, float]:
    """The interval of a share measured on n samples, 95% for z = 1.96."""
    middle = share + z**2 / (2 * n)
    half = z * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return tuple(float((middle + sign * half) / (1 + z**2 / n)) for sign in (-1, 1))


def error_of_area(positive: np.ndarray, scores: np.ndarray) -> float:
    """DeLong's standard error of the AUC, by counting pairs: n₊ · n₋ comparisons."""
    high, low = scores[positive], scores[~positive]
    won = (np.sign(high[:, None] - low) + 1) / 2
    shares = won.mean(axis=1), won.mean(axis=0)
    return float(np.sqrt(sum(one.var(ddof=1) / len(one) for one in shares)))


def mcnemar(only_first: int, only_second: int) -> float:
    """McNemar's test: the exact two-sided p-value.

    only_first, only_second: how many samples this network alone gets right.
    """
    n, k = only_first + only_second, min(only_first, only_second)
    return min(1.0, 2 * sum(comb(n, i) for i in range(k + 1)) / 2**n)
