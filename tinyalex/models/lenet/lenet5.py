"""LeNet-5 (LeCun, Bottou, Bengio, Haffner 1998): as published, and as it is built today."""

from __future__ import annotations

import numpy as np

from tinyalex.layers import Conv2d, Flatten, Linear, MaxPool2d, ReLU
from tinyalex.models.lenet.digits import digit_bitmaps
from tinyalex.models.lenet.partial_conv import PartialConv2d
from tinyalex.models.lenet.rbf import RBFOutput
from tinyalex.models.lenet.scaled_tanh import ScaledTanh
from tinyalex.models.lenet.subsampling import TrainableSubsampling
from tinyalex.models.sequential import Sequential

LENET_VARIANTS = ("published", "modern")

# Which maps of S2 each map of C3 reads (the paper's table I): three neighbours, four neighbours,
# two pairs of neighbours, all.
C3_TABLE = (
    *(tuple((k + i) % 6 for i in range(3)) for k in range(6)),
    *(tuple((k + i) % 6 for i in range(4)) for k in range(6)),
    (0, 1, 3, 4),
    (1, 2, 4, 5),
    (0, 2, 3, 5),
    (0, 1, 2, 3, 4, 5),
)


def lenet5(
    variant: str = "published",
    *,
    num_classes: int = 10,
    rng: np.random.Generator | None = None,
    dtype: str = "float32",
) -> Sequential:
    """For input (N, 32, 32, 1): a digit of 28 × 28 with a border of 2 pixels.

    "published": 60,000 parameters. Each map of C3 reads only some maps of S2, subsampling learns a
    coefficient and a bias for each map, activations are 1.7159 tanh(2x/3), and the ten outputs are
    squared distances to pictures of the digits: the smallest is the answer. The loss is `RBFLoss`.
    The paper's input is −0.1 for white and 1.175 for black, mean about 0 and variance about 1.
    "modern": 61,706 parameters. Full C3, max-pooling, ReLU, logits for SoftmaxCrossEntropy.
    """
    if variant not in LENET_VARIANTS:
        names = ", ".join(LENET_VARIANTS)
        raise ValueError(f"unknown variant {variant!r}: choose one of {names}")
    rng = np.random.default_rng() if rng is None else rng
    settings = {"rng": rng, "dtype": dtype}
    if variant == "modern":
        return _modern(num_classes, settings)
    if num_classes != 10:
        raise ValueError(f"the published lenet5 has 10 classes; got num_classes={num_classes}")
    net = _published(settings)
    _first_values(net, rng)
    return net


def _published(settings: dict) -> Sequential:
    return Sequential(
        [
            ("c1", Conv2d(1, 6, 5, **settings)),
            ("tanh1", ScaledTanh()),
            ("s2", TrainableSubsampling(6, **settings)),
            ("tanh2", ScaledTanh()),
            ("c3", PartialConv2d(6, C3_TABLE, 5, **settings)),
            ("tanh3", ScaledTanh()),
            ("s4", TrainableSubsampling(16, **settings)),
            ("tanh4", ScaledTanh()),
            ("c5", Conv2d(16, 120, 5, **settings)),
            ("tanh5", ScaledTanh()),
            ("flatten", Flatten()),
            ("f6", Linear(120, 84, **settings)),
            ("tanh6", ScaledTanh()),
            ("output", RBFOutput(digit_bitmaps())),
        ]
    )


def _modern(num_classes: int, settings: dict) -> Sequential:
    return Sequential(
        [
            ("conv1", Conv2d(1, 6, 5, **settings)),
            ("relu1", ReLU()),
            ("pool1", MaxPool2d(2, 2)),
            ("conv2", Conv2d(6, 16, 5, **settings)),
            ("relu2", ReLU()),
            ("pool2", MaxPool2d(2, 2)),
            ("flatten", Flatten()),
            ("fc3", Linear(400, 120, **settings)),
            ("relu3", ReLU()),
            ("fc4", Linear(120, 84, **settings)),
            ("relu4", ReLU()),
            ("fc5", Linear(84, num_classes, **settings)),
        ]
    )


def _first_values(net: Sequential, rng: np.random.Generator) -> None:
    """The paper's rule: uniform in ±2.4 / (the unit's number of inputs); biases start at 0."""
    c3 = np.repeat([25 * len(maps) for maps in C3_TABLE], [len(maps) for maps in C3_TABLE])
    inputs = {"c1": 25, "s2": 4, "c3": c3, "s4": 4, "c5": 400, "f6": 120}
    state = net.state_dict()
    for name, fan_in in inputs.items():
        W = state[f"{name}.W"]
        W[...] = rng.uniform(-2.4, 2.4, W.shape) / fan_in
    net.load_state_dict(state)
