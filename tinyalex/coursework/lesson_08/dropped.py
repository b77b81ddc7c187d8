"""The specification of dropout: there is no one right y, so the masks themselves are judged.

Shares and correlations are compared with what independent draws give. One that is more than FAR
standard deviations off fails. At p = 1/2 each is a sum of terms of ±1, for which Hoeffding's bound
is 2 · exp(−FAR² / 2) = 1.4e-9; some 420 are looked at, so a right layer fails in fewer than one of
a million checks. At other p only the share is judged, whose bound (Bernstein's) is 1e-8.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator

import numpy as np

from tinyalex.coursework.engine.compare import check_equal
from tinyalex.coursework.engine.drawn import ARRAYS, KINDS, arranged, drawn_numbers
from tinyalex.coursework.engine.pairs import every_pair
from tinyalex.coursework.engine.verdict import Failed
from tinyalex.layers import Dropout

FAR = 6.5
SHAPES = ((64, 96), (4, 9, 7, 25))
CALLS = 3
PASSES = {
    **{"training": (True, False), "p": (0.5, 0.0, 0.02, 0.9), "dtype": ("float64", "float32")},
    "shape": (
        (3, 4),
        (1, 5),
        (4, 1),
        (9, 2),
        (3, 3),
        (2, 3, 3, 4),
        (2, 3, 2, 4),
        (1, 9, 2, 3),
        (2, 10),
    ),
    **{"order": ARRAYS["order"], "x": KINDS, "dy": KINDS},
}


def naive(layer: Dropout, x: np.ndarray) -> np.ndarray:
    """y = x · mask, or x at test, for the mask that the last forward drew."""
    return x.copy() if layer.mask is None else x * layer.mask


def random(written: type, seed: int, and_backward: bool) -> None:
    """Raises Failed unless each value is dropped by itself with probability p, by self.rng."""
    if not and_backward:
        _check_masks(written, seed)
    rng = np.random.default_rng([seed, 7])
    for choice in every_pair(PASSES, rng):
        layer = written(choice["p"], rng=np.random.default_rng([seed, 8]))
        _check_passes(layer, choice, rng, and_backward)


def _check_masks(written: type, seed: int) -> None:
    for p in (0.02, 0.5, 0.9):
        layer = written(p, rng=np.random.default_rng([seed, int(100 * p)]))
        for shape in SHAPES:
            masks = [_mask(layer, shape) for _ in range(CALLS)]
            _check_source(layer, shape)
            _check_values(masks, p)
            dropped = np.array([mask == 0 for mask in masks])
            if p == 0.5:
                _check_independence(dropped)
            _check_share(dropped, p)


def _mask(layer: Dropout, shape: tuple[int, ...]) -> np.ndarray:
    """A mask of many values. y of ones is the mask."""
    ones = np.ones(shape)
    y = np.array(layer.forward(ones, training=True))
    if layer.mask is None or not np.allclose(layer.mask, y):
        raise Failed("self.mask must be what x was multiplied by in the last training forward")
    return y


def _check_source(layer: Dropout, shape: tuple[int, ...]) -> None:
    start = copy.deepcopy(layer.rng.bit_generator.state)
    first, second = _mask(layer, shape), _mask(layer, shape)
    if np.array_equal(first, second):
        raise Failed("two forwards in training drew the same mask: draw a new one every time")
    layer.rng.bit_generator.state = start
    if not np.array_equal(first, _mask(layer, shape)):
        raise Failed("the same state of self.rng gave another mask: draw from self.rng alone")


def _check_values(masks: list[np.ndarray], p: float) -> None:
    kept = np.concatenate([mask[mask != 0] for mask in masks])
    off = np.abs(kept * (1 - p) - 1)
    if off.size and off.max() > 1e-6:
        raise Failed(
            f"with p = {p} the mask holds {kept[off.argmax()]:.6g} where a value is kept; "
            f"1 / (1 − p) is {1 / (1 - p):.6g}"
        )


def _check_share(dropped: np.ndarray, p: float) -> None:
    share = dropped.mean()
    if abs(share - p) > FAR * np.sqrt(p * (1 - p) / dropped.size):
        raise Failed(f"with p = {p} a share of {share:.3f} is dropped")


def _check_independence(dropped: np.ndarray) -> None:
    """dropped: (calls, examples, ...), true where a value was dropped, which half of them are."""
    scores = np.where(dropped, 1.0, -1.0)
    scores -= scores.mean()  # another share is told by its own name
    axes = list(_axes(dropped.ndim))
    far, name = max((_dependence(scores, axis), name) for axis, name in axes)
    if far > FAR:
        raise Failed(
            f"what is dropped in one {name} depends on another {name}: draw each value by itself"
        )
    for axis, name in axes:
        _check_units(dropped, scores, axis, name)


def _dependence(scores: np.ndarray, axis: int) -> float:
    """The largest correlation of neighbours at any distance, in standard deviations."""
    moved, far = np.moveaxis(scores, axis, 0), 0.0
    for lag in range(1, len(moved)):
        pairs = moved[lag:] * moved[:-lag]
        far = max(far, float(abs(pairs.sum()) / np.sqrt(pairs.size)))
    return far


def _check_units(dropped: np.ndarray, scores: np.ndarray, axis: int, name: str) -> None:
    """No call, example or unit is dropped more often than another."""
    others = tuple(i for i in range(dropped.ndim) if i != axis)
    sums = scores.sum(axis=others) / np.sqrt(scores.size / scores.shape[axis])
    place = int(np.abs(sums).argmax())
    if abs(sums[place]) > FAR:
        share = np.take(dropped, place, axis).mean()
        raise Failed(f"a share of {share:.3f} of {name} {place} is dropped, unlike other {name}s")


def _axes(dimensions: int) -> Iterator[tuple[int, str]]:
    names = ("call", "example", "row", "column", "channel")
    if dimensions == 3:
        names = ("call", "example", "unit")
    return enumerate(names)


def _check_passes(
    layer: Dropout, choice: dict, rng: np.random.Generator, and_backward: bool
) -> None:
    """y = x · mask and dx = dy · mask, several times, in copies."""
    training, dtype, shape = choice["training"], choice["dtype"], choice["shape"]
    when = f"with p = {layer.p} and training={training}, x {dtype} {shape}: "
    for sizes in (shape, (shape[0] + 2, *shape[1:]), shape):
        x, dy = (
            arranged(drawn_numbers(choice[name], sizes, rng, dtype), choice["order"])
            for name in ("x", "dy")
        )
        y = layer.forward(x, training=training)
        dropping = training and layer.p > 0
        mask = np.array(layer.mask) if dropping else np.ones_like(x)
        results = [("y", y, x)]
        results += [("dx", layer.backward(dy), dy)] if and_backward else []
        for what, found, given in results:
            check_equal(when + what, found, given * mask, 1e-6)
            if found.dtype != given.dtype:
                raise Failed(f"{when}{what} is {found.dtype}: a layer must keep the dtype")
            if np.shares_memory(found, given):
                raise Failed(f"{when}{what} shares memory with what was passed in: return a copy")
