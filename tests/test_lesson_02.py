"""Lesson 02's check: stubs are open, right layers pass however written, mistakes are named."""

import inspect
from pathlib import Path

import numpy as np
import pytest

from tinyalex import layers
from tinyalex.coursework.checker import check_lesson, check_task
from tinyalex.coursework.fingerprint import diagnose
from tinyalex.coursework.lessons.lesson_02 import LESSON
from tinyalex.coursework.student import load_module

STUBS = Path(__file__).parents[1] / "lessons" / LESSON.folder / "exercise.py"
LINEAR, SOFTMAX = LESSON.tasks
MISTAKES = [(task, mistake) for task in LESSON.tasks for mistake in task.mistakes]
# Right on numbers of moderate size, which is all that the comparison looks at.
NOT_NAMED = {"softmax-overflows", "softmax-log-of-zero"}


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


class ByMatmul(layers.Linear):
    def forward(self, x, training=False):
        self.x = x
        return x @ self.params["W"] + self.params["b"]

    def backward(self, dy, input_gradient=True):
        self.grads = {"W": self.x.T @ dy, "b": dy.sum(axis=0)}
        return dy @ self.params["W"].T if input_gradient else None


class ByEinsum(layers.Linear):
    def forward(self, x, training=False):
        self.x = x.copy()
        return np.einsum("ni,ik->nk", x, self.params["W"]) + self.params["b"]

    def backward(self, dy, input_gradient=True):
        self.grads["W"] = np.einsum("ni,nk->ik", self.x, dy)
        self.grads["b"] = np.einsum("nk->k", dy)
        return np.einsum("nk,ik->ni", dy, self.params["W"])


class ByLoops(layers.Linear):
    def forward(self, x, training=False):
        self.x = x
        rows = [sum(v * w for v, w in zip(row, self.params["W"], strict=True)) for row in x]
        return np.array(rows) + self.params["b"]

    def backward(self, dy, input_gradient=True):
        dW, db, dx = np.zeros_like(self.params["W"]), np.zeros_like(dy[0]), np.zeros_like(self.x)
        for n, row in enumerate(dy):
            dW += np.outer(self.x[n], row)
            db += row
            dx[n] = self.params["W"] @ row
        self.grads["W"], self.grads["b"] = dW, db
        return dx


class WithBiasAsInput(layers.Linear):
    """The bias as the weight of one more input that is always 1."""

    def forward(self, x, training=False):
        self.x = np.hstack([x, np.ones((len(x), 1), x.dtype)])
        return self.x @ np.vstack([self.params["W"], self.params["b"]])

    def backward(self, dy, input_gradient=True):
        both = np.tensordot(self.x, dy, axes=(0, 0))
        self.grads = {"W": both[:-1], "b": both[-1]}
        return np.inner(dy, self.params["W"])


class ByLogSumExp(layers.SoftmaxCrossEntropy):
    def forward(self, logits, labels):
        log_sum = np.logaddexp.reduce(logits, axis=1)
        self.probabilities = np.exp(logits - log_sum[:, None])
        self.labels = labels
        return float(np.mean(log_sum - logits[np.arange(len(labels)), labels]))

    def backward(self):
        onehot = np.eye(self.probabilities.shape[1], dtype=self.probabilities.dtype)[self.labels]
        return (self.probabilities - onehot) / len(onehot)


class ByShift(layers.SoftmaxCrossEntropy):
    def forward(self, logits, labels):
        self._check(logits, labels)
        shifted = logits - logits.max(axis=1, keepdims=True)
        log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        self.probabilities, self.labels = np.exp(log_p), labels
        return -float(log_p[np.arange(len(labels)), labels].mean())

    def backward(self):
        d = self.probabilities.copy()
        d[np.arange(len(d)), self.labels] -= 1
        return d / len(d)


class ExampleByExample(layers.SoftmaxCrossEntropy):
    """One row at a time; the gradient is made in forward already."""

    def forward(self, logits, labels):
        self.gradient, loss = np.zeros_like(logits), 0.0
        self.probabilities = np.zeros_like(logits)
        for n, (z, label) in enumerate(zip(logits, labels, strict=True)):
            e = np.exp(z - max(z))
            self.probabilities[n] = e / sum(e)
            loss += np.log(sum(e)) + max(z) - z[label]
            self.gradient[n] = self.probabilities[n] / len(labels)
            self.gradient[n, label] -= 1 / len(labels)
        return loss / len(labels)

    def backward(self):
        return self.gradient


RIGHT = [
    (LINEAR, ByMatmul),
    (LINEAR, ByEinsum),
    (LINEAR, ByLoops),
    (LINEAR, WithBiasAsInput),
    (SOFTMAX, ByLogSumExp),
    (SOFTMAX, ByShift),
    (SOFTMAX, ExampleByExample),
]


@pytest.mark.parametrize(("task", "written"), RIGHT, ids=[c.__name__ for _, c in RIGHT])
def test_right_layers_pass_however_they_are_written(task, written):
    for seed in range(10):
        verdict = check_task(written, task, seed)
        assert verdict.passed, str(verdict)
