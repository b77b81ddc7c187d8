"""Lesson 06: overlapping max-pooling."""

from __future__ import annotations

import numpy as np

from tinyalex.coursework.engine.task import Hand, LayerTask, Lesson
from tinyalex.coursework.lesson_06 import mistakes
from tinyalex.coursework.mistakes import EXAMPLES, Example, mistakes_in, pooling
from tinyalex.layers import Conv2d, Flatten, Linear, MaxPool2d, ReLU
from tinyalex.layers.base import as_padding, as_pair
from tinyalex.models import Sequential

X = [[1, 3, 2, 0, 4], [5, 2, 9, 1, 3], [0, 7, 6, 8, 2], [3, 1, 4, 2, 5], [2, 6, 0, 3, 1]]


def naive(layer: MaxPool2d, x: np.ndarray) -> np.ndarray:
    """y[n, oh, ow, c] = the largest x[n, oh·SH + i − top, ow·SW + j − left, c] that exists."""
    N, OH, OW, C = layer.output_shape(x.shape)
    (KH, KW), (SH, SW) = layer.kernel_size, layer.stride
    (top, _), (left, _) = layer.padding
    y = np.full((N, OH, OW, C), -np.inf, dtype=x.dtype)
    for n, oh, ow, c in np.ndindex(N, OH, OW, C):
        for i in range(KH):
            for j in range(KW):
                h, w = oh * SH + i - top, ow * SW + j - left
                if 0 <= h < x.shape[1] and 0 <= w < x.shape[2]:
                    y[n, oh, ow, c] = max(y[n, oh, ow, c], x[n, h, w, c])
    return y


def net(pool: type) -> Sequential:
    rng = np.random.default_rng(6)
    layers = [
        ("conv1", Conv2d(3, 4, 3, padding=1, rng=rng, dtype="float64")),
        ("relu1", ReLU()),
        ("pool1", pool(3, 2)),
        ("flatten", Flatten()),
        ("fc2", Linear(3 * 3 * 4, 3, rng=rng, dtype="float64")),
    ]
    return Sequential(layers)


OPTIONS = {
    "kernel": (3, 2, 1, (2, 3), (3, 1)),
    "stride": (2, 1, 3, (2, 1), (1, 3)),
    "padding": (0, 1, (0, 2), (1, 0, 1, 1)),  # and the kernel is larger
    "channels": (1, 2, 5),
    "batch": (1, 2, 4),
    "more rows": (0, 1, 3),  # than the window needs
    "more columns": (0, 2, 3),
}
ALONE = {
    "kernel": (4, 5, 7),
    "stride": (4,),
    "padding": (2, 3, (0, 0, 1, 2), (1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1)),
    "channels": (9,),
    "batch": (9,),
    "more rows": (9, 18),
}


def drawn_example(choice: dict, rng: np.random.Generator) -> Example:
    """The layer and the smallest maps that the window fits into, and some more rows and columns."""
    KH, KW = as_pair(choice["kernel"], "kernel_size")
    (top, bottom), (left, right) = as_padding(choice["padding"])
    KH, KW = max(KH, top + 1, bottom + 1), max(KW, left + 1, right + 1)
    H = max(KH - top - bottom, 1) + choice["more rows"]
    W = max(KW - left - right, 1) + choice["more columns"]
    shape = (choice["batch"], H, W, choice["channels"])
    settings = {"kernel_size": KH if KH == KW else (KH, KW), "stride": choice["stride"]}
    return _example(shape, **settings, padding=choice["padding"])


def _example(shape, **arguments) -> Example:
    return Example(lambda rng: arguments, shape)


LESSON = Lesson(
    "06",
    "06_overlapping_pooling",
    "Overlapping pooling",
    (
        LayerTask(
            ids={"forward": "06.1", "backward": "06.2"},
            reference=MaxPool2d,
            examples=(
                EXAMPLES["MaxPool2d"],
                _example((2, 7, 9, 3), kernel_size=3, stride=2),
                _example((1, 6, 5, 2), kernel_size=(2, 3), stride=(1, 2), padding=(0, 1, 1, 0)),
                _example((2, 4, 4, 1), kernel_size=2, stride=2),
            ),
            options=OPTIONS,
            alone=ALONE,
            example=drawn_example,
            naive=naive,
            hand=Hand(
                x=np.reshape(X, (1, 5, 5, 1)),
                y=np.reshape([[9, 9], [7, 8]], (1, 2, 2, 1)),
                dy=np.reshape([[1, 10], [100, 1000]], (1, 2, 2, 1)),
                dx=np.reshape(
                    [[0] * 5, [0, 0, 11, 0, 0], [0, 100, 0, 1000, 0], [0] * 5, [0] * 5],
                    (1, 5, 5, 1),
                ),
            ),
            corner=Hand(
                x=np.zeros((1, 5, 5, 1)),
                y=np.zeros((1, 2, 2, 1)),
                dy=np.reshape([[1, 10], [100, 1000]], (1, 2, 2, 1)),
                dx=np.reshape(
                    [[1, 0, 10, 0, 0], [0] * 5, [100, 0, 1000, 0, 0], [0] * 5, [0] * 5],
                    (1, 5, 5, 1),
                ),
                note="Here x is 0 everywhere: of equal values the first, row by row, gets dy.",
            ),
            mistakes=mistakes_in(pooling, mistakes, of="MaxPool2d"),
            net=net,
        ),
    ),
)
