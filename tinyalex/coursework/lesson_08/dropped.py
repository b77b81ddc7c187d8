"""The specification of dropout: there is no one right y, so the mask itself is looked at."""

from __future__ import annotations

import copy

import numpy as np

from tinyalex.coursework.engine.verdict import Failed
from tinyalex.layers import Dropout

MANY = (64, 128)  # values; the share of dropped ones then lies within 0.04 of p, but once in 10¹²


def naive(layer: Dropout, x: np.ndarray) -> np.ndarray:
    """y = x · mask, or x at test, for the mask that the last forward drew. Failed if it is wrong.

    It holds 0 or 1 / (1 − p), each drawn by itself from self.rng.
    """
    mask = layer.mask
    if layer.p == 0:
        return x.copy()
    _check_training(layer)
    _check_test(layer, x)
    return x.copy() if mask is None else x * mask


def _check_training(layer: Dropout) -> None:
    start = copy.deepcopy(layer.rng.bit_generator.state)
    first, second = _mask(layer), _mask(layer)
    layer.rng.bit_generator.state = start
    if not np.array_equal(first, _mask(layer)):
        raise Failed("the same state of self.rng gave another mask: draw from self.rng alone")
    if np.array_equal(first, second):
        raise Failed("two forwards in training drew the same mask: draw a new one every time")
    if (first == first[0]).all():
        raise Failed("all examples of the batch have the same mask: draw for each value")
    share = np.mean(first == 0)
    if abs(share - layer.p) > 0.04:
        raise Failed(f"with p = {layer.p} a share of {share:.2f} is dropped")
    kept = first[first != 0]
    if np.abs(kept * (1 - layer.p) - 1).max() > 1e-6:
        raise Failed(
            f"with p = {layer.p} the mask holds {kept[0]:.6g} where a value is kept; "
            f"1 / (1 − p) is {1 / (1 - layer.p):.6g}"
        )


def _check_test(layer: Dropout, x: np.ndarray) -> None:
    if not np.array_equal(layer.forward(x.copy(), training=False), x):
        raise Failed("with training=False, y must be x")


def _mask(layer: Dropout) -> np.ndarray:
    """A mask of many values. y of ones is the mask."""
    ones = np.ones(MANY)
    y = np.array(layer.forward(ones, training=True))
    if layer.mask is None or not np.allclose(layer.mask, y):
        raise Failed("self.mask must be what x was multiplied by in the last training forward")
    return y
