"""Tasks of the course: what to write, and what it is checked against."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tinyalex.coursework.mistakes import Example, Mistake


@dataclass(frozen=True)
class Hand:
    """A worked example of a layer, small enough for pencil and paper.

    Holds the arguments to build the layer with, its params, x (and dy with dx and grads, or labels
    for a loss), and y. The check shows the expected and the actual result as two small grids.
    """

    x: Any
    y: Any
    arguments: dict[str, Any] = field(default_factory=dict)
    params: dict[str, Any] = field(default_factory=dict)
    dy: Any = None
    dx: Any = None
    grads: dict[str, Any] = field(default_factory=dict)
    labels: Any = None
    training: bool = False
    note: str = ""  # what the example shows, if the numbers do not say it


@dataclass(frozen=True)
class LayerTask:
    """A layer to write: some methods of a class whose other parts are given.

    ids        {"forward": "06.1", "backward": "06.2"}: the methods that the student writes
    reference  the library's class
    examples   cases that every stage runs: windows overlap, strides and groups are above 1, nothing
               is square. The first exposes all mistakes of the layer
    naive      naive(layer, x[, labels]) -> y, in plain loops over single numbers: the specification
    mistakes   the named ones of this layer
    corner     a second worked example, for a case that random numbers do not produce
    options    {"stride": (1, 2, (2, 1)), ...}: what the drawn cases choose from, compared with the
               reference on arrays of all kinds; None for none
    alone      {"stride": (4,), ...}: further values, each met beside the first of all other options
    example    maps such a choice and a random generator to an example
    random     random(written, seed, and_backward) raises Failed if what a layer draws is not
               distributed as it should be
    rules      rules(written) raises Failed if a rule of the text is broken that no number shows
    net        maps a layer class to a small network that contains it, always the same; None skips
               the stage (a loss replaces the network's own)
    reward     maps the class to a few closing lines; by default what the layer does in AlexNet
    """

    ids: dict[str, str]
    reference: type
    examples: tuple[Example, ...]
    naive: Callable[..., np.ndarray]
    hand: Hand
    mistakes: tuple[Mistake, ...] = ()
    corner: Hand | None = None
    options: dict[str, tuple] | None = None
    alone: dict[str, tuple] | None = None
    example: Callable[[dict[str, Any], np.random.Generator], Example] | None = None
    random: Callable[[type, int, bool], None] | None = None
    rules: Callable[[type], None] | None = None
    net: Callable[[type], Any] | None = None
    reward: Callable[[type], str] | None = None

    @property
    def name(self) -> str:
        return self.reference.__name__


@dataclass(frozen=True)
class FunctionTask:
    """A function (or a class used through `run`) to write.

    cases      maps a random generator to lists of arguments, including edge cases
    hand       arguments and the result of a worked example
    run        maps the student's object and a list of arguments to what is compared: a number, an
               array, or a tuple, list or dict of these; calls function(*arguments) by default
    tolerance  relative to the largest number
    float32    whether floating-point arrays may also be float32, as in training
    raises     arguments that must raise a ValueError
    """

    ids: dict[str, str]  # {"": "12.1"}, or by the methods of a class
    reference: Callable
    cases: Callable[[np.random.Generator], list[tuple]]
    hand: tuple[tuple, Any]
    mistakes: tuple[Mistake, ...] = ()
    run: Callable[..., Any] = lambda written, *arguments: written(*arguments)
    tolerance: float = 1e-9
    float32: bool = False
    raises: tuple[tuple, ...] = ()
    reward: Callable[[Callable], str] | None = None

    @property
    def name(self) -> str:
        return self.reference.__name__


Task = LayerTask | FunctionTask


@dataclass(frozen=True)
class Lesson:
    """A lesson's number, folder and tasks."""

    number: str  # "06"
    folder: str  # "06_overlapping_pooling"
    title: str
    tasks: tuple[Task, ...]
