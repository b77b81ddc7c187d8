"""Dropout and its relatives on a small network, over several seeds.

python -m tinyalex.coursework.lesson_08.relatives prints the lesson's two tables (about a minute).
"""

from __future__ import annotations

import numpy as np

from tinyalex.coursework.lesson_08.figures import coarse, measure
from tinyalex.coursework.small.pictures import of_patterns
from tinyalex.coursework.small.training import one_epoch, train
from tinyalex.layers import Dropout, Linear, ReLU
from tinyalex.models import Sequential
from tinyalex.optim import SGD

SEEDS = 8
# name: p of the inputs, p of the hidden units, the largest norm of a unit's weights
WAYS = {
    "nothing": (0.0, 0.0, None),
    "dropout .5": (0.0, 0.5, None),
    "dropout .5, inputs .2": (0.2, 0.5, None),
    "dropout .5, norm at most 2": (0.0, 0.5, 2.0),
}


def network(p_input: float, p: float, inputs: int, rng: np.random.Generator) -> Sequential:
    """Two hidden layers of 256 units, with dropout on the inputs and on the hidden units."""
    layers: list = [("drop_in", Dropout(p_input, rng=rng))]
    for number, outputs in (6, 256), (7, 256):
        layers += [(f"fc{number}", Linear(inputs, outputs, rng=rng)), (f"relu{number}", ReLU())]
        layers += [(f"drop{number}", Dropout(p, rng=rng))]
        inputs = outputs
    return Sequential([*layers, ("fc8", Linear(inputs, 10, rng=rng))])


def limit_norms(net: Sequential, largest: float) -> None:
    """Scales each unit's incoming weights back to `largest` if they are longer."""
    for _, layer in net:
        if isinstance(layer, Linear):
            W = layer.params["W"]
            W *= np.minimum(1, largest / np.maximum(np.linalg.norm(W, axis=0), 1e-12))


def learn(way: str, seed: int, epochs: int = 60) -> tuple[float, float]:
    """(loss, share of wrong answers) on 400 new pictures after learning 200."""
    p_input, p, largest = WAYS[way]
    seen, new = of_patterns(20, seed=2 * seed), of_patterns(40, seed=2 * seed + 1)
    x, rng = coarse(seen[0]), np.random.default_rng(seed)
    net = network(p_input, p, x.shape[1], rng)
    optimizer = SGD(net, lr=0.01, weight_decay=0.0)
    for _ in range(epochs):
        for batch in one_epoch(x, seen[1], 10, rng):
            train(net, optimizer, [batch])
            if largest is not None:
                limit_norms(net, largest)
    return measure(net, coarse(new[0]), new[1])


def variance_shift(p: float, samples: int = 200_000) -> tuple[float, float]:
    """The variance of a ReLU's output behind dropout, in training and at test."""
    x = ReLU().forward(np.random.default_rng(0).normal(size=(samples, 1)))
    dropout = Dropout(p, rng=np.random.default_rng(1))
    return float(dropout.forward(x, training=True).var()), float(dropout.forward(x).var())


def main() -> None:
    for way in WAYS:
        found = np.array([learn(way, seed) for seed in range(SEEDS)])
        mean, sd = found.mean(axis=0), found.std(axis=0, ddof=1)
        print(f"{way:28} loss {mean[0]:.2f} ± {sd[0]:.2f}   wrong {mean[1]:.1%} ± {sd[1]:.1%}")
    for p in (0.1, 0.2, 0.5):
        training, test = variance_shift(p)
        print(
            f"p {p}: variance {training:.3f} in training, {test:.3f} at test: {training / test:.2f}"
        )


if __name__ == "__main__":
    main()
