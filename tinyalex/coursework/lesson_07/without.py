"""What response normalization is worth, costs, and could be replaced by, measured.

    python -m tinyalex.coursework.lesson_07.without

trains a small network with no normalization, with LRN and with batch normalization, and times LRN
in AlexNet. With

    python -m tinyalex.coursework.lesson_07.without PICTURES TRUNK.npz

(see lesson 14 for both) it also replaces LRN in BVLC's trunk by a constant factor for each channel.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from time import perf_counter

import numpy as np

from tinyalex.coursework.lesson_07.batchnorm import BatchNorm
from tinyalex.coursework.lesson_14 import leakage
from tinyalex.coursework.small.nets import small_net
from tinyalex.coursework.small.pictures import of_patterns
from tinyalex.coursework.small.script import run_on_files
from tinyalex.coursework.small.training import train_flipped
from tinyalex.data import find_pictures
from tinyalex.layers import LocalResponseNorm
from tinyalex.layers.base import Layer
from tinyalex.models import Sequential, alexnet

KINDS = ("none", "LRN", "batch")
RATES = (0.005, 0.02, 0.08, 0.32)
SEEDS = (0, 1, 2)
STEPS = 150
# Shares of right answers by kind and rate, one for each seed: what main() printed.
MEASURED = {
    "none": ((0.877, 0.873, 0.893), (0.243, 0.64, 0.1), (0.1, 0.1, 0.1), (0.1, 0.1, 0.1)),
    "LRN": ((0.323, 0.483, 0.31), (0.83, 0.877, 0.947), (0.803, 0.767, 0.643), (0.1, 0.1, 0.1)),
    "batch": (
        (0.913, 0.92, 0.923),
        (0.967, 0.99, 0.983),
        (0.92, 0.957, 0.973),
        (0.243, 0.64, 0.573),
    ),
}
WIDTHS = {"relu1": 24, "relu2": 32, "relu3": 32}
# The inputs have σ 1, not the 70 or so of grey levels: α is scaled up by 70² to match.
LRN_ALPHA = 1e-4 * 70**2


class Factors(Layer):
    """y = x · a constant for each channel: what a layer's weights could absorb."""

    def __init__(self, factors: np.ndarray) -> None:
        super().__init__()
        self.factors = factors

    def forward(self, x, training: bool = False):
        return self.remember(x * self.factors)


def network(kind: str, seed: int) -> Sequential:
    """The lessons' small network: LRN after the first two ReLUs, or batch norm before all three."""
    layers = []
    for name, layer in small_net(10, np.random.default_rng(seed)):
        if kind == "batch" and name in WIDTHS:
            layers.append((f"norm{name[-1]}", BatchNorm(WIDTHS[name])))
        layers.append((name, layer))
        if kind == "LRN" and name in ("relu1", "relu2"):
            layers.append((f"norm{name[-1]}", LocalResponseNorm(alpha=LRN_ALPHA)))
    return Sequential(layers)


@cache
def pictures(seed: int) -> tuple[np.ndarray, np.ndarray]:
    return of_patterns(60, seed=seed)


def accuracy(kind: str, rate: float, seed: int, steps: int = STEPS) -> float:
    """Trained on 300 built-in pictures (ten patterns, 32 × 32), tested on 300 others."""
    x, labels = pictures(seed)
    held_back = np.arange(len(x)) % 2 == 1
    net = network(kind, seed)
    with np.errstate(all="ignore"):  # a rate that is too high overflows
        train_flipped(net, x[~held_back], labels[~held_back], steps, lr=rate, seed=seed)
        answers = net.predict(x[held_back]).argmax(axis=1)
    return float((answers == labels[held_back]).mean())


