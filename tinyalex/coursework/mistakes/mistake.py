"""What a named mistake is, and the example in which it shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Mistake:
    """A wrong layer with a name. `layer` takes the arguments of the right layer `kind`."""

    id: str
    kind: str  # the right layer's name in tinyalex.layers
    layer: type

    @property
    def description(self) -> str:
        """The mistake in a student's words: the docstring of the wrong layer."""
        return " ".join(self.layer.__doc__.split())


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
