"""A network cut after one layer, which is all that inspecting that layer needs."""

from __future__ import annotations

from pathlib import Path

from tinyalex.models import Sequential, alexnet
from tinyalex.weights import Weights

CLASSES = 1000  # a placeholder if the file has no fc8, which is then never used


def cut(net: Sequential, layer: str) -> Sequential:
    """The layers up to and including this one (not copied). Raises ValueError for unknown names."""
    names = [name for name, _ in net]
    if layer not in names:
        raise ValueError(f"no layer {layer!r}: choose one of {', '.join(names)}")
    return Sequential(net.layers[: names.index(layer) + 1])


def net_up_to(weights: Weights, layer: str, source: str | Path = "the file") -> Sequential:
    """The network of a weights file, cut after `layer`; later layers may be missing.

    Raises ValueError if the file lacks weights that the layer needs.
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
    """The last layer before the first with missing weights: flatten, if only conv layers exist."""
    last = "the input"
    for name, layer in _empty(weights):
        if any(f"{name}.{key}" not in weights.arrays for key in layer.params):
            break
        last = name
    return last


def _empty(weights: Weights) -> Sequential:
    """The whole network with zero weights, which take no memory until they are written to."""
    classes = len(weights.arrays["fc8.b"]) if "fc8.b" in weights.arrays else CLASSES
    crop = weights.preprocessing.crop
    return alexnet(classes, weights.variant, image_size=crop, initialization="zeros")


def _lacking(net: Sequential, weights: Weights) -> list[str]:
    """The layers with missing arrays, each once."""
    names = [name.split(".")[0] for name in net.parameters() if name not in weights.arrays]
    return list(dict.fromkeys(names))
