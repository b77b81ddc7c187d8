"""Lesson 02: right layers pass, however they are written.

`test_lessons.py` has what holds for every lesson.
"""

import numpy as np
import pytest

from tinyalex import layers
from tinyalex.coursework.engine.checker import check_task
from tinyalex.coursework.lesson_02.task import LESSON

LINEAR, SOFTMAX = LESSON.tasks


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
        return np.einsum("nk,ik->ni", dy, self.params["W"]) if input_gradient else None


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
        return dx if input_gradient else None


class WithBiasAsInput(layers.Linear):
    """The bias as the weight of one more input that is always 1."""

    def forward(self, x, training=False):
        self.x = np.hstack([x, np.ones((len(x), 1), x.dtype)])
        return self.x @ np.vstack([self.params["W"], self.params["b"]])

    def backward(self, dy, input_gradient=True):
        both = np.tensordot(self.x, dy, axes=(0, 0))
        self.grads = {"W": both[:-1], "b": both[-1]}
        return np.inner(dy, self.params["W"]) if input_gradient else None


class ByLogSumExp(layers.SoftmaxCrossEntropy):
    def forward(self, logits, labels):
        log_sum = np.logaddexp.reduce(logits, axis=1)
        self.probabilities = np.exp(logits - log_sum[:, None])
        self.labels = self._check(logits, labels)
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
        labels = self._check(logits, labels)
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


@pytest.mark.slow
@pytest.mark.parametrize(("task", "written"), RIGHT, ids=[c.__name__ for _, c in RIGHT])
def test_right_layers_pass_however_they_are_written(task, written):
    for seed in range(3):
        verdict = check_task(written, task, seed)
        assert verdict.passed, str(verdict)


def message(written, task):
    verdict = check_task(written, task)
    assert verdict.stage == "side effects", verdict
    return verdict.message


def test_dx_is_spared_when_nobody_asks_for_it():
    class Ignores(ByMatmul):
        def backward(self, dy, input_gradient=True):
            return super().backward(dy)

    class SparesTheBiasToo(ByMatmul):
        def backward(self, dy, input_gradient=True):
            dx = super().backward(dy, input_gradient)
            self.grads["b"] = self.grads["b"] * input_gradient
            return dx

    assert "must return None" in message(Ignores, LINEAR)
    assert "db of backward(dy, input_gradient=False)" in message(SparesTheBiasToo, LINEAR)


def test_labels_are_checked_and_probabilities_left_alone():
    class InPlace(ByShift):
        def backward(self):
            self.probabilities[np.arange(len(self.labels)), self.labels] -= 1
            return self.probabilities / len(self.labels)

    class Unchecked(ByShift):
        def _check(self, logits, labels):
            return labels

    assert "work on a copy" in message(InPlace, SOFTMAX)
    assert "[0, 3] for 3 classes must raise a ValueError, not IndexError" in message(
        Unchecked, SOFTMAX
    )


def test_one_maximum_for_the_batch_has_a_name():
    class OneMaximum(ByShift):
        def forward(self, logits, labels):
            self.labels = self._check(logits, labels)
            e = np.exp(logits - np.max(logits))
            self.probabilities = e / e.sum(axis=1, keepdims=True)
            own = (logits - np.max(logits))[np.arange(len(e)), self.labels]
            return -(own - np.log(e.sum(axis=1))).mean()

    assert check_task(OneMaximum, SOFTMAX).mistake == "softmax-one-maximum"


def test_a_loss_is_called_a_loss():
    class TooLarge(ByShift):
        def forward(self, logits, labels):
            return super().forward(logits, labels) * (1 if len(labels) == 2 else 1.1)

    verdict = check_task(TooLarge, SOFTMAX)
    assert verdict.message.startswith("the loss is ")
    assert "numbers differ" not in verdict.message
