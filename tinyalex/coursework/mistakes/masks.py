"""Recognizes dropout's mistakes by what they do to many values, whichever values are drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

P = 0.25
KEPT = 1 / (1 - P)  # what the mask holds where a value is kept
SHAPE = (64, 128)
NEAR = 1e-5


@dataclass(frozen=True)
class Masks:
    """What y and dx are multiples of: y = first · x and dx = back · dy. `test`: of y at test.

    second: of the next forward in training. again: of a forward from the same state of self.rng.
    """

    first: np.ndarray
    back: np.ndarray
    second: np.ndarray
    again: np.ndarray
    test: np.ndarray


def shown(predicate: Callable[[Masks], bool]) -> Callable[[Any], bool]:
    """An experiment for `Mistake.shown_by`, from a predicate on the masks."""
    return lambda written: bool(predicate(_masks(written)))


def _masks(kind: Any) -> Masks:
    draws = np.random.default_rng(8)
    x, dy = draws.uniform(1, 2, SHAPE), draws.uniform(1, 2, SHAPE)

    def forward(layer, training: bool = True):
        return np.array(layer.forward(x.copy(), training=training)) / x

    layer = kind(P, rng=np.random.default_rng(1))
    first = forward(layer)
    try:
        back = np.array(layer.backward(dy.copy())) / dy
    except NotImplementedError:  # only forward is written so far
        back = np.full(SHAPE, np.nan)
    second, test = forward(layer), forward(layer, training=False)
    return Masks(first, back, second, forward(kind(P, rng=np.random.default_rng(1))), test)


def holds(mask: np.ndarray, value: float, share: float = 1 - P) -> bool:
    """Whether the mask is 0 or this value, with about this share of the value."""
    kept = np.abs(mask - value) <= NEAR * value
    return bool((kept | (mask == 0)).all() and abs(kept.mean() - share) < 0.05)


def same(a: np.ndarray, b: np.ndarray) -> bool:
    return bool(np.allclose(a, b, rtol=NEAR))