def shares_of_time(batch: int = 16, times: int = 5) -> dict[str, float]:
    """Each layer's share of a forward and backward pass of AlexNet."""
    net = alexnet(rng=np.random.default_rng(0))
    x = np.random.default_rng(1).normal(0, 70, (batch, 224, 224, 3)).astype("float32")
    spent: dict[str, list[float]] = {name: [] for name, _ in net}
    for _ in range(times + 1):
        y, seconds = x, dict.fromkeys(spent, 0.0)
        for name, layer in net:
            start = perf_counter()
            y = layer.forward(y, training=True)
            seconds[name] += perf_counter() - start
        for name, layer in reversed(list(net)):
            start = perf_counter()
            y = layer.backward(y)
            seconds[name] += perf_counter() - start
        for name, value in seconds.items():
            spent[name].append(value)
    medians = {name: float(np.median(values[1:])) for name, values in spent.items()}
    return {name: value / sum(medians.values()) for name, value in medians.items()}


def best_factors(net: Sequential, x: np.ndarray) -> dict[str, np.ndarray]:
    """For each LRN, the factor for each channel that predicts y from x with the least squares."""
    found = {}
    for name, layer in net:
        y = layer.forward(x)
        if isinstance(layer, LocalResponseNorm):
            products, squares = ((a * x).sum(axis=(0, 1, 2)) for a in (y, x))
            found[name] = (products / np.maximum(squares, 1e-12)).astype("float32")
            d = layer.k + layer.scaled_alpha * windows(layer, x)
            left = np.sum((y - found[name] * x) ** 2) / np.sum(y**2)
            print(f"{name}: d {np.percentile(d, (5, 50, 95, 99.9)).round(2)}, left over {left:.1%}")
        x = y
    return found


def windows(layer: LocalResponseNorm, x: np.ndarray) -> np.ndarray:
    """Σ x² over each channel's window."""
    back = layer.size // 2
    padded = np.pad(x**2, [(0, 0)] * 3 + [(back, layer.size - 1 - back)])
    return sum(padded[..., s : s + x.shape[-1]] for s in range(layer.size))


def absorbed(folder: str, weights: str, each: int = 200) -> None:
    """A probe on BVLC's trunk, with its LRN and with constant factors in its place."""
    stored = np.load(weights)
    train, val, _ = find_pictures(Path(folder))
    seen = np.flatnonzero(~leakage.unseen(train.paths))
    rng = np.random.default_rng(0)
    chosen = [rng.permutation(seen[train.labels[seen] == c])[:each] for c in range(10)]
    known = rng.permutation(np.concatenate(chosen))
    paths = [train.paths[i] for i in known] + [*train.paths, *val.paths]
    labels = np.concatenate([train.labels[known], train.labels, val.labels])
    kept = np.arange(len(paths)) < len(known)
    kept[len(known) :] = leakage.unseen(paths[len(known) :])
    paths, labels = [p for p, keep in zip(paths, kept, strict=True) if keep], labels[kept]
    whole = leakage.trunk(stored)
    factors = best_factors(whole, leakage.pixels(paths[:40], stored))
    layers = [(n, Factors(factors[n]) if n in factors else layer) for n, layer in whole]
    n = len(known)
    found = leakage.features([whole, Sequential(layers)], paths, stored)
    for name, rows in zip(("LRN", "constant factors"), found, strict=True):
        rows = rows / rows[:n].std()
        _, W, b = leakage.fit(rows[:n], labels[:n])
        right = int(((rows[n:] @ W + b).argmax(axis=1) == labels[n:]).sum())
        print(f"\n{name}: {right} of {len(labels) - n}")


def main(*where: str) -> None:
    for kind in KINDS:
        for rate in RATES:
            found = [accuracy(kind, rate, seed) for seed in SEEDS]
            print(kind, rate, np.round(found, 3), f"mean {np.mean(found):.3f}", flush=True)
    shares = shares_of_time()
    print({name: f"{share:.1%}" for name, share in shares.items()})
    if where:
        absorbed(*where)


if __name__ == "__main__":
    run_on_files(main, __doc__, ("PICTURES", "TRUNK.npz"), counts=(0, 2))
