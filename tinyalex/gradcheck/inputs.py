"""Inputs away from kinks and ties."""

from __future__ import annotations

import math

import numpy as np


def sample_input(
    shape: tuple[int, ...],
    rng: np.random.Generator | int = 0,
    *,
    scale: float = 1.0,
    gap: float = 0.0,
) -> np.ndarray:
    """Random float64 values of which none is near zero and no two are near each other.

    They are a shuffled grid, jittered a little: evenly spread, mean about 0, σ about `scale`. Every
    two differ by at least half the grid's spacing 2√3 · scale / count, and by at least `gap`; to
    make room for the gap, many values spread wider than `scale` says.
    """
    rng = np.random.default_rng(rng)
    count = math.prod(shape)
    spacing = max(2 * math.sqrt(3) * scale / max(count, 1), 2 * gap)
    grid = np.arange(count) - count / 2 + 0.5  # … −1.5, −0.5, 0.5, 1.5 …, or whole numbers
    if count % 2:
        grid[grid >= 0] += 1  # leaves out the zero
    values = (grid + rng.uniform(-0.25, 0.25, count)) * spacing
    return rng.permutation(values).reshape(shape)


def move_zeros_and_ties(
    x: np.ndarray, gap: float, rng: np.random.Generator
) -> tuple[np.ndarray, int]:
    """A copy of x in which exact zeros and equal values have moved apart, and how many moved.

    The k-th of them moves by ±k · gap, in random order; all stay within a tenth of x's scale.
    """
    _, inverse, counts = np.unique(x, return_inverse=True, return_counts=True)
    moved = (counts[inverse].reshape(x.shape) > 1) | (x == 0)
    count = int(moved.sum())
    if count == 0:
        return x.copy(), 0
    gap = min(gap, 0.1 * typical_size(x) / count)
    offsets = gap * rng.permutation(np.arange(1, count + 1)) * rng.choice([-1.0, 1.0], count)
    apart = x.copy()
    apart[moved] += offsets
    return apart, count


def typical_size(array: np.ndarray) -> float:
    """The root mean square, but no less than 0.1: what steps are measured in."""
    if array.size == 0:
        return 1.0
    size = float(np.sqrt(np.mean(np.square(array))))
    return max(size, 0.1) if size > 0 else 1.0
