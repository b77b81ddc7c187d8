"""Does depth alone hurt, and does adding the input mend it? (He et al. 2015, in small.)

python -m tinyalex.coursework.lesson_16.depth prints lesson 16's table; a few minutes.
"""

from __future__ import annotations

import numpy as np

from tinyalex.coursework.lesson_16.figures import SHAPES, toys
from tinyalex.coursework.small.training import train
from tinyalex.layers import Conv2d, GlobalAvgPool2d, ReLU
from tinyalex.models import Sequential
from tinyalex.optim import SGD

RATES = 0.001, 0.003, 0.01, 0.03, 0.1
CHANNELS = 8


class ReLUConv(Conv2d):
    """y = conv(max(0, x)); with add_input, x is added: y = x + conv(max(0, x))."""

    def __init__(self, channels: int, add_input: bool, **settings) -> None:
        super().__init__(channels, channels, 3, padding=1, **settings)
        self.add_input = add_input

    def forward(self, x, training: bool = False):
        self.positive = x > 0
        y = super().forward(x * self.positive)
        return x + y if self.add_input else y

    def backward(self, dy, input_gradient: bool = True):
        dx = super().backward(dy) * self.positive
        return dy + dx if self.add_input else dx


def network(depth: int, add_input: bool, rng: np.random.Generator) -> Sequential:
    """A convolution, `depth` more, a 1 × 1 convolution to the classes, and the mean."""
    settings = {"rng": rng, "algorithm": "im2col"}
    layers = [("first", Conv2d(1, CHANNELS, 3, padding=1, **settings))]
    for number in range(1, depth + 1):
        layers.append((f"conv{number}", ReLUConv(CHANNELS, add_input, **settings)))
    layers += [("relu", ReLU()), ("last", Conv2d(CHANNELS, len(SHAPES), 1, rng=rng))]
    net = Sequential([*layers, ("mean", GlobalAvgPool2d())])
    if add_input:  # each block begins as y ≈ x, so that the sum does not grow with the depth
        for _, layer in net.layers[1 : depth + 1]:
            layer.params["W"] /= depth
    return net


def final_loss(depth: int, add_input: bool, lr: float, seed: int, steps: int = 250) -> float:
    """The mean training loss of the last 50 steps; ln 3 = 1.0986 is a guess."""
    rng = np.random.default_rng(seed)
    net = network(depth, add_input, rng)
    optimizer = SGD(net, lr=lr, weight_decay=0.0)
    with np.errstate(over="ignore", invalid="ignore"):
        losses = train(net, optimizer, (toys(16, 14, rng) for _ in range(steps)))
    return float(np.nan_to_num(np.mean(losses[-50:]), nan=np.inf))


def main(depths=(4, 24), seeds=(0, 1, 2)) -> None:
    for depth in depths:
        for add_input in (False, True):
            means = {lr: [final_loss(depth, add_input, lr, s) for s in seeds] for lr in RATES}
            best = min(means, key=lambda lr: np.mean(means[lr]))
            name = "with x added" if add_input else "plain"
            found = " ".join(f"{loss:.3f}" for loss in means[best])
            print(f"{depth:3} {name:13} lr {best:<6} loss {found}", flush=True)


if __name__ == "__main__":
    main()
