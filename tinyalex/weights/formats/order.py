"""The order of a network's layers, if its file has names for them but no graph.

There are two clues: the order in the file, which is the network's unless the writer sorted the
names as text ("features.10" before "features.3"), and the names, with digits compared as numbers.
If they disagree, the shapes decide: each layer must take as many inputs as the previous one has
outputs.
"""

from __future__ import annotations

import math
import re

import numpy as np

from tinyalex.weights.formats.parsed_file import FileLayer, in_order, shown


def natural(name: str) -> list:
    """A sort key that compares digits in names as numbers."""
    parts = re.split(r"(\d{1,9})", name)
    return [int(part) if odd % 2 else part for odd, part in enumerate(parts)]


def in_network_order(layers: list[FileLayer], layout: str = "KCHW") -> list[FileLayer]:
    """The layers in network order, convolutions first; `layers` are in file order.

    Raises ValueError if file and names disagree and the shapes allow both.
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
        return by_name  # sorted as text, so the file's order means nothing
    first, second = (shown(layer.name) for layer in differing[0])
    raise ValueError(
        f"the order of its layers is ambiguous: {first} comes before {second} in the file, but "
        "after it by name, and the shapes allow both: rename the layers in order"
    )


def layers_of_state_dict(tensors: dict[str, np.ndarray]) -> list[FileLayer]:
    """Pairs "x.weight" with "x.bias", in network order; `tensors` are in file order.

    Raises ValueError if a tensor is left over: a network with batch normalization, for example, is
    not an AlexNet, and would give wrong results without it.
    """
    # Counters, such as those of averaged weights or a metric, do not affect the output.
    left = {k: a for k, a in tensors.items() if a.ndim or a.dtype.kind not in "iub"}
    layers = []
    for key, weight in tensors.items():
        name = key.removesuffix(".weight")
        if name == key or weight.ndim not in (2, 4):
            continue
        if f"{name}.bias" not in left:
            raise ValueError(f"layer {shown(name)} has no bias: not a known AlexNet")
        layers.append(FileLayer(name, left.pop(key), left.pop(f"{name}.bias")))
    if left:
        key = next(iter(left))
        raise ValueError(
            f"{shown(key)} {left[key].shape} belongs to no convolution or fully connected layer: "
            "not a known AlexNet"
        )
    return in_network_order(layers)


def fits_together(layers: list[FileLayer], layout: str) -> bool:
    """Whether each layer's inputs match the previous layer's outputs, in one group or two."""
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
    """Whether `maps` square maps of some size have this many numbers."""
    side = math.isqrt(inputs // maps) if maps else 0
    return side * side * maps == inputs
