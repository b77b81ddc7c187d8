"""ZFNet (Zeiler and Fergus 2013): AlexNet in one column, with smaller kernels in conv1."""

from __future__ import annotations

import numpy as np

from tinyalex import backend
from tinyalex.layers import Conv2d, Dropout, Flatten, Linear, LocalResponseNorm, MaxPool2d, ReLU
from tinyalex.models.ceil_rule import ceil_padding
from tinyalex.models.sequential import Sequential

CONVOLUTIONS = (  # kernels, size, stride, padding (None: as needed to round sizes up)
    (96, 7, 2, None),
    (256, 5, 2, None),
    (384, 3, 1, 1),
    (384, 3, 1, 1),
    (256, 3, 1, 1),
)
POOLED = (1, 2, 5)
NORMALIZED = (1, 2)


def zfnet(
    num_classes: int = 1000,
    *,
    image_size: int = 224,
    initialization: str = "source",
    dropout: float = 0.5,
    rng: np.random.Generator | None = None,
    dtype: str = "float32",
) -> Sequential:
    """For input (N, size, size, 3): conv → ReLU → pool → norm in layers 1 and 2, 62,357,608 params.

    Sizes are rounded up, as in cuda-convnet: 224 → 110 → 55 → 26 → 13 → 6.
    initialization: "source", as published (σ .01, biases 0); "he", for input of variance 1; or
    "zeros", for loading weights.
    """
    schemes = {"source": 0.01, "he": "he", "zeros": "zeros"}
    if initialization not in schemes:
        raise ValueError(
            f"initialization must be 'source', 'he' or 'zeros'; got {initialization!r}"
        )
    rng = np.random.default_rng() if rng is None else rng
    settings = {"weight_init": schemes[initialization], "rng": rng, "dtype": dtype}
    layers, shape = [], (1, image_size, image_size, 3)

    def add(name: str, layer) -> None:
        nonlocal shape
        shape = layer.output_shape(shape)
        layers.append((name, layer))

    for number, (kernels, kernel, stride, padding) in enumerate(CONVOLUTIONS, start=1):
        padding = ceil_padding(shape[1], kernel, stride) if padding is None else padding
        add(f"conv{number}", Conv2d(shape[-1], kernels, kernel, stride, padding, **settings))
        add(f"relu{number}", ReLU())
        if number in POOLED:
            add(f"pool{number}", MaxPool2d(3, 2, ceil_padding(shape[1], 3, 2)))
        if number in NORMALIZED:
            add(f"norm{number}", LocalResponseNorm())
    add("flatten", Flatten())
    for number in (6, 7):
        add(f"fc{number}", Linear(shape[-1], 4096, **settings))
        add(f"relu{number}", ReLU())
        add(f"drop{number}", Dropout(dropout, rng=rng))
    add("fc8", Linear(4096, num_classes, **settings))
    return Sequential(layers)


def renormalize_filters(net: Sequential, radius: float = 0.1) -> int:
    """Scales each convolution kernel whose RMS exceeds the radius down to it; returns how many.

    Zeiler and Fergus do this after each step, so that a few first-layer kernels do not dominate.
    """
    changed = 0
    for _, layer in net:
        if not isinstance(layer, Conv2d):
            continue
        W = layer.params["W"]
        size = backend.xp.sqrt((W * W).mean(axis=(0, 1, 2)))
        W *= backend.xp.minimum(1, radius / backend.xp.maximum(size, 1e-30)).astype(W.dtype)
        changed += int((size > radius).sum())
    return changed
