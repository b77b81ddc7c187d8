"""Named mistakes: what one is, how it is registered, and the example that exposes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any

import numpy as np

REGISTERED = "__mistake__"


@dataclass(frozen=True)
class Mistake:
    """A wrong layer, class or function; `of` is the name of the correct one.

    others: more code with the same mistake that computes other numbers.
    shown_by: an experiment that maps a student's class or function to whether it has the mistake,
    for mistakes whose numbers vary too much to be compared, such as those of random layers.
    """

    id: str
    of: str
    wrong: Callable
    others: tuple[Callable, ...] = ()
    shown_by: Callable[[Any], bool] | None = None

    @property
    def forms(self) -> tuple[Callable, ...]:
        """All code that has the mistake."""
        return (self.wrong, *self.others)

    @property
    def description(self) -> str:
        """What the student is told: the docstring of the wrong class or function."""
        return " ".join(self.wrong.__doc__.split())


def mistake(id: str, of: str, shown_by: Callable[[Any], bool] | None = None) -> Callable:
    """Registers the decorated class or function: `@mistake("relu-no-mask", of="ReLU")`."""

    def register(wrong: Callable) -> Callable:
        setattr(wrong, REGISTERED, Mistake(id, of, wrong, shown_by=shown_by))
        return wrong

    return register


def another_form(of: Callable) -> Callable:
    """Registers more code with the mistake of a class or function that is registered already."""

    def register(wrong: Callable) -> Callable:
        known = vars(of)[REGISTERED]
        setattr(of, REGISTERED, replace(known, others=(*known.others, wrong)))
        return wrong

    return register


def mistakes_in(*modules: ModuleType, of: str = "") -> tuple[Mistake, ...]:
    """The mistakes in the given modules, in source order; only those of `of` if it is given."""
    found = []
    for module in modules:
        # vars, because a wrong class passes its mark on to its subclasses.
        marks = (getattr(item, "__dict__", {}).get(REGISTERED) for item in vars(module).values())
        found += [m for m in marks if m is not None and m.wrong.__module__ == module.__name__]
    return tuple(m for m in found if of in ("", m.of))


@dataclass(frozen=True)
class Example:
    """A tiny case of one kind of layer in which each of its mistakes changes some number.

    arguments: maps a random generator to the layer's arguments, float64 where there is a choice.
    shape: of the input. labels: for a loss, else None.
    """

    arguments: Callable[[np.random.Generator], dict[str, Any]]
    shape: tuple[int, ...]
    training: bool = False
    labels: tuple[int, ...] | None = None

    def build(self, layer: type, rng: np.random.Generator) -> Any:
        """An instance of the given class, correct or wrong."""
        return layer(**self.arguments(rng))
