"""Exports weights with PyTorch's names, order of axes and file formats.

Names follow torchvision: `features.N` up to the last pooling and `classifier.N` after it, where N
counts all layers of that part, including those without weights:

    torchvision        features.0, 3, 6, 8, 10      classifier.1, 4, 6
    paper, caffe, ...  features.0, 4, 8, 10, 12     classifier.0, 3, 6

An `nn.Sequential` of the layers that `tinyalex.summary` prints, in that order, can load them. Note
two differences in PyTorch: its LRN always divides α by the size (paper: α 5e-4), and conv1 of
`paper` and `original` needs `F.pad(x, (0, 3, 0, 3))` first. `original` also needs an LRN that stays
within one half of the maps.

The file also holds our metadata (`metadata.py`), which PyTorch ignores.
"""

from __future__ import annotations

from pathlib import Path

from tinyalex.models import VARIANTS
from tinyalex.weights import metadata
from tinyalex.weights.formats.pytorch_writer import write_pytorch
from tinyalex.weights.formats.safetensors import write_safetensors
from tinyalex.weights.formats.tensor_to_write import TensorToWrite
from tinyalex.weights.layout import to_theirs
from tinyalex.weights.weights import LEARNING, Weights

WRITERS = {"pytorch": write_pytorch, "safetensors": write_safetensors}


def export(weights: Weights, path: Path, kind: str) -> None:
    """Writes a file for other programs. kind: "pytorch" or "safetensors"."""
    WRITERS[kind](Path(path), outgoing(weights), metadata.to_text(weights))


def torch_names(variant: str) -> dict[str, str]:
    """{"conv1": "features.0", ...}: see the top of this file."""
    layers = VARIANTS[variant].order.split()
    end = layers.index("flatten")
    places = {name: f"features.{place}" for place, name in enumerate(layers[:end])}
    places |= {name: f"classifier.{place}" for place, name in enumerate(layers[end + 1 :])}
    return {name: places[name] for name in LEARNING}


def outgoing(weights: Weights) -> list[TensorToWrite]:
    """Every array under its PyTorch name, as a view in PyTorch's order of axes."""
    maps = VARIANTS[weights.variant].channels[-1]
    result = []
    for name, key in torch_names(weights.variant).items():
        if f"{name}.W" not in weights.arrays:
            continue
        shape, view = to_theirs(name, weights.arrays[f"{name}.W"], maps)
        bias = weights.arrays[f"{name}.b"]
        result += [
            TensorToWrite(f"{key}.weight", shape, view),
            TensorToWrite(f"{key}.bias", bias.shape, bias),
        ]
    return result
