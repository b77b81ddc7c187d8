"""A network up to one of its layers, which is all that looking at that layer needs."""

from __future__ import annotations

from pathlib import Path

from tinyalex.models import Sequential, alexnet
from tinyalex.weights import Weights

CLASSES = 1000  # of a network whose fc8 is not there, and so is never used


def cut(net: Sequential, layer: str) -> Sequential:
    """The layers up to this one, the same objects. ValueError where there is none of that name."""
    names = [name for name, _ in net]
    if layer not in names:
        raise ValueError(f"no layer {layer!r}: choose one of {', '.join(names)}")
    return Sequential(net.layers[: names.index(layer) + 1])


def net_up_to(weights: Weights, layer: str, source: str | Path = "the file") -> Sequential:
    """The network of a weights file, cut behind `layer`; what comes later need not be there.

    ValueError, in one line, where the file lacks what the layer needs.
    """
    net = cut(_empty(weights), layer)
    if lacking := _lacking(net, weights):
        raise ValueError(
            f"{source} has no {', '.join(lacking)}, which {layer} needs: "
            f"choose a layer up to {deepest(weights)}"
        )
    net.load_state_dict({name: weights.arrays[name] for name in net.parameters()})
    return net


def deepest(weights: Weights) -> str:
    """The last layer before the first one whose weights are missing: of a trunk, flatten."""
    last = "the input"
    for name, layer in _empty(weights):
        if any(f"{name}.{key}" not in weights.arrays for key in layer.params):
            break
        last = name
    return last


def _empty(weights: Weights) -> Sequential:
    """The whole network with zeros, which take no memory until something is written to them."""
    classes = len(weights.arrays["fc8.b"]) if "fc8.b" in weights.arrays else CLASSES
    crop = weights.preprocessing.crop
    return alexnet(classes, weights.variant, image_size=crop, initialization="zeros")


def _lacking(net: Sequential, weights: Weights) -> list[str]:
    """The layers, each once, of which an array is not there."""
    names = [name.split(".")[0] for name in net.parameters() if name not in weights.arrays]
    return list(dict.fromkeys(names))
