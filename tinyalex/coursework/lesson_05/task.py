"""Lesson 05: convolution backward."""

from __future__ import annotations

from tinyalex.coursework.convolution import (
    ALONE,
    EXAMPLES,
    HAND,
    OPTIONS,
    drawn_example,
    naive,
    net,
)
from tinyalex.coursework.engine.task import LayerTask, Lesson
from tinyalex.coursework.mistakes import conv, conv_input, mistakes_in
from tinyalex.layers import Conv2d

LESSON = Lesson(
    "05",
    "05_convolution_backward",
    "Convolution backward",
    (
        LayerTask(
            ids={"backward": "05.1"},
            reference=Conv2d,
            examples=EXAMPLES,
            options=OPTIONS,
            alone=ALONE,
            example=drawn_example,
            naive=naive,
            hand=HAND,
            mistakes=mistakes_in(conv, conv_input),
            net=net,
        ),
    ),
)
