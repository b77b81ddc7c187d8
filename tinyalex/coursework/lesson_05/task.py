"""Lesson 05: convolution backward."""

from __future__ import annotations

from tinyalex.coursework.convolution import LAYER
from tinyalex.coursework.engine.task import LayerTask, Lesson
from tinyalex.coursework.lesson_05 import mistakes
from tinyalex.coursework.mistakes import conv, conv_input, mistakes_in

LESSON = Lesson(
    "05",
    "05_convolution_backward",
    "Convolution backward",
    (
        LayerTask(
            ids={"backward": "05.1"},
            **LAYER,
            mistakes=mistakes_in(conv, conv_input, mistakes),
        ),
    ),
)
