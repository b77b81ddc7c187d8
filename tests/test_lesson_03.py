"""Lesson 03's check: stubs are open, right layers pass however written, mistakes are named."""

import inspect
from pathlib import Path

import numpy as np
import pytest

from tinyalex import layers
from tinyalex.coursework.checker import check_lesson, check_task
from tinyalex.coursework.fingerprint import diagnose
from tinyalex.coursework.lessons.lesson_03 import LESSON
from tinyalex.coursework.student import load_module

STUBS = Path(__file__).parents[1] / "lessons" / LESSON.folder / "exercise.py"
RELU, TANH = LESSON.tasks
MISTAKES = [(task, mistake) for task in LESSON.tasks for mistake in task.mistakes]
# Right on numbers of moderate size that are not 0, which is all that the comparison looks at.
NOT_NAMED = {"relu-passes-at-zero", "tanh-overflows"}


def test_stubs_are_open_and_read_like_the_library():
    verdicts = check_lesson(LESSON, STUBS)
    assert [(v.open, v.stage) for v in verdicts] == [(True, "shapes")] * 2
    module = load_module(STUBS)
    for task, verdict in zip(LESSON.tasks, verdicts, strict=True):
        stub = getattr(module, task.name)
        assert f"task {task.ids['forward']}: {task.name}.forward" in verdict.message
        assert inspect.getdoc(stub) == inspect.getdoc(task.reference)
        for method in task.ids:
            own, right = (inspect.signature(getattr(c, method)) for c in (stub, task.reference))
            assert list(own.parameters) == list(right.parameters)


@pytest.mark.parametrize("task", LESSON.tasks, ids=lambda task: task.name)
def test_library_passes_on_any_seed(task):
    for seed in range(10):
        verdict = check_task(task.reference, task, seed)
        assert verdict.passed, str(verdict)


@pytest.mark.parametrize(("task", "mistake"), MISTAKES, ids=[m.id for _, m in MISTAKES])
def test_each_mistake_is_caught_and_named(task, mistake):
    for seed in range(3):
        verdict = check_task(mistake.layer, task, seed)
        assert not verdict.passed
        assert verdict.stage != "contract"
    named = diagnose(mistake.layer, task)
    assert (named and named.id) == (None if mistake.id in NOT_NAMED else mistake.id)


class ReLUByMaximum(layers.ReLU):
    def forward(self, x, training=False):
        self.y = np.maximum(x, 0)
        return self.y

    def backward(self, dy):
        return dy * (self.y > 0)


class ReLUByMask(layers.ReLU):
    """Keeps a mask of booleans, and selects with it."""

    def forward(self, x, training=False):
        self.active = x > 0
        return np.where(self.active, x, x.dtype.type(0))

    def backward(self, dy):
        dx = np.zeros_like(dy)
        dx[self.active] = dy[self.active]
        return dx


class ReLUFromAbsolute(layers.ReLU):
    def forward(self, x, training=False):
        self.x = x.copy()
        return (x + np.abs(x)) / 2

    def backward(self, dy):
        dx = dy.copy()
        np.putmask(dx, self.x <= 0, 0)
        return dx


class TanhByNumPy(layers.Tanh):
    def forward(self, x, training=False):
        self.y = np.tanh(x)
        return self.y

    def backward(self, dy):
        return dy * (1 - self.y**2)


class TanhFromX(layers.Tanh):
    """Keeps x, and takes 1 − tanh² once more in backward."""

    def forward(self, x, training=False):
        self.x = np.array(x)
        return np.tanh(x)

    def backward(self, dy):
        return dy - dy * np.square(np.tanh(self.x))


class TanhWithSlope(layers.Tanh):
    """By e^−2|x|, which cannot overflow; the slope is made in forward: 4 e / (1 + e)²."""

    def forward(self, x, training=False):
        shrunk = np.exp(-2 * np.abs(x))
        self.slope = 4 * shrunk / (1 + shrunk) ** 2
        return np.sign(x) * (1 - shrunk) / (1 + shrunk)

    def backward(self, dy):
        return np.einsum("...,...->...", dy, self.slope)


RIGHT = [
    (RELU, ReLUByMaximum),
    (RELU, ReLUByMask),
    (RELU, ReLUFromAbsolute),
    (TANH, TanhByNumPy),
    (TANH, TanhFromX),
    (TANH, TanhWithSlope),
]


@pytest.mark.parametrize(("task", "written"), RIGHT, ids=[c.__name__ for _, c in RIGHT])
def test_right_layers_pass_however_they_are_written(task, written):
    for seed in range(10):
        verdict = check_task(written, task, seed)
        assert verdict.passed, str(verdict)
