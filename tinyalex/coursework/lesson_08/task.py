"""Lesson 08: dropout."""

from __future__ import annotations

import numpy as np

from tinyalex.coursework.engine.task import Hand, LayerTask, Lesson
from tinyalex.coursework.engine.verdict import Failed
from tinyalex.coursework.lesson_08 import mistakes
from tinyalex.coursework.lesson_08.dropped import naive, random
from tinyalex.coursework.mistakes import Example, dropout, mistakes_in
from tinyalex.layers import Conv2d, Dropout, Flatten, Linear, ReLU
from tinyalex.models import Sequential


class SteadyDraws(np.random.Generator):
    """Draws the same numbers in float32 as in float64, so that both ways give the same mask."""

    def random(self, size=None, dtype=np.float64, out=None):
        drawn = super().random(size)
        if out is None:
            return np.asarray(drawn, dtype=dtype)[()]
        out[...] = drawn
        return out


def copies_at_test(dropout: type) -> None:
    """At test time dx is a copy of dy: what the layer below does to it must not change dy."""
    layer, dy = dropout(0.5, rng=np.random.default_rng(0)), np.ones((2, 3))
    layer.forward(np.arange(6.0).reshape(2, 3), training=False)
    if np.shares_memory(dy, layer.backward(dy)):
        raise Failed("at test time dx is dy itself, or a view of it; it must be a copy: dy + 0")


def net(dropout: type) -> Sequential:
    """p = 0: at any other, two right layers may draw their masks in different ways."""
    rng = np.random.default_rng(8)
    given = {"rng": rng, "dtype": "float64"}
    layers = [
        ("conv1", Conv2d(3, 4, 3, stride=2, padding=1, **given)),
        ("relu1", ReLU()),
        ("flatten", Flatten()),
        ("drop1", dropout(0.0, rng=rng)),
        ("fc2", Linear(4 * 4 * 4, 3, **given)),
    ]
    return Sequential(layers)


def _example(shape, p: float, training: bool = True) -> Example:
    def arguments(rng: np.random.Generator) -> dict:
        return {"p": p, "rng": SteadyDraws(rng.bit_generator)}

    return Example(arguments, shape, training)


LESSON = Lesson(
    "08",
    "08_dropout",
    "Dropout",
    (
        LayerTask(
            ids={"forward": "08.1", "backward": "08.2"},
            reference=Dropout,
            examples=(
                _example((4, 6), 0.4),
                _example((3, 2, 4, 2), 0.5),
                _example((5, 7), 0.9),
                _example((4, 6), 0.0),
                _example((4, 6), 0.4, training=False),
            ),
            naive=naive,
            random=random,
            rules=copies_at_test,
            hand=Hand(  # at test: in training the mask is drawn
                arguments={"p": 0.5},
                x=[[1, 2], [3, 4], [5, 6]],
                y=[[1, 2], [3, 4], [5, 6]],
                dy=[[1, 10], [100, 1000], [2, 20]],
                dx=[[1, 10], [100, 1000], [2, 20]],
            ),
            mistakes=mistakes_in(dropout, mistakes),
            net=net,
        ),
    ),
)
