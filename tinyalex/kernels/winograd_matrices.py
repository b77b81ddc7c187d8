"""The constant matrices of Winograd's convolution: Aᵀ, G and Bᵀ, derived in `winograd.py`."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

import numpy as np

POINTS = tuple(Fraction(p) for p in ("0", "1", "-1", "2", "-2", "1/2", "-1/2"))


@cache
def matrices(m: int, r: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Aᵀ (m × a), G (a × r) and Bᵀ (a × a), computed exactly and rounded to float64.

    Aᵀ and G hold powers of the points. Bᵀ, the transpose of interpolation, holds the coefficients
    of ∏_{k≠j} (x − p_k). The last point is ∞, where only the highest power counts.
    """
    a = m + r - 1
    if not 1 < a <= len(POINTS) + 1:
        raise ValueError(f"F({m}, {r}) needs m + r − 2 = {a - 1} points; there are {len(POINTS)}")
    points = POINTS[: a - 1]
    at = [[p**i for p in points] + [int(i == m - 1)] for i in range(m)]
    others = [[q for q in points if q != p] for p in points]
    scale = [_value(rest, p) for rest, p in zip(others, points, strict=True)]
    g = [[p**i / scale[j] for i in range(r)] for j, p in enumerate(points)]
    g.append([int(i == r - 1) for i in range(r)])
    bt = [[*_coefficients(rest), 0] for rest in others] + [_coefficients(points)]
    return tuple(np.array(rows, dtype=float) for rows in (at, g, bt))


def _value(roots, x):
    """∏ (x − root)."""
    value = Fraction(1)
    for root in roots:
        value *= x - root
    return value


def _coefficients(roots) -> list:
    """The coefficients of ∏ (x − root), the constant first."""
    c = [Fraction(1)]
    for root in roots:
        c = [up - root * same for up, same in zip([0, *c], [*c, 0], strict=True)]
    return c
