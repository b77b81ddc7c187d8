"""The paper's Figure 1 in small: how fast ReLU and tanh units learn. For lesson 03.

    curves = figure1()
    curves["relu"].errors            the training error after every epoch
    curves["relu"].epochs_to(0.25)   when it first fell to 25%

Two networks of four layers that differ in nothing but the nonlinearity learn the same few pictures,
without any regularization. Each is trained at several learning rates and is shown at its own best.
At equal small rates ReLU is up to three times faster; each at its best, the two are about level:
the paper's factor of six does not show in so small a version, and the lesson discusses why.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tinyalex.coursework.small.pictures import PATTERNS, of_patterns
from tinyalex.coursework.small.training import one_epoch, train
from tinyalex.layers import Conv2d, Flatten, Linear, MaxPool2d, ReLU, Tanh
from tinyalex.models import Sequential
from tinyalex.optim import SGD

ACTIVATIONS = {"relu": ReLU, "tanh": Tanh}
BATCH = 20
RATES = (0.001, 0.003, 0.01, 0.03)
GOAL = 0.25  # the training error at which the paper compares


@dataclass(frozen=True)
class Curve:
    """One training: the share of wrong answers on the training set after each epoch."""

    activation: str
    learning_rate: float
    errors: list[float]

    def epochs_to(self, error: float) -> int | None:
        """The first epoch, counted from 1, with at most this error; None if there was none."""
        reached = [epoch for epoch, e in enumerate(self.errors, start=1) if e <= error]
        return reached[0] if reached else None


def figure1(**options) -> dict[str, Curve]:
    """{"relu": Curve, "tanh": Curve}, each at the best of the learning rates: see `every_curve`."""
    curves = every_curve(**options)
    return {name: best([c for c in curves if c.activation == name]) for name in ACTIVATIONS}


def every_curve(
    pictures_per_class: int = 20, epochs: int = 25, rates: tuple = RATES, seed: int = 0
) -> list[Curve]:
    """A training of each network at each learning rate, on the same pictures. Half a minute."""
    x, labels = of_patterns(pictures_per_class, seed)
    return [
        learn(activation, rate, x, labels, epochs, seed)
        for activation in ACTIVATIONS
        for rate in rates
    ]


def best(curves: list[Curve]) -> Curve:
    """The curve that reaches the goal first; of equal ones, that with the least error at last."""
    never = float("inf")
    return min(curves, key=lambda curve: (curve.epochs_to(GOAL) or never, curve.errors[-1]))


def four_layers(activation: str, rng: np.random.Generator) -> Sequential:
    """Three convolutional layers and a fully connected one; the nonlinearity is the argument."""
    nonlinearity = ACTIVATIONS[activation]
    return Sequential(
        [
            ("conv1", Conv2d(3, 16, 5, stride=2, padding=2, rng=rng)),
            ("act1", nonlinearity()),
            ("pool1", MaxPool2d(3, 2)),
            ("conv2", Conv2d(16, 32, 3, padding=1, rng=rng)),
            ("act2", nonlinearity()),
            ("conv3", Conv2d(32, 32, 3, padding=1, rng=rng)),
            ("act3", nonlinearity()),
            ("pool3", MaxPool2d(3, 2)),
            ("flatten", Flatten()),
            ("fc4", Linear(3 * 3 * 32, len(PATTERNS), rng=rng)),
        ]
    )


def learn(activation: str, rate: float, x, labels, epochs: int, seed: int = 0) -> Curve:
    """One training without regularization, from weights and in an order that the seed decides."""
    rng = np.random.default_rng(seed)
    net = four_layers(activation, rng)
    optimizer = SGD(net, lr=rate, momentum=0.9, weight_decay=0.0)
    errors = []
    for _ in range(epochs):
        train(net, optimizer, one_epoch(x, labels, max(1, len(x) // BATCH), rng))
        errors.append(float((net.predict(x).argmax(axis=1) != labels).mean()))
    return Curve(activation, rate, errors)
