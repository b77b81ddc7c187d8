"""A network's health: its activations, its weights, and how much they still change."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from tinyalex.inspection.activations import each_layer
from tinyalex.layers import Dropout, Flatten
from tinyalex.models import Sequential
from tinyalex.support.text import columns


@dataclass(frozen=True)
class ActivationRow:
    """A layer's outputs over all pictures and places.

    zeros  the share of exact zeros
    dead   how many of the `units` (channels) were 0 at every place in every picture
    """

    layer: str
    mean: float
    deviation: float
    zeros: float
    dead: int
    units: int


@dataclass(frozen=True)
class WeightRow:
    """A layer's mean |W| and, if the velocity is known, the last step's mean |ΔW|.

    The 2012 program printed these and their ratio during training; cuda-convnet2's AlexNet started
    with ratios from 1e-4 (conv3 to conv5) to 3e-3 (conv1).
    """

    layer: str
    weight: float
    change: float | None

    @property
    def ratio(self) -> float | None:
        return None if self.change is None or self.weight == 0 else self.change / self.weight


class _Sums:
    """Running sums for one layer, in float64."""

    def __init__(self) -> None:
        self.count, self.total, self.squares, self.zeros = 0, 0.0, 0.0, 0
        self.alive: np.ndarray | bool = False

    def add(self, y: np.ndarray) -> None:
        flat = y.reshape(-1, y.shape[-1])
        self.count += flat.size
        self.total += flat.sum(dtype=np.float64)
        self.squares += np.einsum("ij,ij->", flat, flat, dtype=np.float64)
        self.zeros += flat.size - np.count_nonzero(flat)
        self.alive = self.alive | (flat != 0).any(axis=0)

    def row(self, layer: str) -> ActivationRow:
        mean = self.total / self.count
        deviation = np.sqrt(max(0.0, self.squares / self.count - mean**2))
        dead, units = int((~self.alive).sum()), len(self.alive)
        return ActivationRow(layer, mean, float(deviation), self.zeros / self.count, dead, units)


def activation_statistics(net: Sequential, inputs: Iterable[np.ndarray]) -> list[ActivationRow]:
    """One row per layer, over batches (N, H, W, C) of inputs.

    Dropout and Flatten are left out: at test time they do not change values.
    """
    shown = [name for name, layer in net if not isinstance(layer, Dropout | Flatten)]
    sums = {name: _Sums() for name in shown}
    for x in inputs:
        for name, y in each_layer(net, x):
            if name in sums:
                sums[name].add(y)
    return [sums[name].row(name) for name in shown]


def weight_statistics(
    arrays: dict[str, np.ndarray], velocity: dict[str, np.ndarray] | None = None
) -> list[WeightRow]:
    """One row for every weight array ("conv1.W": …).

    velocity: the optimizer's state. By section 5's rule w ← w + v, it equals the last ΔW.
    """
    rows = []
    for name, W in arrays.items():
        if name.endswith(".W"):
            known = velocity is not None and name in velocity
            change = float(np.abs(velocity[name]).mean()) if known else None
            rows.append(WeightRow(name.removesuffix(".W"), float(np.abs(W).mean()), change))
    return rows


def as_text(rows: list[ActivationRow] | list[WeightRow]) -> str:
    """The rows as a table."""
    if rows and isinstance(rows[0], WeightRow):
        heads = ("layer", "mean |W|", "mean |dW|", "ratio")
        return columns(
            heads, [(r.layer, *map(_short, (r.weight, r.change, r.ratio))) for r in rows]
        )
    heads = ("layer", "mean", "deviation", "zeros", "dead units")
    return columns(
        heads,
        [
            (r.layer, f"{r.mean:.4g}", f"{r.deviation:.4g}", f"{r.zeros:.1%}", _of(r.dead, r.units))
            for r in rows
        ],
    )


def _short(value: float | None) -> str:
    return "-" if value is None else f"{value:.3g}"


def _of(part: int, whole: int) -> str:
    return f"{part:,} of {whole:,}"
