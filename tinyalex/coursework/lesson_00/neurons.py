"""The neurons that came before: McCulloch and Pitts 1943, Rosenblatt 1958, and layers of them."""

from __future__ import annotations

import numpy as np

from tinyalex.layers import Linear, Tanh
from tinyalex.models.sequential import Sequential


def mcculloch_pitts(excitatory, inhibitory, threshold: int) -> np.ndarray:
    """y = 0 where any inhibitory input is 1, else 1 where Σ excitatory ≥ threshold, else 0.

    excitatory: (N, n) of 0 and 1. inhibitory: (N, m) of 0 and 1; n and m may be 0.
    Returns (N,) ints. There are no weights, and nothing is learned.
    """
    vetoed = np.any(inhibitory, axis=1)
    enough = np.sum(excitatory, axis=1) >= threshold
    return (enough & ~vetoed).astype(int)


class Perceptron:
    """ŷ = +1 where w · x + b > 0, else −1: Rosenblatt's neuron, which learns from its mistakes.

    x: (N, features). labels: (N,) of +1 and −1. w: (features,) and b: a float, initially zero.
    """

    def __init__(self, features: int) -> None:
        self.w = np.zeros(features)
        self.b = 0.0

    def predict(self, x) -> np.ndarray:
        """(N,) of +1 and −1."""
        return np.where(x @ self.w + self.b > 0, 1, -1)

    def learn(self, x, label) -> bool:
        """Learns from one example, x (features,). A mistake is label · (w · x + b) ≤ 0; after one,
        w ← w + label · x and b ← b + label. Returns whether there was a mistake."""
        if label * (x @ self.w + self.b) > 0:
            return False
        self.w = self.w + label * x
        self.b = self.b + float(label)
        return True

    def fit(self, x, labels, epochs: int = 100) -> list[int]:
        """Learns from the examples in order, again and again, until an epoch has no mistakes.

        Returns the number of mistakes in each epoch; the last is 0, unless `epochs` ran out.
        """
        mistakes: list[int] = []
        while len(mistakes) < epochs and (not mistakes or mistakes[-1] > 0):
            pairs = zip(x, labels, strict=True)
            mistakes.append(sum(self.learn(one, label) for one, label in pairs))
        return mistakes


def mistake_bound(x, labels, w, b: float) -> float:
    """(R / γ)²: no run of a perceptron on these examples makes more mistakes, however long it is.

    w, b: any that separate them. With x' = (x, 1) and u = (w, b) / ‖(w, b)‖, γ is the smallest
    label · (u · x') and R the largest ‖x'‖ (Novikoff 1962). ValueError where w, b do not separate.
    """
    extended = np.column_stack([x, np.ones(len(x))])
    u = np.append(w, b)
    margin = (labels * (extended @ u)).min() / max(np.linalg.norm(u), 1e-300)
    if margin <= 0:
        raise ValueError("mistake_bound: w and b must have every example on its own side")
    return float((np.linalg.norm(extended, axis=1).max() / margin) ** 2)


def mlp(
    sizes: tuple[int, ...],
    activation: type = Tanh,
    *,
    weight_init="he",
    rng: np.random.Generator | None = None,
    dtype: str = "float32",
) -> Sequential:
    """A multilayer perceptron: fc1, act1, fc2, … with an activation between, none at the end.

    sizes: of the input, of each hidden layer and of the output: (2, 2, 1) can do XOR.
    """
    if len(sizes) < 2:
        raise ValueError(f"mlp: sizes must be at least input and output; got {sizes}")
    rng = np.random.default_rng() if rng is None else rng
    settings = {"weight_init": weight_init, "rng": rng, "dtype": dtype}
    layers = []
    for number in range(1, len(sizes)):
        layers.append((f"fc{number}", Linear(sizes[number - 1], sizes[number], **settings)))
        layers.append((f"act{number}", activation()))
    return Sequential(layers[:-1])
