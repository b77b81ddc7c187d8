"""What a task of the course is: what to write, and against what it is checked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tinyalex.coursework.mistakes import Example, Mistake


@dataclass(frozen=True)
class Hand:
    """An example small enough to do by hand.

    Of a layer: arguments to build it with, its params, x (and dy with dx and grads, or labels for a
    loss), and y. The check shows what was expected and what came as two small grids.
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
    note: str = ""  # what this example is about, where the numbers do not say it


@dataclass(frozen=True)
class LayerTask:
    """A layer to be written: some methods of a class whose other parts are given.

    ids        {"forward": "06.1", "backward": "06.2"}: the methods that the student writes
    reference  the library's class
    examples   cases that every stage runs: windows overlap, strides and groups are above 1, nothing
               is square. The first is the one in which all mistakes of the layer show
    naive      naive(layer, x[, labels]) -> y, in plain loops over single numbers: the specification
    mistakes   the named ones of this layer
    corner     a second example by hand, for a case that random numbers do not bring about
    net        from a layer class to a small network with that layer in it, always the same; None
               leaves the stage out (losses take the place of the net's own)
    reward     from the class to a few lines to end with, such as a timing
    """

    ids: dict[str, str]
    reference: type
    examples: tuple[Example, ...]
    naive: Callable[..., np.ndarray]
    hand: Hand
    mistakes: tuple[Mistake, ...] = ()
    corner: Hand | None = None
    net: Callable[[type], Any] | None = None
    reward: Callable[[type], str] | None = None

    @property
    def name(self) -> str:
        return self.reference.__name__


@dataclass(frozen=True)
class FunctionTask:
    """A function (or a class used through `run`) to be written.

    cases      from a random generator to lists of arguments, edge cases among them
    hand       arguments and the result, small enough to do by hand
    run        from the student's object and a list of arguments to what is compared: a number, an
               array, or a tuple, list or dict of such; run(function, *arguments) by default
    tolerance  relative, of the largest number
    raises     arguments for which a ValueError is due
    """

    ids: dict[str, str]  # {"": "12.1"}, or by the methods of a class
    reference: Callable
    cases: Callable[[np.random.Generator], list[tuple]]
    hand: tuple[tuple, Any]
    mistakes: tuple[Mistake, ...] = ()
    run: Callable[..., Any] = lambda written, *arguments: written(*arguments)
    tolerance: float = 1e-9
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
