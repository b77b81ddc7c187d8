"""What every reader returns: the layers with weights, and what else the file tells of them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

MOST_DIMENSIONS = 8


@dataclass(frozen=True)
class FileLayer:
    """A layer's weight and bias under the name that they have in the file."""

    name: str
    weight: np.ndarray
    bias: np.ndarray


@dataclass(frozen=True)
class Step:
    """One operation of the file's graph: "conv", "relu", "norm", "cnorm" (within a channel),
    "pool" (maximum), "fc", or another program's name for something else.

    norm: of an LRN (k, α as it multiplies the plain sum of squares).
    """

    kind: str
    norm: tuple[float, float] | None = None


@dataclass(frozen=True)
class ParsedFile:
    """The contents of a file, still in the layout of the program that wrote it.

    layers       in the order of the network, convolutions before fully connected layers
    layout       "KCHW": conv (K, C/groups, KH, KW), fc (out, in), fc6 reading C, H, W;
                 "HWCK": conv (KH, KW, C/groups, K), fc (in, out), fc6 reading H, W, C
    conventions  a key of `sources.CONVENTIONS`; None where the format is everybody's
    steps        the graph, where the file has one
    mean         (3,) blue, green, red, where the file has it
    own_metadata  what `export` added: see `metadata.py`
    """

    format: str
    layers: list[FileLayer]
    layout: str = "KCHW"
    conventions: str | None = None
    steps: list[Step] = field(default_factory=list)
    mean: np.ndarray | None = None
    own_metadata: str | None = None


def in_order(layers: list[FileLayer]) -> list[FileLayer]:
    """Convolutions first; otherwise as they were."""
    return sorted(layers, key=lambda layer: layer.weight.ndim == 2)


def shown(text: object) -> str:
    """A name from a file, fit for an error message: quoted, on one line, and short."""
    text = str(text) if isinstance(text, str | bytes) else type(text).__name__
    return repr(text if len(text) <= 60 else text[:57] + "...")
