"""Lesson 04: convolution as a matrix product."""

from __future__ import annotations

import numpy as np

from tinyalex.coursework.convolution import ALONE, HAND, LAYER, OPTIONS, drawn_example
from tinyalex.coursework.engine.drawn import KINDS, drawn_numbers
from tinyalex.coursework.engine.pairs import every_pair
from tinyalex.coursework.engine.task import FunctionTask, LayerTask, Lesson
from tinyalex.coursework.lesson_04 import mistakes
from tinyalex.coursework.mistakes import conv, mistakes_in
from tinyalex.kernels.reference import im2col
from tinyalex.layers import Conv2d

NO_PADDING = ((0, 0), (0, 0))


def cases(rng: np.random.Generator) -> list[tuple]:
    """x, kernel, stride, padding, groups."""
    geometries = [
        ((2, 4, 5, 2), (2, 3), (1, 2), NO_PADDING, 1),
        ((2, 5, 4, 4), (3, 2), (2, 1), ((1, 0), (0, 2)), 2),
        ((2, 3, 3, 1), (3, 3), (1, 1), NO_PADDING, 1),  # a single window a picture
        ((2, 4, 4, 6), (2, 2), (2, 2), NO_PADDING, 3),  # side by side
        ((1, 6, 5, 2), (2, 2), (3, 3), NO_PADDING, 1),  # places that no window reads
        ((3, 2, 3, 4), (1, 1), (1, 1), NO_PADDING, 2),
    ]
    drawn = []
    for choice in every_pair({**OPTIONS, "numbers": KINDS}, rng, ALONE):
        example = drawn_example(choice, rng)
        conv, x = Conv2d(**example.arguments(rng)), choice["numbers"]
        settings = (conv.kernel_size, conv.stride, conv.padding, conv.groups)
        drawn.append((drawn_numbers(x, example.shape, rng), *settings))
    made = [(rng.normal(size=shape), *others) for shape, *others in geometries]
    return [*made, *drawn, (made[1][0].astype(np.float32), *made[1][1:])]


def columns_and_type(written, *arguments) -> dict:
    columns = np.asarray(written(*arguments))
    return {"columns": columns, "keeps x's dtype": int(columns.dtype == arguments[0].dtype)}


WINDOWS = [[[1, 2, 4, 5], [2, 3, 5, 6], [4, 5, 7, 8], [5, 6, 8, 9]]]

LESSON = Lesson(
    "04",
    "04_convolution_as_a_matrix_product",
    "Convolution as a matrix product",
    (
        FunctionTask(
            ids={"": "04.1"},
            reference=im2col,
            cases=cases,
            hand=(
                (np.array(HAND.x, dtype=float), (2, 2), (1, 1), NO_PADDING),
                {"columns": np.array(WINDOWS, dtype=float), "keeps x's dtype": 1},
            ),
            mistakes=mistakes_in(mistakes, of="im2col"),
            run=columns_and_type,
            float32=True,
        ),
        LayerTask(
            ids={"forward": "04.2"},
            **LAYER,
            mistakes=(
                *mistakes_in(mistakes, of="Conv2d"),
                *(m for m in mistakes_in(conv) if m.id == "conv-bias-not-added"),
            ),
        ),
    ),
)
