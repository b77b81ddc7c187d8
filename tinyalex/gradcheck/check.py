"""The check itself."""

from __future__ import annotations

import math
from functools import partial

import numpy as np

from tinyalex import backend
from tinyalex.gradcheck.inputs import move_zeros_and_ties, typical_size
from tinyalex.gradcheck.layer_under_test import LayerUnderTest, Variable
from tinyalex.gradcheck.report import ArrayResult, GradientError, Report
from tinyalex.gradcheck.side_effects import first_gradients, first_output
from tinyalex.gradcheck.slopes import Direction, Tolerances, judge
from tinyalex.kernels.underflow import allow_underflow

MODES = ("full", "projection")
# Right layers need hardly any: an entry at a kink is first moved off it. More would be a hide-out.
LARGEST_EXCLUDED_SHARE = 0.05


@allow_underflow
def check_gradients(
    layer,
    x,
    *,
    labels=None,
    dy=None,
    training: bool = False,
    mode: str = "full",
    epsilon: float = 1e-5,
    relative: float = 1e-7,
    absolute: float = 0.0,
    seed: int | np.random.Generator = 0,
    max_entries: int | None = None,
    projections: int = 4,
) -> Report:
    """Compares backward's dx and parameter gradients with finite differences.

    layer: has forward(x, training=False), backward(dy), params and grads; or is a net that offers
        parameters() and gradients(); or a loss, with `labels`. It is left as it was found, with
        all that hangs on it (a running mean, counters, gradients), even where the check raises.
    x: float64, not empty. Zeros and ties in it are moved apart (in a copy), and the report says so.
    dy: the upstream gradient, of y's shape; random values of ±0.5 to ±1.5 if left out.
    mode: "full" or "projection", see the package. max_entries: "full" looks at only so many of
        each array, drawn at random. projections: how many directions "projection" looks at.
    epsilon: the step, relative to the array's typical size. relative, absolute: the tolerances;
        the rounding noise of the finite differences is always allowed on top.
    GradientError, naming the worst entry, if a gradient is wrong or a pass breaks the contract;
    ValueError if the check cannot be made (float32, no numbers to compare, a forward that is not
    repeatable, bad options).
    """
    _check_arguments(mode, epsilon, relative, max_entries, projections)
    rng, allowed = np.random.default_rng(seed), Tolerances(epsilon, relative, absolute)
    x, labels = backend.to_numpy(x), None if labels is None else np.array(backend.to_numpy(labels))
    point, notes = _moved_off_ties(x, epsilon, rng)
    with LayerUnderTest(layer, point, labels, training) as under_test:
        directions = partial(_directions, mode, max_entries, projections, rng)
        report = _compare(under_test, dy, rng, directions, allowed)
    report.mode, report.notes = mode, notes + report.notes
    if not report.passed:
        raise GradientError(report.complaint(), report)
    return report


def _compare(under_test: LayerUnderTest, dy, rng, directions, allowed: Tolerances) -> Report:
    """The report for one point. directions(variable): along which to compare."""
    y = first_output(under_test)
    dy = np.ones(()) if under_test.labels is not None else _upstream(dy, y, rng)
    gradients = first_gradients(under_test, dy)
    under_test.randomness.look_what_was_used()
    report = Report(under_test.name, "", [], [])
    if dy.size > 1 and (dy == dy.flat[0]).all():
        report.notes.append("dy is the same everywhere, which hides many mistakes: leave it out")
    for variable in under_test.variables:
        result = _judge_all(under_test, dy, variable, directions(variable), gradients, allowed)
        report.arrays.append(result)
        report.notes += _notes_on(result)
    report.forwards = under_test.forwards
    return report


def _moved_off_ties(x: np.ndarray, epsilon: float, rng) -> tuple[np.ndarray, list[str]]:
    """A copy of x without zeros and ties, and a note if there were any."""
    if x.dtype != np.float64 or not np.isfinite(x).all():
        return x, []  # will be refused
    point, moved = move_zeros_and_ties(x, 20 * epsilon * typical_size(x), rng)
    note = (
        f"x: {moved} of {x.size} entries were zero or equal to another, where a ReLU or a max "
        "has a kink, and were moved apart in a copy"
    )
    return point, [note] if moved else []


def check_loss_gradients(loss, logits, labels, **options) -> Report:
    """`check_gradients` of a loss: forward(logits, labels) -> float, backward() -> dlogits."""
    return check_gradients(loss, logits, labels=labels, **options)


def _check_arguments(mode, epsilon, relative, max_entries, projections) -> None:
    if mode not in MODES:
        raise ValueError(f"unknown mode {mode!r}: choose one of {', '.join(MODES)}")
    if not (0 < epsilon < 1 and 0 < relative < 1):
        raise ValueError(
            f"epsilon and relative must lie between 0 and 1; got {epsilon} and {relative}"
        )
    for name, count in (("max_entries", max_entries), ("projections", projections)):
        if count is not None and count < 1:
            raise ValueError(f"{name} must be at least 1; got {count}")


def _upstream(dy, y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The caller's dy, checked, or random values none of which is near zero."""
    if dy is None:
        return _away_from_zero(y.shape, rng)
    dy = backend.to_numpy(dy)
    if dy.shape != y.shape or dy.dtype != np.float64 or not np.isfinite(dy).all():
        raise ValueError(
            f"dy must be finite float64 of forward's shape {y.shape}; got {dy.shape} {dy.dtype}"
        )
    return dy.copy()


def _away_from_zero(shape, rng: np.random.Generator) -> np.ndarray:
    return np.asarray(rng.uniform(0.5, 1.5, shape) * rng.choice([-1.0, 1.0], shape))


def _directions(mode, max_entries, projections, rng, variable: Variable) -> list[Direction]:
    shape = variable.original.shape
    count = math.prod(shape)
    if mode == "projection":
        amounts = [_away_from_zero(shape, rng) for _ in range(projections if count else 0)]
        return [Direction(variable, ..., u, f"direction {k}") for k, u in enumerate(amounts)]
    places = np.arange(count)
    if max_entries is not None and max_entries < count:
        places = np.sort(rng.choice(count, max_entries, replace=False))
    indices = [tuple(int(i) for i in np.unravel_index(place, shape)) for place in places]
    return [Direction(variable, index, 1.0, index) for index in indices]


def _judge_all(under_test, dy, variable, directions, gradients, allowed) -> ArrayResult:
    shape = variable.original.shape
    along = any(isinstance(direction.label, str) for direction in directions)
    available = len(directions) if along else math.prod(shape)
    result = ArrayResult(variable.gradient, shape, available)
    kinks = 0
    for direction in directions:
        outcome = judge(under_test, dy, direction, gradients, allowed)
        result.outcomes.append(outcome)
        kinks += outcome.verdict == "kink"
        if kinks > LARGEST_EXCLUDED_SHARE * len(directions):
            result.unclear = True
            break  # it fails already, and entries at kinks cost the most
    return result


def _notes_on(result: ArrayResult) -> list[str]:
    moved = sum(outcome.moved and outcome.verdict != "kink" for outcome in result.outcomes)
    excluded = len(result.having("kink"))
    notes = []
    if moved:
        notes.append(f"{result.name}: {moved} lay at a kink and were judged a little beside it")
    if excluded:
        notes.append(f"{result.name}: {excluded} lie at a kink wherever they are moved; left out")
    return notes
