"""What the two lessons on convolution share: specification, examples, worked example, network."""

from __future__ import annotations

import numpy as np

from tinyalex.coursework.engine.task import Hand
from tinyalex.coursework.mistakes import Example
from tinyalex.layers import Conv2d, Flatten, Linear, ReLU
from tinyalex.layers.base import as_padding, as_pair
from tinyalex.models import Sequential


def naive(layer: Conv2d, x: np.ndarray) -> np.ndarray:
    """y[n,oh,ow,k] = b[k] + Σ x[n, oh·SH + i − top, ow·SW + j − left, c] · W[i,j,c,k]."""
    W, b = layer.params["W"], layer.params["b"]
    (SH, SW), ((top, _), (left, _)) = layer.stride, layer.padding
    KH, KW, channels, K = W.shape  # of one group: C / groups
    y = np.zeros(layer.output_shape(x.shape), dtype=x.dtype)
    for n, oh, ow, k in np.ndindex(y.shape):
        first = k // (K // layer.groups) * channels  # of the channels that k's group sees
        y[n, oh, ow, k] = b[k]
        for i, j, c in np.ndindex(KH, KW, channels):
            h, w = oh * SH + i - top, ow * SW + j - left
            if 0 <= h < x.shape[1] and 0 <= w < x.shape[2]:
                y[n, oh, ow, k] += x[n, h, w, first + c] * W[i, j, c, k]
    return y


def _example(shape, in_channels, out_channels, kernel_size, **others) -> Example:
    """Biases are not zero, or a forgotten one would not show."""

    def arguments(rng: np.random.Generator) -> dict:
        return {
            "in_channels": in_channels,
            "out_channels": out_channels,
            "kernel_size": kernel_size,
            **others,
            "bias_init": "uniform",
            "dtype": "float64",
            "rng": rng,
        }

    return Example(arguments, shape)


# The first shows all named mistakes: windows overlap, strides of 2 and 1, unequal padding, groups.
EXAMPLES = (
    _example((2, 4, 3, 4), 4, 4, 3, stride=(2, 1), padding=(1, 0, 1, 1), groups=2),
    _example((2, 5, 6, 2), 2, 3, (2, 3), stride=(2, 2), padding=(0, 1, 2, 0)),
    _example((1, 6, 6, 3), 3, 6, (3, 2), stride=(2, 3), groups=3),  # last row and column unread
    _example((3, 4, 3, 2), 2, 5, 1, stride=2),
)

OPTIONS = {
    "kernel": (3, 2, 1, (2, 3), (3, 1)),
    "stride": (1, 2, 3, (2, 1), (1, 3)),
    "padding": (0, 1, (0, 2), (1, 0, 2, 1)),
    "groups": (1, 2, 3, 5),
    "channels in": (1, 2, 3),  # of a group
    "channels out": (1, 2, 3),
    "batch": (1, 2, 4),
    "more rows": (0, 1, 3),  # than the window needs
    "more columns": (0, 2, 3),
}
ALONE = {
    "kernel": (5, 4),
    "stride": (4,),
    "padding": (3, (3, 2, 1, 0), (1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1)),
    "groups": (9,),
    "channels in": (9,),
    "channels out": (9,),
    "batch": (9,),
    "more rows": (9,),
}


def drawn_example(choice: dict, rng: np.random.Generator) -> Example:
    """The layer and the smallest maps that the window fits into, and some more rows and columns."""
    (KH, KW), groups = as_pair(choice["kernel"], "kernel_size"), choice["groups"]
    (top, bottom), (left, right) = as_padding(choice["padding"])
    C, K = groups * choice["channels in"], groups * choice["channels out"]
    H = max(KH - top - bottom, 1) + choice["more rows"]
    W = max(KW - left - right, 1) + choice["more columns"]
    settings = {"stride": choice["stride"], "padding": choice["padding"], "groups": groups}
    return _example((choice["batch"], H, W, C), C, K, choice["kernel"], **settings)


HAND = Hand(
    arguments={"in_channels": 1, "out_channels": 1, "kernel_size": 2, "dtype": "float64"},
    params={"W": np.reshape([[1, 2], [3, 4]], (2, 2, 1, 1)), "b": [1]},
    x=np.reshape([[1, 2, 3], [4, 5, 6], [7, 8, 9]], (1, 3, 3, 1)),
    y=np.reshape([[38, 48], [68, 78]], (1, 2, 2, 1)),
    dy=np.reshape([[1, 10], [100, 1000]], (1, 2, 2, 1)),
    dx=np.reshape([[1, 12, 20], [103, 1234, 2040], [300, 3400, 4000]], (1, 3, 3, 1)),
    grads={"W": np.reshape([[5421, 6532], [8754, 9865]], (2, 2, 1, 1)), "b": [1111]},
)


def net(conv: type) -> Sequential:
    """A network of 8 × 8 pictures with two convolutions, one strided, one in groups.

    Without biases a window of zeros would give y = 0, the ReLU's kink, where rounding decides.
    """
    rng = np.random.default_rng(45)
    given = {"rng": rng, "dtype": "float64"}
    layers = [
        ("conv1", conv(3, 4, 3, stride=2, padding=1, bias_init="uniform", **given)),
        ("relu1", ReLU()),
        ("conv2", conv(4, 6, 3, padding=1, groups=2, bias_init="uniform", **given)),
        ("relu2", ReLU()),
        ("flatten", Flatten()),
        ("fc3", Linear(4 * 4 * 6, 3, **given)),
    ]
    return Sequential(layers)


LAYER = {
    "reference": Conv2d,
    "examples": EXAMPLES,
    "options": OPTIONS,
    "alone": ALONE,
    "example": drawn_example,
    "naive": naive,
    "hand": HAND,
    "net": net,
}
