"""A small network of AlexNet's kind."""

from __future__ import annotations

import numpy as np

from tinyalex.layers import Conv2d, Flatten, Linear, MaxPool2d, ReLU
from tinyalex.models import Sequential

HIDDEN = 64


def small_net(
    num_classes: int,
    rng: np.random.Generator,
    *,
    side: int = 32,
    channels: int = 24,
    kernels: tuple[int, int, int] = (5, 3, 3),
    stride: int = 1,
    last: str = "he",
) -> Sequential:
    """Three convolutions, each followed by a pooling, and two fully connected layers.

    side: of the pictures. channels, stride: of conv1. last: how fc5 is initialized. relu4's output
    is the features, as relu7's is in AlexNet.
    """
    layers, inputs = [], 3
    widths, strides = (channels, 32, 32), (stride, 1, 1)
    for number, (width, kernel, step) in enumerate(zip(widths, kernels, strides, strict=True), 1):
        settings = {"stride": step, "padding": kernel // 2, "rng": rng}
        layers += [
            (f"conv{number}", Conv2d(inputs, width, kernel, **settings)),
            (f"relu{number}", ReLU()),
            (f"pool{number}", MaxPool2d(3, 2)),
        ]
        inputs = width
    _, H, W, C = Sequential(layers).output_shape((1, side, side, 3))
    layers += [
        ("flatten", Flatten()),
        ("fc4", Linear(H * W * C, HIDDEN, rng=rng)),
        ("relu4", ReLU()),
        ("fc5", Linear(HIDDEN, num_classes, weight_init=last, rng=rng)),
    ]
    return Sequential(layers)
