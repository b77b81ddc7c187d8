"""Weights on their way to other programs: PyTorch's names, order of axes and files.

Names follow torchvision's, `features.N` up to the last pooling and `classifier.N` after it, N
counting all layers of the part, those without weights too:

    torchvision        features.0, 3, 6, 8, 10      classifier.1, 4, 6
    paper, caffe, ...  features.0, 4, 8, 10, 12     classifier.0, 3, 6

so that an `nn.Sequential` of the layers of `tinyalex.summary`, in their order, loads them. Two
things differ in PyTorch: its LRN always divides α by the size (paper: α 5e-4), and conv1 of `paper`
and `original` needs `F.pad(x, (0, 3, 0, 3))` first. `original` needs an LRN that stays within half
of the maps, besides.

The file also holds our own metadata (`metadata.py`), which PyTorch ignores.
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
    """Writes a file that the other program loads. kind: "pytorch" or "safetensors"."""
    WRITERS[kind](Path(path), outgoing(weights), metadata.to_text(weights))


def torch_names(variant: str) -> dict[str, str]:
    """{"conv1": "features.0", ...}: see the top of this file."""
    layers = VARIANTS[variant].order.split()
    end = layers.index("flatten")
    places = {name: f"features.{place}" for place, name in enumerate(layers[:end])}
    places |= {name: f"classifier.{place}" for place, name in enumerate(layers[end + 1 :])}
    return {name: places[name] for name in LEARNING}


def outgoing(weights: Weights) -> list[TensorToWrite]:
    """Every array under its name there, as a view in the order that it has there."""
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
