"""The training loop of the lessons' small networks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from tinyalex.layers import SoftmaxCrossEntropy
from tinyalex.models import Sequential
from tinyalex.optim import SGD


def train(net: Sequential, optimizer: SGD, batches: Iterable[tuple]) -> list[float]:
    """A step on each (x, labels) of `batches`. Returns the losses."""
    loss, losses = SoftmaxCrossEntropy(), []
    for x, labels in batches:
        losses.append(float(loss.forward(net.forward(x, training=True), labels)))
        net.backward(loss.backward(), input_gradient=False)
        optimizer.step()
    return losses


def train_flipped(
    net: Sequential, x: np.ndarray, labels: np.ndarray, steps: int, lr=0.02, seed=0, **settings
) -> list[float]:
    """`steps` steps of 32 random pictures, each flipped or not at random. Returns the losses.

    settings: for SGD, such as layer_rates={"conv1": 0.1}. The rate falls to 0 along a cosine.
    """
    rng, optimizer = np.random.default_rng(seed), SGD(net, lr=lr, **settings)

    def batches() -> Iterator[tuple]:
        for step in range(steps):
            optimizer.lr = lr * (1 + np.cos(np.pi * step / steps)) / 2
            chosen = rng.integers(0, len(x), 32)
            some, flipped = x[chosen], rng.random(32) < 0.5
            some[flipped] = some[flipped, :, ::-1]
            yield some, labels[chosen]

    return train(net, optimizer, batches())


def one_epoch(
    x: np.ndarray, labels: np.ndarray, batches: int, rng: np.random.Generator
) -> Iterator[tuple]:
    """All examples once in random order, in `batches` equal parts, or nearly so."""
    for batch in np.array_split(rng.permutation(len(x)), batches):
        yield x[batch], labels[batch]
