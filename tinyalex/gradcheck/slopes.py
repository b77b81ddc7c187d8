"""Central differences along a direction, by their step, and the best value that they give.

(L(t) − L(−t)) / 2t is off by rounding, which grows as the step shrinks, and by curvature, which
grows with its square. No one step fits all: 1/x at 1e-4 needs a small one, x + 1e8 a large one.
So where the usual step does not settle it, a ladder of steps is measured, each ten times the one
before. Neighbours that agree show how far each can be trusted. Richardson's extrapolation,
(100 D(t) − D(10 t)) / 99, takes the curvature's t² out of two of them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from tinyalex.gradcheck.directions import Direction
from tinyalex.gradcheck.layer_under_test import LayerUnderTest

ROUNDING = float(np.finfo(np.float64).eps)
RATIO = 10.0
BELOW, ABOVE = 1e-6, 1e4  # the ladder's ends, in units of epsilon
SAFETY = 8  # a sum's rounding, in units of one term's
TINY = 1e-10  # a step that float64 sees, and float32 does not


@dataclass
class Slope:
    """A central difference: the change of y, and what follows from it.

    noise: what rounding of y may add to `value`, as far as y shows it. reach: Σ |dy · ∂y|, of
    which `value` is what is left after terms have cancelled.
    """

    step: float
    value: float
    noise: float
    reach: float
    left: np.ndarray
    right: np.ndarray

    def bend(self, dy: np.ndarray, centre: np.ndarray) -> float:
        """By how much the slope to the right and the slope to the left differ."""
        difference = (self.right - centre) - (centre - self.left)
        return abs(float(np.sum(dy * difference))) / self.step


@dataclass
class Estimate:
    """The best value that a ladder gives, and how far it can be trusted."""

    value: float
    accuracy: float


def measure(
    under_test: LayerUnderTest, dy: np.ndarray, direction: Direction, place: float, step: float
) -> Slope | None:
    """The central difference about `place`; None where forward has no number to give."""
    width = direction.width(place + step, place - step)
    try:
        with np.errstate(all="ignore"):
            right = under_test.output_along(direction, place + step)
            left = under_test.output_along(direction, place - step)
    except Exception:  # out of the function's domain, or the layer's own error: see `ladder`
        return None
    if width == 0 or right.shape != dy.shape:
        return None
    with np.errstate(all="ignore"):
        moves = dy * (right - left)
        terms, size = np.abs(moves), np.abs(dy * right)
    reach, changed = float(terms.sum()), terms != 0
    if not math.isfinite(reach):
        return None
    # A change too small to be seen is rounding, too: of the largest output at least.
    rounded = float(size[changed].sum() if reach else size.max(initial=0))
    noise = SAFETY * ROUNDING * rounded / width
    return Slope(step, float(moves.sum()) / width, noise, reach / width, left, right)


def first_step(direction: Direction, epsilon: float) -> float:
    """epsilon, but no step across zero."""
    return min(epsilon, 0.1 * direction.finest)


def first_steps(directions: list[Direction], epsilon: float) -> list[tuple[Direction, float]]:
    """Where `measure` goes first, for each direction to the right and to the left."""
    steps = [(direction, first_step(direction, epsilon)) for direction in directions]
    return [(direction, sign * step) for direction, step in steps for sign in (1, -1)]


def ladder(under_test, dy, direction, place, epsilon) -> list[Slope]:
    """The slopes at steps from small to large, as far as forward has numbers to give.

    What the layer raises at `place` itself is raised.
    """
    direction.go(place)
    under_test.output()
    step, slopes = epsilon * BELOW * min(1.0, direction.finest), []
    while step <= epsilon * ABOVE * 1.001:
        slope = measure(under_test, dy, direction, place, step)
        if slope is None and slopes:
            break
        slopes += [slope] if slope is not None else []
        step *= RATIO
    return slopes


def estimate(slopes: list[Slope]) -> Estimate | None:
    """The value whose neighbours on the ladder agree best; None where there are too few."""
    if len(slopes) < 3:
        return None
    last, slopes = slopes[-1], [slope for slope in slopes if slope.reach > 0]
    if len(slopes) < 3:  # only the largest steps change anything at all
        return Estimate(last.value, last.noise)
    steps, plain, reach = (
        np.array([getattr(slope, name) for slope in slopes]) for name in ("step", "value", "reach")
    )
    extrapolated = (RATIO**2 * plain[:-1] - plain[1:]) / (RATIO**2 - 1)
    # A step too large for a function that swings shows little of it; noise shows more than all.
    reach = np.minimum(reach, np.median(reach))
    noise, found = _noise(slopes, plain, steps), []
    for values in (plain, extrapolated):
        count = len(values) - 1
        unsure = 6 * noise / steps[:count] + np.abs(np.diff(values)) / RATIO
        best = int(np.argmin(unsure / reach[:count]))
        found.append((unsure[best] / reach[best], Estimate(float(values[best]), unsure[best])))
    return min(found, key=lambda pair: pair[0])[1]


def _noise(slopes: list[Slope], plain, steps) -> float:
    """How far L is off by rounding: neighbours at the smallest steps differ by nothing else.

    Once curvature takes over, each difference is 1000 times the one before.
    """
    noise = max(slope.noise * slope.step for slope in slopes) / SAFETY
    apart = np.abs(np.diff(plain)) * steps[:-1]
    noise = max(noise, *apart[:2])
    for difference in apart[2:4]:
        if difference < 100 * noise:
            noise = max(noise, difference)
    return float(noise)


def is_kink(slopes: list[Slope], dy: np.ndarray, centre: np.ndarray) -> bool:
    """Whether left and right slope differ by as much at four steps in a row.

    Where the function is smooth the bend shrinks with the step; where it is noise it grows.
    """
    bends = np.array([slope.bend(dy, centre) for slope in slopes])
    noise = np.array([4 * slope.noise for slope in slopes])
    steady = (bends[:-1] > bends[1:] / 3) & (bends[:-1] < bends[1:] * 3) & (bends[:-1] > noise[:-1])
    return bool((steady[:-2] & steady[1:-1] & steady[2:]).any())


def is_rounded(under_test, dy, direction, place, slopes: list[Slope]) -> bool:
    """Whether outputs stand still at a step that float64 shows clearly: forward rounds."""
    tiny = measure(under_test, dy, direction, place, TINY * direction.finest)
    if tiny is None:
        return False
    moves = np.median([np.abs(s.right - s.left) / s.step for s in slopes], axis=0) * tiny.step
    clear = moves > 1e3 * ROUNDING * np.abs(tiny.right)
    still = clear & (tiny.right == tiny.left)
    return bool(clear.any()) and bool(still.sum() > 0.5 * clear.sum())


def unseen(dy: np.ndarray, slopes: list[Slope]) -> float:
    """How much slope could be in outputs that did not change because they are rounded."""
    last = slopes[-1]
    still = np.abs(dy * last.right)[last.right == last.left]
    return ROUNDING * float(still.max(initial=0)) / (2 * last.step)


def absorbed(dy: np.ndarray, slopes: list[Slope]) -> float:
    """By how much L may be off inside forward, where a small output shows no rounding.

    ln(1 + e^−40) is 0 in float64: the sum absorbs the small term. Then y stands still at small
    steps, or jumps by more than its own rounding, and all its moves there are a few ε. 0 where
    nothing of this is seen.
    """
    if len(slopes) < 2:
        return 0.0
    one, last, small = slopes[0], slopes[-1], slopes[:4]
    jumps = any(abs(a.value - b.value) > a.noise + b.noise for a, b in pairwise(small))
    if one.reach and not jumps:
        return 0.0
    touched = last.right != last.left
    largest = SAFETY * ROUNDING * float(np.abs(dy[touched] if touched.any() else dy).sum())
    first = next((slope for slope in slopes if slope.reach), last)
    moved = 2 * first.reach * first.step
    if not one.reach:
        moved /= RATIO  # what the step before should have shown
    return largest if moved <= largest else 0.0
