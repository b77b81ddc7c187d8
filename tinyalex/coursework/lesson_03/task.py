"""Lesson 03: ReLU against tanh."""

from __future__ import annotations

import math

import numpy as np

from tinyalex.coursework.engine.task import Hand, LayerTask, Lesson
from tinyalex.coursework.lesson_03 import mistakes
from tinyalex.coursework.mistakes import EXAMPLES, Example, activations, mistakes_in
from tinyalex.layers import Conv2d, Flatten, Linear, ReLU, Tanh
from tinyalex.models import Sequential


def naive_relu(layer: ReLU, x: np.ndarray) -> np.ndarray:
    """y = x where x is positive, else 0."""
    y = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        if x[i] > 0:
            y[i] = x[i]
    return y


def naive_tanh(layer: Tanh, x: np.ndarray) -> np.ndarray:
    """y = (1 − e^−2x) / (1 + e^−2x)"""
    y = np.empty(x.shape)
    for i in np.ndindex(x.shape):
        shrunk = math.exp(-2 * x[i])
        y[i] = (1 - shrunk) / (1 + shrunk)
    return y


def net(activation: type) -> Sequential:
    """A convolution and two fully connected layers, with the student's units between them."""
    rng = np.random.default_rng(3)
    layers = [
        ("conv1", Conv2d(3, 4, 3, stride=2, rng=rng, dtype="float64")),
        ("act1", activation()),
        ("flatten", Flatten()),
        ("fc2", Linear(3 * 3 * 4, 8, rng=rng, dtype="float64")),
        ("act2", activation()),
        ("fc3", Linear(8, 3, rng=rng, dtype="float64")),
    ]
    return Sequential(layers)


def _task(ids: dict, reference: type, naive, hand: Hand) -> LayerTask:
    shapes = ((3, 4), (1, 5, 2, 3), (6, 1))
    return LayerTask(
        ids=ids,
        reference=reference,
        examples=(
            EXAMPLES[reference.__name__],
            *(Example(lambda rng: {}, shape) for shape in shapes),
        ),
        options={
            "shape": (
                (5,),
                (2, 3),
                (7, 1),
                (2, 3, 2, 5),
                (1, 4, 1, 3),
                (2, 9, 3, 1),
                (2, 10),
                (2, 3, 6, 2),
                (1, 4, 4, 3),
                (3, 0),
            )
        },
        example=lambda choice, rng: Example(lambda rng: {}, choice["shape"]),
        naive=naive,
        hand=hand,
        mistakes=mistakes_in(activations, mistakes, of=reference.__name__),
        net=net,
    )


RELU = _task(
    {"forward": "03.1", "backward": "03.2"},
    ReLU,
    naive_relu,
    Hand(
        x=[[2, -3, 0], [-1, 5, 4]],
        y=[[2, 0, 0], [0, 5, 4]],
        dy=[[1, 10, 100], [1000, -2, 3]],
        dx=[[1, 0, 0], [0, -2, 3]],
    ),
)

TANH = _task(
    {"forward": "03.3", "backward": "03.4"},
    Tanh,
    naive_tanh,
    Hand(
        x=[[0, math.log(2), -math.log(3), 1000]],
        y=[[0, 0.6, -0.8, 1]],
        dy=[[1, 10, 100, 1000]],
        dx=[[1, 6.4, 36, 0]],
    ),
)

LESSON = Lesson("03", "03_relu_against_tanh", "ReLU against tanh", (RELU, TANH))
