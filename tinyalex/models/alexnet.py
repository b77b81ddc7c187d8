"""AlexNet in five variants: the paper's text, its code, Caffe's two and torchvision's."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from tinyalex.layers import (
    Conv2d,
    Dropout,
    Flatten,
    Linear,
    LocalResponseNorm,
    MaxPool2d,
    ReLU,
    WithinChannelNorm,
)
from tinyalex.models.sequential import Sequential

KERNEL_SIZES = (11, 5, 3, 3, 3)
STRIDES = (4, 1, 1, 1, 1)

# The paper's order (sections 3.3 to 3.5); the names are Caffe's.
PAPER_ORDER = """
    conv1 relu1 norm1 pool1
    conv2 relu2 norm2 pool2
    conv3 relu3
    conv4 relu4
    conv5 relu5 pool5 flatten
    fc6 relu6 drop6
    fc7 relu7 drop7
    fc8"""


@dataclass(frozen=True)
class Variant:
    """One published AlexNet. Tuples of five: conv1 to conv5; tuples of eight: conv1 to fc8.

    weight_std: the σ of Gaussian initial weights, or "uniform" for PyTorch's ±1/√fan_in.
    """

    summary: str
    input_size: int = 224
    order: str = PAPER_ORDER
    channels: tuple = (96, 256, 384, 384, 256)
    groups: tuple = (1, 2, 1, 2, 2)
    padding: tuple = (0, 2, 1, 1, 1)
    norm: dict = field(default_factory=dict)
    weight_std: tuple = (0.01,) * 8
    bias: tuple = (0, 1, 0, 1, 1, 1, 1, 0)


VARIANTS = {
    "paper": Variant(
        summary="the paper's text: conv, ReLU, LRN (k 2, α 1e-4), pool; two groups",
        # 224 → 55 needs 3 more pixels: the 2012 code read zeros beyond the right and lower edge.
        padding=((0, 3, 0, 3), 2, 1, 1, 1),
    ),
    "original": Variant(
        summary="the 2012 code as released in 2025: LRN and pool before ReLU, an extra norm",
        order="""
            conv1 norm1 pool1 relu1
            conv2 relu2 norm2 cnorm2 pool2
            conv3 relu3
            conv4 relu4
            conv5 pool5 relu5 flatten
            fc6 relu6 drop6
            fc7 relu7 drop7
            fc8""",
        padding=((0, 3, 0, 3), 2, 1, 1, 1),
        # α / 5, and no window reaches from one of the two GPUs to the other.
        norm={"divide_by_size": True, "groups": 2},
        weight_std=(0.01, 0.01, 0.03, 0.03, 0.03, 0.01, 0.01, 0.01),
    ),
    "caffe": Variant(
        summary="BVLC AlexNet: input 227, LRN with k 1 and α / 5, biases .1",
        input_size=227,
        norm={"k": 1.0, "divide_by_size": True},
        weight_std=(0.01,) * 5 + (0.005, 0.005, 0.01),
        bias=(0, 0.1, 0, 0.1, 0.1, 0.1, 0.1, 0),
    ),
    "caffenet": Variant(
        summary="BVLC CaffeNet: pool before LRN",
        input_size=227,
        order=PAPER_ORDER.replace("norm1 pool1", "pool1 norm1").replace(
            "norm2 pool2", "pool2 norm2"
        ),
        norm={"k": 1.0, "divide_by_size": True},
        weight_std=(0.01,) * 5 + (0.005, 0.005, 0.01),
    ),
    "torchvision": Variant(
        summary="torchvision's, after 'One weird trick': one column, no LRN",
        order="""
            conv1 relu1 pool1
            conv2 relu2 pool2
            conv3 relu3
            conv4 relu4
            conv5 relu5 pool5 flatten
            drop6 fc6 relu6
            drop7 fc7 relu7
            fc8""",
        channels=(64, 192, 384, 256, 256),
        groups=(1, 1, 1, 1, 1),
        padding=(2, 2, 1, 1, 1),
        weight_std=("uniform",) * 8,
        bias=("uniform",) * 8,
    ),
}


def alexnet(
    num_classes: int = 1000,
    variant: str = "paper",
    *,
    image_size: int | None = None,
    initialization: str = "source",
    dropout: float = 0.5,
    rng: np.random.Generator | None = None,
    dtype: str = "float32",
) -> Sequential:
    """The whole network, for input (N, size, size, 3).

    variant: "paper", "original", "caffe", "caffenet" or "torchvision".
    image_size: the input size, if not the variant's 224 or 227; fc6 grows or shrinks with it.
    initialization: "source", as published, expects grey levels minus their mean (torchvision:
    variance 1); with the paper's, the loss stays near ln(num_classes) at first. "he" expects
    variance 1 and learns from the first step (see `first_values`). "zeros" is for loading weights.
    Raises ValueError for an unknown name or an image too small for the network.
    """
    if variant not in VARIANTS:
        raise ValueError(f"unknown variant {variant!r}: choose one of {', '.join(VARIANTS)}")
    if num_classes < 1:
        raise ValueError(f"num_classes must be at least 1; got {num_classes}")
    chosen = VARIANTS[variant]
    rng = np.random.default_rng() if rng is None else rng
    weights, biases = first_values(chosen, initialization)
    size = chosen.input_size if image_size is None else image_size
    shape, layers = (1, size, size, 3), []
    for name in chosen.order.split():
        layer = _layer(name, chosen, shape, num_classes, weights, biases, dropout, rng, dtype)
        shape = layer.output_shape(shape)
        layers.append((name, layer))
    return Sequential(layers)


def first_values(variant: Variant, initialization: str) -> tuple[tuple, tuple]:
    """Initialization schemes for the weights and biases of the eight layers that learn.

    "he": He et al.'s √(2 / fan_in) up to fc7, which keeps the signal of an input of variance 1 at
    about the same size from layer to layer; .01 in fc8, so that all classes start equal; biases of
    0. With the paper's values the biases keep up the size, but the difference between pictures
    falls 3.2, 2.5, 2.5, 1.2 and 1.7 times in conv3 to fc7 (`coursework/lesson_11/differences`).
    """
    if initialization == "source":
        return variant.weight_std, variant.bias
    if initialization == "he":
        return ("he",) * 7 + (0.01,), (0,) * 8
    if initialization == "zeros":
        return ("zeros",) * 8, (0,) * 8
    raise ValueError(f"initialization must be 'source', 'he' or 'zeros'; got {initialization!r}")


def _layer(name, variant, shape, num_classes, weights, biases, dropout, rng, dtype):
    """The layer of this name for an input of this shape."""
    kind, number = name.rstrip("0123456789"), int(name.lstrip("abcdefghijklmnopqrstuvwxyz") or 0)
    if kind in ("conv", "fc"):
        at = number - 1
        first = {"weight_init": weights[at], "bias_init": biases[at], "rng": rng, "dtype": dtype}
    if kind == "conv":
        return Conv2d(
            shape[-1],
            variant.channels[at],
            KERNEL_SIZES[at],
            STRIDES[at],
            variant.padding[at],
            variant.groups[at],
            **first,
        )
    if kind == "fc":
        return Linear(shape[-1], num_classes if name == "fc8" else 4096, **first)
    if kind == "norm":
        return LocalResponseNorm(**variant.norm)
    if kind == "drop":
        return Dropout(dropout, rng=rng)
    plain = {"relu": ReLU, "pool": MaxPool2d, "flatten": Flatten, "cnorm": WithinChannelNorm}
    return plain[kind]()
