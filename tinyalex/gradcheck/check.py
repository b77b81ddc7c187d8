"""The check itself."""

from __future__ import annotations

from functools import partial

import numpy as np

from tinyalex import backend
from tinyalex.gradcheck.blind_spots import notes_on, parameters_outside
from tinyalex.gradcheck.directions import Direction, away_from_zero, entries, mixtures
from tinyalex.gradcheck.elsewhere import QuestionsElsewhere
from tinyalex.gradcheck.inputs import move_zeros_and_ties, typical_size
from tinyalex.gradcheck.judge import Tolerances, judge, settle_ties
from tinyalex.gradcheck.layer_under_test import LayerUnderTest
from tinyalex.gradcheck.report import ArrayResult, GradientError, Report
from tinyalex.gradcheck.side_effects import first_gradients, first_output
from tinyalex.gradcheck.slopes import first_steps
from tinyalex.gradcheck.upstream import UpstreamQuestions
from tinyalex.kernels.underflow import allow_underflow

MODES = ("full", "projection")
# Right layers need hardly any: an entry at a kink is first moved off it. More would be a hide-out.
LARGEST_EXCLUDED_SHARE = 0.05
AT_ONCE = 100  # directions that a layer in another process is asked for in one go


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
    relative: float = 2e-9,
    absolute: float = 0.0,
    seed: int | np.random.Generator = 0,
    max_entries: int | None = None,
    projections: int = 4,
    again: bool = True,
) -> Report:
    """Compares backward's dx and parameter gradients with finite differences.

    layer: has forward(x, training=False), backward(dy), params and grads; or is a net that offers
        parameters() and gradients(); or a loss, with `labels`. It is left as it was found, with
        everything it holds (a running mean, counters, gradients), even where the check raises.
        params: a dict or list of float64 arrays or numbers, nested or not.
    x: float64, not empty; a tuple of arrays for a layer of several inputs; whole numbers where
        only parameters have gradients. Zeros and ties are moved apart in a copy, with a note.
    dy: the upstream gradient, of y's shape; random values of ±0.5 to ±1.5 if left out.
    mode: "full" or "projection", see the package. max_entries: "full" looks at only so many of
        each array, drawn at random. projections: how many directions "projection" looks at.
    epsilon: the first step, relative to the array's typical size. relative, absolute: the
        tolerances; the rounding noise of the finite differences is always allowed on top.
    again: whether to ask for other dy, x, sizes and parameters too, one direction for each.
    GradientError, naming the worst entry, if a gradient is wrong or a pass breaks the contract;
    ValueError if the check cannot be made (float32, no numbers to compare, a forward that is not
    repeatable, bad options).
    """
    _check_arguments(mode, epsilon, relative, max_entries, projections)
    rng, allowed = np.random.default_rng(seed), Tolerances(epsilon, relative, absolute)
    several = isinstance(x, tuple) and all(hasattr(part, "dtype") for part in x) and len(x) > 0
    arrays = [backend.to_numpy(part) for part in (x if several else [x])]
    labels = None if labels is None else np.array(backend.to_numpy(labels))
    moved = [_moved_off_ties(array, epsilon, rng) for array in arrays]
    points, notes = [point for point, _ in moved], [note for _, own in moved for note in own]
    with LayerUnderTest(layer, points, labels, training, several) as under_test:
        directions = partial(_directions, mode, max_entries, projections, rng)
        report = _compare(under_test, dy, rng, directions, allowed, again)
    report.mode, report.notes = mode, notes + under_test.notes + report.notes
    if not report.passed:
        raise GradientError(report.complaint(), report)
    return report


def _compare(under_test: LayerUnderTest, dy, rng, directions, allowed, again: bool) -> Report:
    """The report. directions(variable): along which to compare."""
    y = first_output(under_test)
    dy = np.ones(()) if under_test.labels is not None else _upstream(dy, y, rng)
    gradients = settle_ties(under_test, dy, rng, first_gradients(under_test, dy))
    under_test.randomness.look_what_was_used()
    report = Report(under_test.name, "", [], [])
    if dy.size > 1 and (dy == dy.flat[0]).all():
        report.notes.append("dy is the same everywhere, which hides many mistakes: leave it out")
    for variable in under_test.variables:
        result = _judge_all(under_test, dy, variable, directions(variable), gradients, allowed)
        report.arrays.append(result)
        report.notes += notes_on(result)
    if again and report.passed:
        _ask_again(under_test, report, dy, gradients, allowed, rng)
    report.notes += parameters_outside(under_test, y)
    report.forwards = under_test.forwards
    return report


def _ask_again(under_test, report: Report, dy, gradients, allowed, rng) -> None:
    """Adds to the report what other dy, x, sizes and parameters bring out."""
    reach = {
        variable.name: max((outcome.reach for outcome in result.outcomes), default=0.0)
        for variable, result in zip(under_test.variables, report.arrays, strict=True)
    }
    failure = None
    if under_test.labels is None:
        upstream = UpstreamQuestions(under_test, dy, gradients, reach)
        failure = upstream.ask(rng)
        report.notes += upstream.notes
    if failure is None and under_test.variables:
        elsewhere = QuestionsElsewhere(under_test, allowed, rng)
        failure = elsewhere.ask()
        report.notes += elsewhere.notes
    if failure is not None:
        report.failures.append(failure)


def _moved_off_ties(x: np.ndarray, epsilon: float, rng) -> tuple[np.ndarray, list[str]]:
    """A copy of x without zeros and ties, and a note if there were any."""
    if x.dtype != np.float64 or not np.isfinite(x).all():
        return x.copy(), []  # whole numbers, or will be refused
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
        return away_from_zero(y.shape, rng)
    dy = backend.to_numpy(dy)
    if dy.shape != y.shape or dy.dtype != np.float64 or not np.isfinite(dy).all():
        raise ValueError(
            f"dy must be finite float64 of forward's shape {y.shape}; got {dy.shape} {dy.dtype}"
        )
    return dy.copy()


def _directions(mode, max_entries, projections, rng, variable) -> list[Direction]:
    if mode == "full":
        return entries(variable, max_entries, rng)
    return mixtures([variable], projections if variable.original.size else 0, rng)


def _judge_all(under_test, dy, variable, directions, gradients, allowed) -> ArrayResult:
    along = any(isinstance(direction.label, str) for direction in directions)
    available = len(directions) if along else variable.original.size
    result = ArrayResult(variable.gradient, variable.original.shape, available)
    without_slope = 0
    for number, direction in enumerate(directions):
        if number % AT_ONCE == 0:
            under_test.foresee(first_steps(directions[number : number + AT_ONCE], allowed.epsilon))
        outcome = judge(under_test, dy, direction, gradients, allowed)
        result.outcomes.append(outcome)
        without_slope += outcome.verdict in ("kink", "rounded")
        if without_slope > LARGEST_EXCLUDED_SHARE * len(directions):
            result.unclear = True
            break  # it fails already, and entries at kinks cost the most
    return result
