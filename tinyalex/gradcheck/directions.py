"""Ways to move: one entry, or a random mixture of all entries of one array or of several."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from tinyalex.gradcheck.inputs import typical_size
from tinyalex.gradcheck.parameters import Variable

SMALL_SHARE = 0.01  # entries below this share of the array's typical size move less than the others


@dataclass
class Direction:
    """Moves each variable[where] by t · amounts. t has no unit: amounts are of the array's size.

    unit: what the reported slope is divided by, so that an entry's is its derivative.
    """

    parts: list[tuple[Variable, object, float | np.ndarray]]
    label: tuple[int, ...] | str
    unit: float = 1.0
    homes: list = field(init=False)

    def __post_init__(self) -> None:
        self.homes = [np.array(variable.get()[where]) for variable, where, _ in self.parts]

    @property
    def is_entry(self) -> bool:
        return not isinstance(self.label, str)

    @property
    def finest(self) -> float:
        """The smallest nonzero entry in units of its own step; 1 at most."""
        shares = [
            np.abs(home[home != 0] / np.broadcast_to(amounts, home.shape)[home != 0]).min(initial=1)
            for home, (_, _, amounts) in zip(self.homes, self.parts, strict=True)
        ]
        return float(min(shares))

    def go(self, t: float) -> None:
        for home, (variable, where, amounts) in zip(self.homes, self.parts, strict=True):
            variable.set(where, home + t * amounts)

    def width(self, right: float, left: float) -> float:
        """right − left, as it is after an entry is rounded to a float64."""
        if not self.is_entry:
            return right - left
        amount, home = self.parts[0][2], float(self.homes[0])
        return ((home + right * amount) - (home + left * amount)) / amount

    def derivative(self, gradients: dict[str, np.ndarray]) -> tuple[float, float]:
        """gradient · direction, and the size that its error is compared with."""
        products = [np.ravel(gradients[v.name][where] * u) for v, where, u in self.parts]
        everything = np.concatenate(products)
        return float(np.sum(everything)), float(np.sqrt(np.sum(np.square(everything))))

    def rounding(self, gradients: dict[str, np.ndarray]) -> float:
        """Σ |entry · gradient|: how much rounding of the entries moved counts in Σ dy · y."""
        if self.is_entry:
            return 0.0  # see `width`
        terms = zip(self.homes, self.parts, strict=True)
        return float(sum(np.abs(h * gradients[v.name][where]).sum() for h, (v, where, _) in terms))


def entries(variable: Variable, max_entries: int | None, rng) -> list[Direction]:
    """One direction for each entry, or for only so many, drawn at random."""
    shape = variable.original.shape
    count = math.prod(shape)
    size, places = typical_size(variable.original), np.arange(count)
    if max_entries is not None and max_entries < count:
        places = np.sort(rng.choice(count, max_entries, replace=False))
    indices = [tuple(int(i) for i in np.unravel_index(place, shape)) for place in places]
    return [Direction([(variable, index, size)], index, size) for index in indices]


def mixtures(variables: list[Variable], count: int, rng) -> list[Direction]:
    """Random mixtures of all entries of the variables."""
    return [
        Direction([(v, ..., mixed_amounts(v.get(), rng)) for v in variables], f"direction {k}")
        for k in range(count)
    ]


def mixed_amounts(values: np.ndarray, rng) -> np.ndarray:
    """Random steps, in the array's typical size; smaller for entries that are much smaller."""
    size = typical_size(values)
    own = np.abs(values) / (SMALL_SHARE * size)
    return away_from_zero(values.shape, rng) * size * np.where(values == 0, 1, np.minimum(own, 1))


def away_from_zero(shape, rng: np.random.Generator) -> np.ndarray:
    return np.asarray(rng.uniform(0.5, 1.5, shape) * rng.choice([-1.0, 1.0], shape))
