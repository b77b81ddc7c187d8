"""Network in Network (Lin, Chen, Yan 2013): a small MLP at each place, no fully connected layer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tinyalex.layers import Conv2d, Dropout, GlobalAvgPool2d, MaxPool2d, ReLU
from tinyalex.models.ceil_rule import ceil_padding
from tinyalex.models.sequential import Sequential


@dataclass(frozen=True)
class Block:
    """A convolution followed by two 1 × 1 convolutions, each with a ReLU.

    channels: of the three; None means the number of classes. stds: the σ of their initial
    weights.
    """

    channels: tuple[int, int, int | None]
    kernel_size: int
    stride: int = 1
    padding: int = 0
    stds: tuple[float, float, float] = (0.05, 0.05, 0.05)
    dropout: bool = False  # after the block's pooling


@dataclass(frozen=True)
class NinVariant:
    """One published NIN. Between blocks there is max-pooling, size 3, stride 2, rounded up."""

    summary: str
    input_size: int
    num_classes: int
    blocks: tuple[Block, ...]


NIN_VARIANTS = {
    "cifar10": NinVariant(
        summary="the authors' for CIFAR-10",
        input_size=32,
        num_classes=10,
        blocks=(
            Block((192, 160, 96), 5, padding=2, dropout=True),
            Block((192, 192, 192), 5, padding=2, dropout=True),
            Block((192, 192, None), 3, padding=1),
        ),
    ),
    "imagenet": NinVariant(
        summary="the authors' for ImageNet, from Caffe's model zoo",
        input_size=224,
        num_classes=1000,
        blocks=(
            Block((96, 96, 96), 11, stride=4, stds=(0.01, 0.05, 0.05)),
            Block((256, 256, 256), 5, padding=2),
            Block((384, 384, 384), 3, padding=1, stds=(0.01, 0.05, 0.05), dropout=True),
            Block((1024, 1024, None), 3, padding=1, stds=(0.05, 0.05, 0.01)),
        ),
    ),
}


def nin(
    variant: str = "imagenet",
    num_classes: int | None = None,
    *,
    image_size: int | None = None,
    initialization: str = "source",
    dropout: float = 0.5,
    rng: np.random.Generator | None = None,
    dtype: str = "float32",
) -> Sequential:
    """For input (N, size, size, 3). "imagenet": 7,595,176 parameters; "cifar10": 966,986.

    The last 1 × 1 convolution has one map per class, whose mean is the class's logit.
    initialization: "source", as published; "he", for input of variance 1; or "zeros". (The CIFAR-10
    net's second pooling is max-pooling, as in the authors' code; Caffe's port used the mean.)
    """
    if variant not in NIN_VARIANTS:
        raise ValueError(f"unknown variant {variant!r}: choose one of {', '.join(NIN_VARIANTS)}")
    if initialization not in ("source", "he", "zeros"):
        raise ValueError(
            f"initialization must be 'source', 'he' or 'zeros'; got {initialization!r}"
        )
    chosen = NIN_VARIANTS[variant]
    classes = chosen.num_classes if num_classes is None else num_classes
    rng = np.random.default_rng() if rng is None else rng
    settings = {"rng": rng, "dtype": dtype}
    size = chosen.input_size if image_size is None else image_size
    shape, layers = (1, size, size, 3), []
    for number, block in enumerate(chosen.blocks, start=1):
        layers += mlpconv(shape[-1], block, number, classes, initialization, settings)
        shape = Sequential(layers).output_shape((1, size, size, 3))
        if number < len(chosen.blocks):
            layers.append((f"pool{number}", MaxPool2d(3, 2, ceil_padding(shape[1], 3, 2))))
        if block.dropout:
            layers.append((f"drop{number}", Dropout(dropout, rng=rng)))
    layers.append(("mean", GlobalAvgPool2d()))
    return Sequential(layers)


def mlpconv(
    in_channels: int, block: Block, number: int, classes: int, initialization: str, settings: dict
) -> list:
    """A block's layers: conv1 relu_conv1 cccp1 relu_cccp1 cccp2 relu_cccp2 (Caffe's names)."""
    names = (f"conv{number}", f"cccp{2 * number - 1}", f"cccp{2 * number}")
    layers = []
    for place, (name, channels) in enumerate(zip(names, block.channels, strict=True)):
        channels = classes if channels is None else channels
        scheme = block.stds[place] if initialization == "source" else initialization
        window = (block.kernel_size, block.stride, block.padding) if place == 0 else (1,)
        conv = Conv2d(in_channels, channels, *window, weight_init=scheme, **settings)
        layers += [(name, conv), (f"relu_{name}", ReLU())]
        in_channels = channels
    return layers
