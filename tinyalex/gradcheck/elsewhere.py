"""The same layer at other points: other x and parameters, other sizes, larger x.

Each question is one random direction through everything at once. It finds what was kept from an
earlier batch (x, a mask, an argmax, σ, Wᵀ), and limits that the given x never reaches.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from tinyalex import backend
from tinyalex.gradcheck.directions import away_from_zero, mixtures
from tinyalex.gradcheck.judge import Tolerances, judge
from tinyalex.gradcheck.layer_under_test import LayerUnderTest
from tinyalex.gradcheck.parameters import Variable
from tinyalex.gradcheck.report import GradientError, Outcome
from tinyalex.gradcheck.side_effects import check_gradient_arrays, check_y_is_kept

ATTEMPTS = 3
COARSE = 1e-6
LARGE = (0.5, 4.0, 10.0, 30.0)  # beyond 2.5, 6 and 20, where many functions are cut off


class Refused(Exception):
    """forward does not take this x, or has no finite result there."""


class QuestionsElsewhere:
    """Compares backward with finite differences at points that the caller did not give."""

    def __init__(self, under_test: LayerUnderTest, allowed: Tolerances, rng) -> None:
        self.under_test, self.rng = under_test, rng
        relative = max(allowed.relative, COARSE)  # what is kept or cut off is off by much more
        self.allowed = Tolerances(allowed.epsilon, relative, allowed.absolute)
        self.notes: list[str] = []

    def ask(self) -> str | None:
        """What is wrong, or None."""
        return self._at_another_point() or self._at_another_size() or self._at_large_x()

    def _at_another_point(self) -> str | None:
        ways = [self._resampled, self._resampled_by_feature, self._smaller]
        asked = self._first_taken(ways, parameters=True)
        if asked is None:
            self.notes.append("asked at one x only: forward gave no numbers at others")
        elif asked.verdict == "wrong":
            which = self._which_matters(ways)
            return (
                f"right at the given point, wrong {which}: {_says(asked)}; does it use what it "
                "kept from an earlier call?"
            )
        return None

    def _which_matters(self, ways) -> str:
        only_x = self._first_taken(ways, parameters=False)
        if only_x is not None and only_x.verdict == "wrong":
            return "at another x of the same shape"
        return "after its parameters have changed"

    def _at_another_size(self) -> str | None:
        for more in ((1, 1, 2, 0), (1,)):
            wanted = [_grown(v.original.shape, more) for v in self.under_test.inputs]
            sizes = [shape for shape in wanted if shape is not None]
            if not sizes or len(sizes) < len(self.under_test.xs):
                continue

            def larger(x, more=more):
                return self._resampled(x, _grown(x.shape, more))

            try:
                asked = self._outcome(larger, False)
            except Refused:
                continue
            if asked.verdict == "wrong":
                return f"right for the given shape, wrong for x of {sizes[0]}: {_says(asked)}"
            return None
        if self.under_test.inputs:
            self.notes.append("asked for one size only: forward refuses others")
        return None

    def _at_large_x(self) -> str | None:
        asked = self._first_taken([self._large], parameters=False)
        if asked is None and self.under_test.inputs:
            self.notes.append("not asked at large x: forward has no finite numbers there")
        if asked is not None and asked.verdict == "wrong":
            return f"right for x of the given size, wrong for x of ±{LARGE[-1]:g}: {_says(asked)}"
        return None

    def _first_taken(self, ways, parameters: bool) -> Outcome | None:
        for way in ways:
            try:
                return self._outcome(way, parameters)
            except Refused:
                continue
        return None

    def _outcome(self, values, parameters: bool) -> Outcome:
        """Judged at inputs values(x). A point at a kink is given up for another."""
        for _ in range(ATTEMPTS):
            with self._moved(values, parameters):
                outcome = self._judged()
            if outcome.verdict in ("right", "wrong"):
                break
        return outcome

    @contextmanager
    def _moved(self, values, parameters: bool) -> Iterator[None]:
        """Variables and labels elsewhere, and afterwards back."""
        under_test, labels = self.under_test, self.under_test.labels
        before = [variable.array for variable in under_test.inputs]
        try:
            for variable in under_test.inputs:
                self._replace(variable, values(variable.original))
            if labels is not None and under_test.inputs:
                under_test.use_labels(_as_many(labels, before[0], under_test.inputs[0].array))
            for variable in under_test.parameters if parameters else ():
                variable.set(..., self._smaller(variable.original))
            yield
        finally:
            for variable, array in zip(under_test.inputs, before, strict=True):
                self._replace(variable, array)
            under_test.use_labels(labels)
            for variable in under_test.parameters if parameters else ():
                variable.set(..., variable.original)

    def _replace(self, variable: Variable, array: np.ndarray) -> None:
        variable.array = self.under_test.xs[variable.number] = array

    def _judged(self) -> Outcome:
        under_test, rng = self.under_test, self.rng
        with np.errstate(all="ignore"):
            y, xs = self._forward_in_place()
            dy = np.ones(()) if under_test.labels is not None else away_from_zero(y.shape, rng)
            gradients = self._backward(dy, xs)
            direction = mixtures(under_test.variables, 1, rng)[0]
            return judge(under_test, dy, direction, gradients, self.allowed)

    def _forward_in_place(self) -> tuple[np.ndarray, list]:
        """forward in an array that has held the given x before, where the shape is the same."""
        under_test, earlier = self.under_test, None
        xs = under_test.fresh_inputs()
        try:
            if all(v.array.shape == v.original.shape for v in under_test.inputs):
                for variable in under_test.inputs:
                    xs[variable.number][...] = backend.from_numpy(variable.original)
                earlier = under_test.run_forward(xs)
                kept = np.array(backend.to_numpy(earlier))
                for variable in under_test.inputs:
                    xs[variable.number][...] = backend.from_numpy(variable.array)
            y = np.array(backend.to_numpy(under_test.run_forward(xs)))
        except Exception as error:
            raise Refused from error
        if earlier is not None and not _is_view(earlier, xs):
            check_y_is_kept(under_test, "forward", earlier, kept)
        if y.dtype != np.float64 or y.size == 0 or not np.isfinite(y).all():
            raise Refused
        return y, xs

    def _backward(self, dy: np.ndarray, xs: list) -> dict:
        under_test = self.under_test
        try:
            dx = under_test.run_backward(backend.from_numpy(dy.copy()))
        except Exception as error:
            shapes = ", ".join(str(x.shape) for x in xs)
            text = " ".join(str(error).split())[:200]
            raise GradientError(
                f"{under_test.name}: forward takes another x, {shapes}, and backward then raises "
                f"{type(error).__name__}: {text}"
            ) from error
        check_gradient_arrays(under_test, dx)
        return under_test.collect(dx)

    def _resampled(self, x: np.ndarray, shape=None) -> np.ndarray:
        """Values drawn from x, each a little smaller, so that most functions are defined there."""
        drawn = self.rng.choice(x.ravel(), x.shape if shape is None else shape)
        return self._smaller(np.asarray(drawn))

    def _resampled_by_feature(self, x: np.ndarray) -> np.ndarray:
        if x.ndim < 2:
            return self._smaller(x)
        rows = x.reshape(-1, x.shape[-1])
        drawn = self.rng.permuted(rows, axis=0)
        return self._smaller(drawn.reshape(x.shape))

    def _smaller(self, x: np.ndarray) -> np.ndarray:
        return np.asarray(x * self.rng.uniform(0.5, 1.0, x.shape))

    def _large(self, x: np.ndarray) -> np.ndarray:
        """Values of ±0.5 to ±36, in random order; of one sign only if x's are."""
        signs = np.unique(np.sign(x[x != 0]))
        sizes = np.outer(LARGE[::-1], signs if signs.size else [1.0]).ravel()
        sizes = self.rng.permutation(np.resize(sizes, x.size))
        return (sizes * self.rng.uniform(0.8, 1.2, x.size)).reshape(x.shape)


def _is_view(y, xs: list) -> bool:
    """Whether y is one of the inputs, or part of it, as a Flatten returns it."""
    return any(y is x or (isinstance(y, np.ndarray) and np.may_share_memory(y, x)) for x in xs)


def _grown(shape: tuple[int, ...], more: tuple[int, ...]) -> tuple[int, ...] | None:
    if not shape or (len(more) > 1 and len(more) != len(shape)):
        return None
    more = (*more, *[0] * (len(shape) - len(more)))
    return tuple(size + extra for size, extra in zip(shape, more, strict=True))


def _as_many(labels: np.ndarray, before: np.ndarray, now: np.ndarray) -> np.ndarray:
    """Labels for another number of examples, in another order."""
    if labels.ndim == 0 or before.ndim == 0 or len(labels) != len(before):
        return labels
    return np.resize(np.roll(labels, 1, axis=0), (len(now), *labels.shape[1:]))


def _says(outcome: Outcome) -> str:
    return (
        f"along a random direction backward says {outcome.analytic:.9g}, finite differences say "
        f"{outcome.numeric:.9g}"
    )
