"""What every reader returns: the layers with weights, and what else the file says about them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

MOST_DIMENSIONS = 8


@dataclass(frozen=True)
class FileLayer:
    """A layer's weight and bias, with its name in the file."""

    name: str
    weight: np.ndarray
    bias: np.ndarray


@dataclass(frozen=True)
class Step:
    """One operation of the file's graph: "conv", "relu", "norm", "cnorm" (within a channel),
    "pool" (maximum), "fc", or the file's own name for anything else.

    norm: an LRN's (k, α), where α multiplies the plain sum of squares.
    """

    kind: str
    norm: tuple[float, float] | None = None


@dataclass(frozen=True)
class ParsedFile:
    """The contents of a file, still in the layout of the program that wrote it.

    layers        in network order, convolutions before fully connected layers
    layout        "KCHW": conv (K, C/groups, KH, KW), fc (out, in), fc6 reading C, H, W;
                  "HWCK": conv (KH, KW, C/groups, K), fc (in, out), fc6 reading H, W, C
    conventions   a key of `sources.CONVENTIONS`, or None if the format implies none
    steps         the graph, if the file has one
    mean          (3,) blue, green, red, if the file has one
    own_metadata  the metadata that `export` adds: see `metadata.py`
    """

    format: str
    layers: list[FileLayer]
    layout: str = "KCHW"
    conventions: str | None = None
    steps: list[Step] = field(default_factory=list)
    mean: np.ndarray | None = None
    own_metadata: str | None = None


def in_order(layers: list[FileLayer]) -> list[FileLayer]:
    """The layers with convolutions first, otherwise in the same order."""
    return sorted(layers, key=lambda layer: layer.weight.ndim == 2)


def shown(text: object) -> str:
    """A name from a file for an error message: quoted, short and on one line."""
    text = str(text) if isinstance(text, str | bytes) else type(text).__name__
    return repr(text if len(text) <= 60 else text[:57] + "...")
