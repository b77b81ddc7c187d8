"""Lesson 07: local response normalization."""

from __future__ import annotations

import numpy as np

from tinyalex.coursework.engine.task import Hand, LayerTask, Lesson
from tinyalex.coursework.lesson_07 import mistakes
from tinyalex.coursework.mistakes import Example, lrn, mistakes_in
from tinyalex.layers import Conv2d, Flatten, Linear, LocalResponseNorm, ReLU
from tinyalex.models import Sequential


def naive(layer: LocalResponseNorm, x: np.ndarray) -> np.ndarray:
    """y_i = x_i / (k + α · Σ x_j²)^β, j from i − ⌊size/2⌋ over size channels of i's group."""
    C = x.shape[-1] // layer.groups
    y = np.zeros_like(x)
    for n, h, w, i in np.ndindex(x.shape):
        first, total = i - layer.size // 2, 0.0
        for j in range(first, first + layer.size):
            if 0 <= j < x.shape[-1] and j // C == i // C:
                total += x[n, h, w, j] ** 2
        y[n, h, w, i] = x[n, h, w, i] / (layer.k + layer.scaled_alpha * total) ** layer.beta
    return y


def net(norm: type) -> Sequential:
    """α is large, so that the normalization matters to the losses."""
    rng = np.random.default_rng(7)
    given = {"rng": rng, "dtype": "float64"}
    layers = [
        ("conv1", Conv2d(3, 6, 3, stride=2, padding=1, **given)),
        ("relu1", ReLU()),
        ("norm1", norm(5, alpha=0.1)),
        ("flatten", Flatten()),
        ("fc2", Linear(4 * 4 * 6, 3, **given)),
    ]
    return Sequential(layers)


OPTIONS = {
    "size": (5, 1, 2, 3, 4, 7),
    "groups": (1, 2, 3),
    "channels": (4, 1, 2, 7),  # of a group
    "alpha": (1e-4, 0.5),
    "beta": (0.75, 0.6, 1.0),
    "k": (2.0, 1.0, 0.5),
    "divide_by_size": (False, True),
    "batch": (1, 2, 4),
    "map": ((1, 1), (2, 3), (3, 1)),
}
ALONE = {
    "size": (9, 31),
    "groups": (5, 9),
    "alpha": (2.0, 5.0),
    "beta": (1.5, 5.0, 0.05),
    "k": (0.05, 5.0),
    "batch": (9,),
    "map": ((9, 2),),
}


def drawn_example(choice: dict, rng: np.random.Generator) -> Example:
    C = choice["groups"] * choice["channels"]
    settings = ("size", "groups", "alpha", "beta", "k", "divide_by_size")
    return _example(
        (choice["batch"], *choice["map"], C), **{name: choice[name] for name in settings}
    )


def _example(shape, **arguments) -> Example:
    return Example(lambda rng: arguments, shape)


LESSON = Lesson(
    "07",
    "07_local_response_normalization",
    "Local response normalization",
    (
        LayerTask(
            ids={"forward": "07.1", "backward": "07.2"},
            reference=LocalResponseNorm,
            examples=(
                # An even window and groups: here all the mistakes show. α and k are the paper's.
                _example((2, 2, 1, 12), size=4, groups=2),
                _example((2, 3, 2, 7), size=5, alpha=0.5, beta=0.6, k=1.5),
                _example((1, 2, 2, 4), size=3, alpha=1.0, divide_by_size=True, k=1.0),
                _example((2, 1, 2, 3), size=7, alpha=0.3),  # wider than there are channels
                _example((2, 2, 1, 2), size=1, alpha=0.3),
            ),
            options=OPTIONS,
            alone=ALONE,
            example=drawn_example,
            naive=naive,
            hand=Hand(
                arguments={"size": 3, "alpha": 1.0, "beta": 1.0, "k": 1.0},
                x=np.reshape([1, 2, 0, 3], (1, 1, 1, 4)),
                y=np.reshape([1 / 6, 1 / 3, 0, 0.3], (1, 1, 1, 4)),
                dy=np.reshape([36, 72, 14, 100], (1, 1, 1, 4)),
                dx=np.reshape([-4, -8, 1, -8], (1, 1, 1, 4)),
            ),
            mistakes=mistakes_in(lrn, mistakes),
            net=net,
        ),
    ),
)
