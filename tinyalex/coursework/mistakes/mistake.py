"""What a named mistake is, how one is registered, and the example in which it shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

REGISTERED = "__mistake__"


@dataclass(frozen=True)
class Mistake:
    """A wrong layer, class or function with a name; `of` is the name of the right one."""

    id: str
    of: str
    wrong: Callable

    @property
    def description(self) -> str:
        """The mistake in a student's words: the docstring of what is wrong."""
        return " ".join(self.wrong.__doc__.split())


def mistake(id: str, of: str) -> Callable:
    """Registers the class or function below: `@mistake("relu-no-mask", of="ReLU")`."""

    def register(wrong: Callable) -> Callable:
        setattr(wrong, REGISTERED, Mistake(id, of, wrong))
        return wrong

    return register


def mistakes_in(*modules: ModuleType, of: str = "") -> tuple[Mistake, ...]:
    """The mistakes of some modules, in the order of their lines; those of one name, if given."""
    found = []
    for module in modules:
        # vars, since a wrong class hands its mark on to those derived from it.
        marks = (getattr(item, "__dict__", {}).get(REGISTERED) for item in vars(module).values())
        found += [m for m in marks if m is not None and m.wrong.__module__ == module.__name__]
    return tuple(m for m in found if of in ("", m.of))


@dataclass(frozen=True)
class Example:
    """A tiny case of one kind of layer in which each of its mistakes changes some number.

    arguments: from a random generator to the layer's arguments, float64 where there is a choice.
    shape: the input's. labels: a loss's, else None.
    """

    arguments: Callable[[np.random.Generator], dict[str, Any]]
    shape: tuple[int, ...]
    training: bool = False
    labels: tuple[int, ...] | None = None

    def build(self, layer: type, rng: np.random.Generator) -> Any:
        """A layer of the given class, right or wrong."""
        return layer(**self.arguments(rng))
