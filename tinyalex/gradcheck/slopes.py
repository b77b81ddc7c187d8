"""Finite differences along one direction, and the verdict on what backward says there.

A direction is one entry of an array (mode "full") or a random mixture of all of them (mode
"projection"); the two are treated alike.

What can go wrong with a finite difference, and what is done about it:

- rounding: (L(x + h) − L(x − h)) / 2h is off by about ε · |y| / h for each output that changed;
  the others cancel exactly. This is `noise`, the absolute floor of the comparison.
  Where large terms cancel it can be more than can be seen from y: a larger step shrinks it.
- curvature: the error is of the order of h². Disagreements are looked at again at h / 10, h / 100.
- a kink (ReLU at 0, a tie in a max) inside the step: the smaller steps no longer reach it.
- a kink right here: left and right slope differ, however small the step. Such an entry is moved a
  little and judged there, against the gradients that backward gives there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tinyalex.gradcheck.inputs import typical_size
from tinyalex.gradcheck.layer_under_test import LayerUnderTest, Variable
from tinyalex.gradcheck.report import Outcome

STEPS = (1.0, 0.1, 0.01)  # in units of epsilon · the array's typical size
LARGE_STEP = 100.0  # the last resort, against rounding
SHIFTS = (1e-3, -3e-3, 1e-2, -3e-2, 0.1)  # in units of the array's typical size
ROUNDING = float(np.finfo(np.float64).eps)


@dataclass
class Tolerances:
    """epsilon: the step. relative, absolute: what is allowed beside the rounding noise."""

    epsilon: float
    relative: float
    absolute: float


@dataclass
class Direction:
    """Moves variable[where] by t · amounts."""

    variable: Variable
    where: object  # an index, or ... for the whole array
    amounts: float | np.ndarray
    label: tuple[int, ...] | str

    def __post_init__(self) -> None:
        self.home = self.variable.original[self.where]
        self.size = typical_size(self.variable.original)

    def go(self, distance: float) -> None:
        self.variable.set(self.where, self.home + distance * self.amounts)

    def derivative(self, gradients: dict[str, np.ndarray]) -> tuple[float, float]:
        """gradient · direction, and the size that its error is compared with."""
        products = gradients[self.variable.name][self.where] * self.amounts
        return float(np.sum(products)), float(np.sqrt(np.sum(np.square(products))))


@dataclass
class Slope:
    """A central difference: the outputs to the left and right, and what follows from them."""

    left: np.ndarray
    right: np.ndarray
    step: float
    value: float
    noise: float

    def bend(self, dy: np.ndarray, centre: np.ndarray) -> float:
        """By how much the slope to the right and the slope to the left differ."""
        difference = (self.right - centre) - (centre - self.left)
        return abs(float(np.sum(dy * difference))) / self.step


def judge(
    under_test: LayerUnderTest,
    dy: np.ndarray,
    direction: Direction,
    gradients: dict,
    allowed: Tolerances,
) -> Outcome:
    """Compares what backward says along a direction with finite differences."""
    try:
        outcome = _judge_at(under_test, dy, direction, 0.0, gradients, allowed)
        for shift in SHIFTS:
            if outcome.verdict != "kink":
                break
            direction.go(shift * direction.size)
            there = under_test.analytic(dy)
            outcome = _judge_at(under_test, dy, direction, shift * direction.size, there, allowed)
            outcome.moved = True
        return outcome
    finally:
        direction.go(0.0)


def _judge_at(under_test, dy, direction, place, gradients, allowed) -> Outcome:
    """The verdict with the direction's variable moved by `place`."""
    analytic, size = direction.derivative(gradients)
    slopes = []
    for factor in (*STEPS, LARGE_STEP):
        step = factor * allowed.epsilon * direction.size
        slope = _measure(under_test, dy, direction, place, step)
        error = relative_error(analytic, slope, size, allowed)
        if error <= allowed.relative:
            return Outcome(direction.label, analytic, slope.value, error, "right")
        slopes.append(slope)
    slopes = slopes[: len(STEPS)]
    direction.go(place)
    verdict = "kink" if _is_kink(slopes, dy, under_test.output()) else "wrong"
    middle = sorted(slopes, key=lambda slope: slope.value)[1]
    error = relative_error(analytic, middle, size, allowed)
    return Outcome(direction.label, analytic, middle.value, error, verdict)


def relative_error(analytic: float, slope: Slope, size: float, allowed: Tolerances) -> float:
    """|analytic − numeric| relative to the larger of the two.

    The noise, divided by the tolerance, is added below the line: an error within it is right.
    """
    floor = (slope.noise + allowed.absolute) / allowed.relative
    scale = max(abs(analytic), abs(slope.value), size) + floor
    return abs(analytic - slope.value) / scale if scale > 0 else 0.0


def _measure(under_test, dy, direction, place, step) -> Slope:
    direction.go(place + step)
    right = under_test.output()
    direction.go(place - step)
    left = under_test.output()
    difference = right - left
    changed = difference != 0
    if not changed.any():  # a change too small to be seen is rounding, too: of one output at least
        changed = np.abs(right) == np.abs(right).max(initial=0)
    largest_input = np.abs(under_test.input.original).max(initial=0)
    largest = 32 * np.abs(right[changed]).max(initial=0) + 4 * largest_input
    noise = ROUNDING * float(largest) * float(np.abs(dy[changed]).sum()) / step
    return Slope(left, right, step, float(np.sum(dy * difference)) / (2 * step), noise)


def _is_kink(slopes: list[Slope], dy: np.ndarray, centre: np.ndarray) -> bool:
    """Whether the bend stays as the step shrinks; where the slope is smooth it shrinks with it."""
    if not all(np.isfinite(slope.value) for slope in slopes):
        return True
    bends = [slope.bend(dy, centre) for slope in slopes]
    return any(
        bends[k] > 0.3 * bends[k - 1] and bends[k] > slopes[k].noise for k in range(1, len(slopes))
    )
