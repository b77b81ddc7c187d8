"""The verdict on what backward says along a direction.

What can go wrong with a finite difference, and what is done about it:

- rounding and curvature: where the usual step does not settle it, a ladder of steps does.
- rounding that no step overcomes: the entry is "unsure", and the report says how far it was judged.
- a kink (ReLU at 0, a tie in a max) inside the step: smaller steps no longer reach it.
- a kink right here: left and right slope differ, however small the step. Such an entry is moved a
  little and judged there, against the gradients that backward gives there.
- a forward that rounds, as float32 does, has no slopes at all: "rounded".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tinyalex.gradcheck.directions import Direction, mixtures
from tinyalex.gradcheck.layer_under_test import LayerUnderTest
from tinyalex.gradcheck.report import Outcome
from tinyalex.gradcheck.slopes import (
    ROUNDING,
    Slope,
    absorbed,
    estimate,
    first_step,
    is_kink,
    is_rounded,
    ladder,
    measure,
    unseen,
)

DOUBT = 3.0  # nobody is blamed for less than this many times the accuracy
SHIFTS = (1e-3, -3e-3, 1e-2, -3e-2, 0.1)  # in units of the array's typical size
FINE = 10.0  # noise of so many tolerances is looked at again with other steps
ENOUGH = 4  # steps at which y moves, before curvature shows
FAINT, FAINT_SLOPE = 1e-12, 1e-9  # of the array's largest gradient; slopes are less exact
COARSE = 1e-4  # an entry judged less well than this, relative to its size, is "unsure"


@dataclass
class Tolerances:
    """epsilon: the step. relative, absolute: what is allowed beside the rounding noise."""

    epsilon: float
    relative: float
    absolute: float


def judge(
    under_test: LayerUnderTest,
    dy: np.ndarray,
    direction: Direction,
    gradients: dict,
    allowed: Tolerances,
) -> Outcome:
    """Compares what backward says along a direction with finite differences."""
    try:
        outcome = _Judgement(under_test, dy, direction, 0.0, gradients, allowed).outcome()
        for shift in SHIFTS:
            if outcome.verdict != "kink":
                break
            direction.go(shift)
            try:
                there = under_test.analytic(dy)
            except Exception:  # out of the function's domain
                continue
            outcome = _Judgement(under_test, dy, direction, shift, there, allowed).outcome()
            outcome.moved = True
        return outcome
    finally:
        direction.go(0.0)


def settle_ties(under_test: LayerUnderTest, dy: np.ndarray, rng, gradients: dict) -> dict:
    """Finds out what an array of several names is given as its gradient.

    Each name may have the share of its own use, and they add up; or each has the whole.
    """
    tied = [variable for variable in under_test.parameters if variable.others]
    if not tied:
        return gradients
    direction, found = mixtures(tied, 1, rng)[0], []
    slope = measure(under_test, dy, direction, 0.0, 1e-5)
    direction.go(0.0)
    for added in (False, True):
        under_test.added = added
        found.append(under_test.analytic(dy))
    if slope is None:
        return found[1]
    apart = [abs(direction.derivative(each)[0] - slope.value) for each in found]
    under_test.added = apart[1] <= apart[0]
    return found[int(under_test.added)]


@dataclass
class _Judgement:
    """One direction judged with its variables moved by `place`."""

    under_test: LayerUnderTest
    dy: np.ndarray
    direction: Direction
    place: float
    gradients: dict
    allowed: Tolerances

    def outcome(self) -> Outcome:
        self.analytic, self.size = self.direction.derivative(self.gradients)
        rounding = ROUNDING * self.direction.rounding(self.gradients)
        step = first_step(self.direction, self.allowed.epsilon)
        slope = measure(self.under_test, self.dy, self.direction, self.place, step)
        if slope is not None:
            slope.noise += rounding / step
            if self._settles(slope):
                return self._outcome("right", slope.value, slope.noise, slope.reach)
            if self._is_faint(slope.value, slope.noise):
                return self._outcome("faint", slope.value, slope.noise, slope.reach)
        return self._with_more_steps(rounding)

    def _with_more_steps(self, rounding: float) -> Outcome:
        where = (self.under_test, self.dy, self.direction, self.place)
        slopes = ladder(*where, self.allowed.epsilon)
        lost = absorbed(self.dy, slopes)
        for slope in slopes:
            slope.noise += rounding / slope.step + lost / (2 * slope.step)
        still = slopes and not any(slope.reach for slope in slopes)
        if still and abs(self.analytic) <= lost / (2 * slopes[-1].step):
            return self._outcome("faint" if self.analytic else "right", 0.0, 0.0)
        best = estimate(slopes)
        if best is None:
            return self._outcome("kink", slopes[0].value if slopes else np.nan, np.inf)
        for slope in slopes:
            if self._settles(slope):
                return self._outcome("right", slope.value, slope.noise, slope.reach)
        reach = max(slope.reach for slope in slopes)
        if self._is_faint(best.value, best.accuracy):
            return self._outcome("faint", best.value, best.accuracy)
        fine = best.accuracy <= COARSE * max(self._scale(best.value), 1e-3 * reach)
        right = fine and self._agrees(best.value, best.accuracy)
        self.direction.go(self.place)
        if not right and is_kink(slopes, self.dy, self.under_test.output()):
            return self._outcome("kink", best.value, best.accuracy)
        if not lost and is_rounded(*where, slopes):
            return self._outcome("rounded", best.value, best.accuracy)
        if right:
            return self._outcome("right", best.value, best.accuracy, reach)
        doubt = DOUBT * best.accuracy + unseen(self.dy, slopes)
        if lost and sum(slope.reach > 0 for slope in slopes) < ENOUGH:
            doubt += DOUBT * abs(best.value)  # curvature cannot be told from rounding
        verdict = "unsure" if self._agrees(best.value, doubt) else "wrong"
        return self._outcome(verdict, best.value, best.accuracy, reach)

    def _settles(self, slope: Slope) -> bool:
        """Whether one slope is enough to call backward right."""
        reach = max(self._scale(slope.value), slope.reach)
        if not reach:  # a change of the size of the other entries' would have shown
            reach = self.direction.typical(self.gradients)
        fine = slope.noise <= FINE * self.allowed.relative * reach
        return fine and self._agrees(slope.value, slope.noise)

    def _is_faint(self, numeric: float, noise: float) -> bool:
        """Whether backward says as good as 0 beside its largest gradient, and so does numeric."""
        largest = self.direction.typical(self.gradients)
        known = noise <= 1e-6 * largest
        return (
            known
            and abs(self.analytic) <= FAINT * largest
            and abs(numeric) <= FAINT_SLOPE * largest
        )

    def _agrees(self, numeric: float, noise: float) -> bool:
        allowed = self.allowed.relative * self._scale(numeric)
        return abs(self.analytic - numeric) <= allowed + noise + self._absolute

    @property
    def _absolute(self) -> float:
        return self.allowed.absolute * self.direction.unit

    def _scale(self, numeric: float) -> float:
        return max(abs(self.analytic), abs(numeric), self.size)

    def _outcome(self, verdict: str, numeric: float, noise: float, reach: float = 0.0) -> Outcome:
        """error is relative to the larger of the two; what noise explains is left out."""
        scale, unit = self._scale(numeric), self.direction.unit
        floor = (noise + self._absolute) / self.allowed.relative
        apart = abs(self.analytic - numeric)
        below = scale if verdict == "wrong" else scale + floor
        error = apart / below if below > 0 else 0.0
        reached = noise / scale if scale > 0 else 0.0
        values = (self.analytic / unit, numeric / unit)
        return Outcome(
            self.direction.label, *values, error, verdict, accuracy=reached, reach=reach / unit
        )
