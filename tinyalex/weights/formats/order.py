"""In which order a network's layers stand, where its file has names for them but no graph.

Two things tell: the order in the file, which is the network's unless whoever wrote it sorted the
names as text ("features.10" before "features.3"), and the names, numbers taken as numbers. Where
they differ, the shapes decide: each layer must take as many inputs as the one before has outputs.
"""

from __future__ import annotations

import math
import re

import numpy as np

from tinyalex.weights.formats.parsed_file import FileLayer, in_order, shown


def natural(name: str) -> list:
    """A key that sorts numbers in names as numbers."""
    parts = re.split(r"(\d{1,9})", name)
    return [int(part) if odd % 2 else part for odd, part in enumerate(parts)]


def in_network_order(layers: list[FileLayer], layout: str = "KCHW") -> list[FileLayer]:
    """The layers as the network has them, convolutions first; `layers` come as the file has them.

    ValueError where file and names differ and the shapes allow either.
    """
    as_text = sorted(layers, key=lambda layer: layer.name)
    given = in_order(layers)
    by_name = in_order(sorted(layers, key=lambda layer: natural(layer.name)))
    differing = [(a, b) for a, b in zip(given, by_name, strict=True) if a is not b]
    if not differing or not fits_together(given, layout):
        return by_name
    if not fits_together(by_name, layout):
        return given
    if [layer.name for layer in as_text] == [layer.name for layer in layers]:
        return by_name  # sorted as text, the file's order tells nothing
    first, second = (shown(layer.name) for layer in differing[0])
    raise ValueError(
        f"the order of its layers is not clear: {first} comes before {second} in the file, but "
        "after it by name, and the shapes allow both: name the layers in their order"
    )


def layers_of_state_dict(tensors: dict[str, np.ndarray]) -> list[FileLayer]:
    """Pairs "x.weight" with "x.bias", in the order of the network; `tensors` as in the file.

    ValueError where a tensor is left over: a network with, say, batch normalization is none of
    ours, and would give wrong answers without.
    """
    # Counters, as of averaged weights or of a metric, take no part in the answer.
    left = {k: a for k, a in tensors.items() if a.ndim or a.dtype.kind not in "iub"}
    layers = []
    for key, weight in tensors.items():
        name = key.removesuffix(".weight")
        if name == key or weight.ndim not in (2, 4):
            continue
        if f"{name}.bias" not in left:
            raise ValueError(f"layer {shown(name)} has no bias: no AlexNet known here")
        layers.append(FileLayer(name, left.pop(key), left.pop(f"{name}.bias")))
    if left:
        key = next(iter(left))
        raise ValueError(
            f"{shown(key)} {left[key].shape} belongs to no convolution or fully connected layer: "
            "no AlexNet known here has it"
        )
    return in_network_order(layers)


def fits_together(layers: list[FileLayer], layout: str) -> bool:
    """Whether each layer takes what the one before gives, in one group or two."""
    maps = 3
    before = None  # outputs of the last fully connected layer
    for layer in layers:
        shape = layer.weight.shape
        if len(shape) == 4:
            inputs, outputs = shape[2:] if layout == "HWCK" else (shape[1], shape[0])
            if maps not in (inputs, 2 * inputs):
                return False
            maps = outputs
        elif len(shape) == 2:
            inputs, outputs = shape if layout == "HWCK" else shape[::-1]
            if inputs != before and (before is not None or not _is_square_of(inputs, maps)):
                return False
            before = outputs
    return True


def _is_square_of(inputs: int, maps: int) -> bool:
    """Whether maps of some height and width, the same, have as many numbers."""
    side = math.isqrt(inputs // maps) if maps else 0
    return side * side * maps == inputs
