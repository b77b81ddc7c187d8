"""Ways to move: one entry, or a random mixture of all entries of one array or of several."""

from __future__ import annotations

import math

import numpy as np

from tinyalex.gradcheck.inputs import typical_size
from tinyalex.gradcheck.parameters import Variable

TINIEST = 1e-25  # of the unit; smaller entries count as so large, or steps would underflow to 0
SMALL_SHARE = 0.01  # entries below this share of the array's typical size move less than the others


class Direction:
    """Moves variables by t · amounts. t has no unit: amounts are of the arrays' typical size.

    label: an entry's index, or a name. unit: what the reported slope is divided by, so that an
    entry's is its derivative. finest: the smallest entry moved in units of its step; 1 at most.
    """

    label: tuple[int, ...] | str
    unit: float
    finest: float
    variables: list[Variable]

    def go(self, t: float) -> None:
        raise NotImplementedError

    def move(self, t: float) -> tuple | None:
        """(index, value) if `go` moves one entry of one array there; else None."""
        return None

    def width(self, right: float, left: float) -> float:
        """right − left, as it is once entries are rounded to float64."""
        raise NotImplementedError

    def derivative(self, gradients: dict[str, np.ndarray]) -> tuple[float, float]:
        """gradient · direction, and the size that its error is compared with."""
        raise NotImplementedError

    def rounding(self, gradients: dict[str, np.ndarray]) -> float:
        """Σ |entry · gradient|: how much rounding of the entries moved counts in Σ dy · y."""
        raise NotImplementedError

    def typical(self, gradients: dict[str, np.ndarray]) -> float:
        """The largest gradient of all entries, in the unit of `derivative`."""
        largest = max(np.abs(gradients[v.name]).max(initial=0) for v in self.variables)
        return float(largest) * self.unit


class Entry(Direction):
    """One entry of one array."""

    def __init__(self, variable: Variable, index: tuple[int, ...], size: float) -> None:
        self.label, self.unit, self.variables = index, size, [variable]
        self.home = float(variable.get()[index])
        self.finest = min(1.0, max(abs(self.home) / size, TINIEST)) if self.home else 1.0

    def go(self, t: float) -> None:
        self.variables[0].set(*self.move(t))

    def move(self, t: float) -> tuple:
        return self.label, self.home + t * self.unit

    def width(self, right: float, left: float) -> float:
        moved = (self.home + right * self.unit) - (self.home + left * self.unit)
        return moved / self.unit

    def derivative(self, gradients: dict[str, np.ndarray]) -> tuple[float, float]:
        value = float(gradients[self.variables[0].name][self.label]) * self.unit
        return value, abs(value)

    def rounding(self, gradients: dict[str, np.ndarray]) -> float:
        return 0.0  # `width` knows


class Mixture(Direction):
    """All entries of one array or of several, each by an amount of its own."""

    def __init__(self, variables: list[Variable], amounts: list[np.ndarray], label: str) -> None:
        self.label, self.unit, self.variables, self.amounts = label, 1.0, variables, amounts
        self.homes = [variable.get().copy() for variable in variables]
        self.finest = 1.0
        for home, amount in zip(self.homes, amounts, strict=True):
            shares = np.abs(home / amount)
            finest = max(float(shares[home != 0].min(initial=1.0)), TINIEST)
            self.finest = min(self.finest, finest)

    def go(self, t: float) -> None:
        for variable, home, amount in zip(self.variables, self.homes, self.amounts, strict=True):
            variable.set(..., home + t * amount)

    def width(self, right: float, left: float) -> float:
        return right - left

    def derivative(self, gradients: dict[str, np.ndarray]) -> tuple[float, float]:
        products = [
            np.ravel(gradients[variable.name] * amount)
            for variable, amount in zip(self.variables, self.amounts, strict=True)
        ]
        everything = np.concatenate(products)
        return float(np.sum(everything)), float(np.sqrt(np.sum(np.square(everything))))

    def rounding(self, gradients: dict[str, np.ndarray]) -> float:
        homes = zip(self.variables, self.homes, strict=True)
        return float(sum(np.abs(home * gradients[v.name]).sum() for v, home in homes))


def entries(variable: Variable, max_entries: int | None, rng) -> list[Direction]:
    """One direction for each entry, or for only so many, drawn at random."""
    shape = variable.original.shape
    count = math.prod(shape)
    size, places = typical_size(variable.original), np.arange(count)
    if max_entries is not None and max_entries < count:
        places = np.sort(rng.choice(count, max_entries, replace=False))
    indices = [tuple(int(i) for i in np.unravel_index(place, shape)) for place in places]
    return [Entry(variable, index, size) for index in indices]


def mixtures(variables: list[Variable], count: int, rng) -> list[Direction]:
    """Random mixtures of all entries of the variables."""
    return [
        Mixture(variables, [mixed_amounts(v.get(), rng) for v in variables], f"direction {k}")
        for k in range(count)
    ]


def mixed_amounts(values: np.ndarray, rng) -> np.ndarray:
    """Random steps, in the array's typical size; smaller for entries that are much smaller."""
    size = typical_size(values)
    own = np.abs(values) / (SMALL_SHARE * size)
    return away_from_zero(values.shape, rng) * size * np.where(values == 0, 1, np.minimum(own, 1))


def away_from_zero(shape, rng: np.random.Generator) -> np.ndarray:
    return np.asarray(rng.uniform(0.5, 1.5, shape) * rng.choice([-1.0, 1.0], shape))
