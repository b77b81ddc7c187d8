"""Cases drawn so that every two values of two different options meet in one of them."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

CANDIDATES = 12  # drawn for each case; the one that meets the most new pairs is taken


def every_pair(
    options: dict[str, Sequence], rng: np.random.Generator, alone: dict[str, Sequence] | None = None
) -> list[dict[str, Any]]:
    """Drawn choices, {option: value}, as few as a greedy search finds.

    Most faults need one value or two that meet, such as a stride with groups. All combinations of
    six options with four values are 4,096; all pairs fit into some thirty.
    alone: further values, each met once beside the first value of all other options.
    """
    plain = {name: values[0] for name, values in options.items()}
    found = _covering(options, rng)
    return found + [plain | {name: v} for name, values in (alone or {}).items() for v in values]


def _covering(options: dict[str, Sequence], rng: np.random.Generator) -> list[dict[str, Any]]:
    names, cases = list(options), []
    missing = {
        (one, i, other, j)
        for one, other in itertools.combinations(range(len(names)), 2)
        for i in range(len(options[names[one]]))
        for j in range(len(options[names[other]]))
    }
    if not missing:  # a single option, or none
        return [{name: value} for name in names for value in options[name]]
    sizes = [len(options[name]) for name in names]
    while missing:
        one, i, other, j = sorted(missing)[rng.integers(len(missing))]
        candidates = rng.integers(sizes, size=(CANDIDATES, len(sizes)))
        candidates[:, one], candidates[:, other] = i, j
        met = [missing & _pairs(row) for row in candidates.tolist()]
        best = max(range(CANDIDATES), key=lambda number: len(met[number]))
        missing -= met[best]
        cases.append({n: options[n][i] for n, i in zip(names, candidates[best], strict=True)})
    return cases


def _pairs(choice: list[int]) -> set[tuple[int, int, int, int]]:
    numbered = itertools.combinations(enumerate(choice), 2)
    return {(one, i, other, j) for (one, i), (other, j) in numbered}
