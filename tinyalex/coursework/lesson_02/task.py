"""Lesson 02: fully connected layers and the softmax."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from tinyalex.coursework.engine.compare import check_equal
from tinyalex.coursework.engine.task import Hand, LayerTask, Lesson
from tinyalex.coursework.engine.verdict import Failed
from tinyalex.coursework.lesson_02 import mistakes
from tinyalex.coursework.mistakes import EXAMPLES, Example, Mistake, linear, loss, mistakes_in
from tinyalex.layers import Flatten, Linear, ReLU, SoftmaxCrossEntropy
from tinyalex.models import Sequential


def naive_linear(layer: Linear, x: np.ndarray) -> np.ndarray:
    """y[n, k] = Σ_i x[n, i] · W[i, k] + b[k]"""
    W, b = layer.params["W"], layer.params["b"]
    y = np.empty((len(x), len(b)))
    for n, k in np.ndindex(y.shape):
        y[n, k] = sum(x[n, i] * W[i, k] for i in range(x.shape[1])) + b[k]
    return y


def naive_loss(layer: SoftmaxCrossEntropy, logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """(1/N) Σ_n (log Σ_c e^logits[n, c] − logits[n, label_n])"""
    losses = [
        math.log(sum(math.exp(z) for z in row)) - row[label]
        for row, label in zip(logits.tolist(), labels.tolist(), strict=True)
    ]
    return np.array(sum(losses) / len(losses))


def net_with_linear(linear: type) -> Sequential:
    """Two fully connected layers, both of them the student's."""
    rng = np.random.default_rng(2)
    layers = [
        ("flatten", Flatten()),
        ("fc1", linear(8 * 8 * 3, 8, rng=rng, dtype="float64")),
        ("relu1", ReLU()),
        ("fc2", linear(8, 3, rng=rng, dtype="float64")),
    ]
    return Sequential(layers)


def net_with_loss(loss: type) -> tuple:
    return net_with_linear(Linear), loss()


def refuses_and_keeps(loss: type) -> None:
    """Labels that are not classes raise a ValueError; backward leaves the probabilities alone."""
    logits = np.array([[0.5, -1.0, 2.0], [1.0, 0.0, -0.5]])
    for labels in ([0, 3], [-1, 2]):
        wanted = f"forward with labels {labels} for 3 classes must raise a ValueError"
        try:
            loss().forward(logits.copy(), np.array(labels))
        except ValueError:
            continue
        except Exception as error:
            raise Failed(f"{wanted}, not {type(error).__name__}: call self._check") from None
        raise Failed(f"{wanted}: call self._check", diagnose=False)
    written = loss()
    written.forward(logits.copy(), np.array([2, 0]))
    before = np.array(written.probabilities)
    check_equal("probabilities", before, softmax(logits), 1e-12)
    written.backward()
    if not np.array_equal(before, written.probabilities):
        raise Failed("backward changed self.probabilities: work on a copy, other code reads them")


def softmax(logits: np.ndarray) -> np.ndarray:
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def _linear(inputs: int, outputs: int, examples: int) -> Example:
    def arguments(rng):
        sizes = {"in_features": inputs, "out_features": outputs}
        return {**sizes, "bias_init": "uniform", "dtype": "float64", "rng": rng}

    return Example(arguments, (examples, inputs))


def _logits(choice: dict, rng: np.random.Generator) -> Example:
    """Labels of all classes, or the first or the last class alone."""
    N, C = choice["batch"], choice["classes"]
    labels = rng.integers(0, C, N) if choice["labels"] == "drawn" else [choice["labels"] % C] * N
    return Example(lambda rng: {}, (N, C), labels=tuple(int(label) for label in labels))


def _whole_signature(mistake: Mistake) -> Mistake:
    """The wrong layer with the library's parameters of backward, as a student's would have them."""

    class Written(mistake.wrong):
        __doc__ = mistake.wrong.__doc__

        def backward(self, dy, input_gradient: bool = True):
            return super().backward(dy)

    return replace(mistake, wrong=Written)


LINEAR = LayerTask(
    ids={"forward": "02.1", "backward": "02.2"},
    reference=Linear,
    options={"inputs": (2, 1, 5, 9), "outputs": (3, 1, 2, 9), "batch": (2, 1, 5, 9)},
    example=lambda choice, rng: _linear(choice["inputs"], choice["outputs"], choice["batch"]),
    examples=(_linear(4, 4, 3), _linear(5, 3, 2), _linear(1, 2, 4), _linear(6, 1, 1)),
    naive=naive_linear,
    hand=Hand(
        arguments={"in_features": 3, "out_features": 2, "dtype": "float64"},
        params={"W": [[1, -1], [2, 0], [0, 1]], "b": [10, 20]},
        x=[[1, 2, 0], [-1, 1, 3]],
        y=[[15, 19], [11, 24]],
        dy=[[1, 10], [100, 1000]],
        dx=[[-9, 2, 10], [-900, 200, 1000]],
        grads={"W": [[-99, -990], [102, 1020], [300, 3000]], "b": [101, 1010]},
    ),
    mistakes=tuple(_whole_signature(m) for m in mistakes_in(linear, mistakes, of="Linear")),
    net=net_with_linear,
)

SOFTMAX = LayerTask(
    ids={"forward": "02.3", "backward": "02.4"},
    reference=SoftmaxCrossEntropy,
    examples=(
        EXAMPLES["SoftmaxCrossEntropy"],
        Example(lambda rng: {}, (5, 3), labels=(0, 2, 1, 1, 0)),
        Example(lambda rng: {}, (1, 6), labels=(5,)),
    ),
    options={"classes": (3, 1, 2, 5, 10), "batch": (2, 1, 5, 9), "labels": ("drawn", 0, -1)},
    example=_logits,
    naive=naive_loss,
    hand=Hand(
        x=[[0, math.log(2), math.log(5)], [1000, 1000, 0]],
        labels=(2, 2),
        y=(math.log(8 / 5) + 1000 + math.log(2)) / 2,
        dx=[[0.0625, 0.125, -0.1875], [0.25, 0.25, -0.5]],
    ),
    mistakes=mistakes_in(loss, mistakes, of="SoftmaxCrossEntropy"),
    rules=refuses_and_keeps,
    net=net_with_loss,
)

LESSON = Lesson(
    "02", "02_fully_connected_and_softmax", "Fully connected and softmax", (LINEAR, SOFTMAX)
)
