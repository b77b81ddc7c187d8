"""Lesson 16: what NIN is made of: 1 × 1 convolutions, and the mean of a map."""

from __future__ import annotations

import numpy as np

from tinyalex.coursework.engine.drawn import KINDS, drawn_numbers
from tinyalex.coursework.engine.pairs import every_pair
from tinyalex.coursework.engine.task import FunctionTask, Hand, LayerTask, Lesson
from tinyalex.coursework.lesson_16 import mistakes
from tinyalex.coursework.mistakes import EXAMPLES, Example, mistakes_in, pooling
from tinyalex.layers import Conv2d, GlobalAvgPool2d, ReLU
from tinyalex.models import Sequential

X = np.array([[[[1.0, 2], [3, 0]]]])  # two places with two channels
W = np.array([[1.0, 0], [2, 1]])
DY = np.array([[[[1.0, 0], [1, 1]]]])


def conv1x1(x, W, b):
    """y[n, h, w, k] = b[k] + Σ_c x[n, h, w, c] · W[c, k]: a fully connected layer at each place.

    x: (N, H, W, C). W: (C, K). b: (K,). Returns (N, H, W, K).
    """
    return x @ W + b


def conv1x1_backward(dy, x, W):
    """The gradients of conv1x1: (dx, dW, db), of the shapes of x, W and b.

    dy: (N, H, W, K). x: (N, H, W, C). W: (C, K). The weights are shared by all places of all
    pictures, so dW and db are sums over them.
    """
    rows, upstream = x.reshape(-1, x.shape[-1]), dy.reshape(-1, dy.shape[-1])
    return dy @ W.T, rows.T @ upstream, upstream.sum(axis=0)


def naive(layer: GlobalAvgPool2d, x: np.ndarray) -> np.ndarray:
    """y[n, c] = (the sum of x[n, h, w, c] over h and w) / (H · W)."""
    N, H, W, C = x.shape
    y = np.zeros((N, C), dtype=x.dtype)
    for n, h, w, c in np.ndindex(N, H, W, C):
        y[n, c] += x[n, h, w, c] / (H * W)
    return y


def net(pool: type) -> Sequential:
    """NIN in small: the last 1 × 1 convolution has a map for each of three classes."""
    rng = np.random.default_rng(16)
    settings = {"rng": rng, "dtype": "float64"}
    layers = [
        ("conv1", Conv2d(3, 4, 3, padding=1, **settings)),
        ("relu1", ReLU()),
        ("cccp1", Conv2d(4, 3, 1, **settings)),
        ("mean", pool()),
    ]
    return Sequential(layers)


def forward_cases(rng: np.random.Generator) -> list[tuple]:
    """As many channels out as in, fewer, more; one place; one channel."""
    options = {"N": (2, 1, 4), "H": (2, 1, 3), "W": (3, 1, 2), "C": (2, 1, 5), "K": (3, 1, 5)}
    alone = dict.fromkeys(options, (9,))
    cases = []
    for choice in every_pair(options | {"x": KINDS, "weights": KINDS, "b": KINDS}, rng, alone):
        N, H, W, C, K, *kinds = choice.values()
        shapes = ((N, H, W, C), (C, K), (K,))
        arrays = [drawn_numbers(kind, s, rng) for kind, s in zip(kinds, shapes, strict=True)]
        cases.append(tuple(arrays))
    return cases


def backward_cases(rng: np.random.Generator) -> list[tuple]:
    """The same geometries."""
    cases = forward_cases(rng)
    kinds = rng.permutation(np.resize(KINDS, len(cases))).tolist()
    return [
        (drawn_numbers(kind, (*x.shape[:3], len(b)), rng), x, W)
        for kind, (x, W, b) in zip(kinds, cases, strict=True)
    ]


def _example(*shape: int) -> Example:
    return Example(lambda rng: {}, shape)


LESSON = Lesson(
    "16",
    "16_after_alexnet",
    "After AlexNet: ZFNet and NIN",
    (
        LayerTask(
            ids={"forward": "16.1", "backward": "16.2"},
            reference=GlobalAvgPool2d,
            examples=(
                EXAMPLES["GlobalAvgPool2d"],
                _example(3, 2, 5, 4),
                _example(1, 4, 1, 3),
                _example(2, 1, 1, 1),
            ),
            options={"batch": (2, 1, 4), "H": (2, 1, 5), "W": (3, 1, 4), "C": (2, 1, 3)},
            alone={"batch": (9,), "H": (9,), "W": (9,), "C": (9,)},
            example=lambda choice, rng: _example(*(choice[n] for n in ("batch", "H", "W", "C"))),
            naive=naive,
            hand=Hand(
                x=np.array([[[[1, 2], [5, 8]]], [[[6, 4], [0, 4]]]]),
                y=np.array([[3, 5], [3, 4]]),
                dy=np.array([[4, 8], [2, 6]]),
                dx=np.array([[[[2, 4], [2, 4]]], [[[1, 3], [1, 3]]]]),
            ),
            mistakes=mistakes_in(pooling, mistakes, of="GlobalAvgPool2d"),
            net=net,
        ),
        FunctionTask(
            ids={"": "16.3"},
            reference=conv1x1,
            cases=forward_cases,
            float32=True,
            hand=((X, W, np.array([0.0, 1])), np.array([[[[5, 3], [3, 1]]]])),
            mistakes=mistakes_in(mistakes, of="conv1x1"),
        ),
        FunctionTask(
            ids={"": "16.4"},
            reference=conv1x1_backward,
            cases=backward_cases,
            float32=True,
            hand=(
                (DY, X, W),
                (np.array([[[[1, 2], [1, 3]]]]), np.array([[4, 3], [2, 0]]), np.array([2, 1])),
            ),
            mistakes=mistakes_in(mistakes, of="conv1x1_backward"),
        ),
    ),
)
