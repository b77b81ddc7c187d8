"""What lesson 09 asks for: a convolution's sizes and counts, and AlexNet written out in a list."""

from __future__ import annotations

import numpy as np

from tinyalex.layers import (
    Conv2d,
    Dropout,
    Flatten,
    Linear,
    LocalResponseNorm,
    MaxPool2d,
    ReLU,
)
from tinyalex.models import Sequential


def conv_counts(
    shape: tuple[int, int, int],
    kernels: int,
    size: int,
    stride: int = 1,
    padding: tuple[int, int] = (0, 0),
    groups: int = 1,
) -> tuple[tuple[int, int, int], int, int]:
    """A convolution's output shape (OH, OW, K), parameters with biases, and multiply-adds.

    shape: (H, W, C) of one picture. kernels: how many, of size × size. padding: zeros before and
    after, for rows and columns alike. groups: of input channels, each read by its share of kernels.
    Biases are parameters, but their additions are not counted among the multiply-adds.
    ValueError where groups do not divide C and kernels, or where no window fits.
    """
    H, W, C = shape
    if C % groups or kernels % groups:
        raise ValueError(f"{groups} groups do not divide {C} channels and {kernels} kernels")
    OH, OW = ((n + sum(padding) - size) // stride + 1 for n in (H, W))
    if min(OH, OW) < 1:
        raise ValueError(f"a window of {size} × {size} does not fit in {H} × {W} and {padding}")
    weights = size * size * (C // groups) * kernels
    return (OH, OW, kernels), weights + kernels, OH * OW * weights


def paper_alexnet(
    num_classes: int = 1000,
    image_size: int = 224,
    hidden: int = 4096,
    rng: np.random.Generator | None = None,
) -> Sequential:
    """AlexNet as in the paper's text, for input (N, image_size, image_size, 3).

    Layers are named as in Caffe, in the paper's order: conv1 relu1 norm1 pool1, the same with 2,
    conv3 relu3, conv4 relu4, conv5 relu5 pool5, flatten, fc6 relu6 drop6, fc7 relu7 drop7, fc8.
    hidden: neurons of fc6 and fc7; fewer make a smaller network for trying things out.
    All pools are 3 × 3 with stride 2; dropout has p = 0.5.
    Weights are drawn from N(0, .01²); biases are 1 in conv2, conv4, conv5, fc6 and fc7, else 0.
    """

    def conv(channels: int, kernels: int, size: int, stride=1, padding=0, groups=1, bias=0.0):
        first = {"weight_init": 0.01, "bias_init": bias, "rng": rng}
        return Conv2d(channels, kernels, size, stride, padding, groups, **first)

    trunk = [
        ("conv1", conv(3, 96, 11, stride=4, padding=(0, 3, 0, 3))),
        ("relu1", ReLU()),
        ("norm1", LocalResponseNorm(size=5, alpha=1e-4, beta=0.75, k=2.0)),
        ("pool1", MaxPool2d(3, 2)),
        ("conv2", conv(96, 256, 5, padding=2, groups=2, bias=1.0)),
        ("relu2", ReLU()),
        ("norm2", LocalResponseNorm(size=5, alpha=1e-4, beta=0.75, k=2.0)),
        ("pool2", MaxPool2d(3, 2)),
        ("conv3", conv(256, 384, 3, padding=1)),
        ("relu3", ReLU()),
        ("conv4", conv(384, 384, 3, padding=1, groups=2, bias=1.0)),
        ("relu4", ReLU()),
        ("conv5", conv(384, 256, 3, padding=1, groups=2, bias=1.0)),
        ("relu5", ReLU()),
        ("pool5", MaxPool2d(3, 2)),
        ("flatten", Flatten()),
    ]
    _, features = Sequential(trunk).output_shape((1, image_size, image_size, 3))
    head = [
        ("fc6", Linear(features, hidden, weight_init=0.01, bias_init=1.0, rng=rng)),
        ("relu6", ReLU()),
        ("drop6", Dropout(0.5, rng=rng)),
        ("fc7", Linear(hidden, hidden, weight_init=0.01, bias_init=1.0, rng=rng)),
        ("relu7", ReLU()),
        ("drop7", Dropout(0.5, rng=rng)),
        ("fc8", Linear(hidden, num_classes, weight_init=0.01, bias_init=0.0, rng=rng)),
    ]
    return Sequential(trunk + head)
