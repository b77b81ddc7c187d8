"""A layer's drawn cases: its options, and x in every memory order, number type and magnitude."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tinyalex.coursework.engine.compare import check_equal
from tinyalex.coursework.engine.pairs import every_pair
from tinyalex.coursework.engine.task import LayerTask
from tinyalex.coursework.mistakes import Example

KINDS = ("normal", "whole", "large", "small", "positive", "negative")

# Met with each of a layer's own options, usual values first. Activations in training lie between;
# pixels reach 255, and sums of many more.
ARRAYS = {
    "dtype": ("float64", "float32"),
    "order": ("C", "Fortran", "reversed", "every other"),
    "numbers": KINDS,
}
IN_MEMORY = {
    "Fortran": "in Fortran order",
    "reversed": "that are reversed views",
    "every other": "that are views with gaps",
}
LARGE = {"float64": 1e4, "float32": 30.0}  # beyond, right solutions lose digits in unlike ways
TOLERANCE = {"float64": 1e-10, "float32": 2e-5}  # relative to the largest number
SMALL = 0.01  # numbers below are compared as if they were this large: 1 − e^−2x loses digits there
PASSES = 3  # of one layer: with other sizes and other parameters each time


@dataclass(frozen=True)
class Drawn(Example):
    """An example with the kind of arrays that it is run on."""

    dtype: str = "float64"
    order: str = "C"
    numbers: str = "normal"

    def array(self, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        """Random numbers of this kind."""
        return arranged(drawn_numbers(self.numbers, shape, rng, self.dtype), self.order)

    def __str__(self) -> str:
        unusual = ["of float32"] if self.dtype == "float32" else []
        unusual += [IN_MEMORY[self.order]] if self.order != "C" else []
        unusual += [f"of {self.numbers} numbers"] if self.numbers != "normal" else []
        return f" (arrays {', '.join(unusual)})" if unusual else ""


def drawn_numbers(
    kind: str, shape: tuple[int, ...], rng: np.random.Generator, dtype: str = "float64"
) -> np.ndarray:
    """Normal numbers, large or small ones, of one sign, or whole ones, which tie and include 0."""
    values = rng.integers(-3, 4, shape) if kind == "whole" else rng.normal(size=shape)
    if kind in ("positive", "negative"):
        values = np.abs(values) * (1 if kind == "positive" else -1)
    scale = {"large": LARGE[dtype], "small": 1e-3}.get(kind, 1.0)
    return np.asarray(values * scale, dtype=dtype)


def arranged(array: np.ndarray, order: str) -> np.ndarray:
    """The same numbers in another memory order."""
    if order == "Fortran" or array.ndim == 0:
        return np.asarray(array, order="F")
    if order == "reversed":
        return array[..., ::-1].copy()[..., ::-1]
    if order == "every other":
        wide = np.full((*array.shape[:-1], 2 * array.shape[-1]), np.nan, array.dtype)
        wide[..., ::2] = array
        return wide[..., ::2]
    return array


def drawn_examples(task: LayerTask, seed: int) -> list[Drawn]:
    """Cases in which every two values of two options meet; the plainest arrays come first."""
    if task.options is None:
        return []
    rng = np.random.default_rng([seed, 5])
    found = []
    for choice in every_pair({**ARRAYS, **task.options}, rng, task.alone):
        kind = {name: choice.pop(name) for name in ARRAYS}
        example = task.example(choice, rng)
        fields = (example.arguments, example.shape, example.training, example.labels)
        found.append(Drawn(*fields, **kind))
    usual = {name: values[0] for name, values in ARRAYS.items()}
    return sorted(found, key=lambda one: sum(getattr(one, n) != usual[n] for n in usual))


def smaller_and_larger(example: Drawn, number: int) -> Drawn:
    """The example for pass 1, 2 or 3: another batch, and larger maps, than in the pass before."""
    N, *sizes = example.shape
    N = (N, N + 2, max(N - 1, 1))[number - 1]
    if len(sizes) == 3 and number == 2:
        sizes = [sizes[0] + 1, sizes[1] + 2, sizes[2]]
    labels = example.labels
    if labels is not None:
        labels = tuple(np.resize(labels, N + number)[number:].tolist())
    return replace(example, shape=(N, *sizes), labels=labels)


def agrees(what: str, found: Any, expected: Any, example: Drawn, floor: float = 0.0) -> None:
    """Raises Failed unless found equals the reference's result in float64.

    floor: a size below which the tolerance does not fall, for what nearly cancels.
    """
    found, tolerance = np.asarray(found, dtype=float), TOLERANCE[example.dtype]
    check_equal(f"{what}{example}", found, expected, tolerance, floor=max(floor, SMALL))
