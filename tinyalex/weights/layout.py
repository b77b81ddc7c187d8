"""Converts between other programs' array layouts and ours.

                 elsewhere ("KCHW")        ours
convolution      (K, C/groups, KH, KW)     (KH, KW, C/groups, K)
fully connected  (out, in)                 (in, out)
fc6's inputs     pool5 in order C, H, W    pool5 in order H, W, C
conv1's inputs   blue, green, red (Caffe)  red, green, blue
"""

from __future__ import annotations

import math

import numpy as np

from tinyalex.weights.formats.parsed_file import FileLayer, ParsedFile

CONVOLUTIONS = ("conv1", "conv2", "conv3", "conv4", "conv5")
FULLY_CONNECTED = ("fc6", "fc7", "fc8")


def named(found: ParsedFile) -> dict[str, FileLayer]:
    """The layers by our names. Whatever its name in the file, the k-th convolution is conv k.

    The last layers may be missing. Raises ValueError for too many layers, or fc6 without conv5.
    """
    convolutions = [layer for layer in found.layers if layer.weight.ndim == 4]
    connected = [layer for layer in found.layers if layer.weight.ndim != 4]
    counts = f"{len(convolutions)} convolutions and {len(connected)} fully connected layers"
    if not convolutions:
        raise ValueError(f"not a known AlexNet: {counts}")
    if len(convolutions) > 5 or len(connected) > 3 or (connected and len(convolutions) < 5):
        raise ValueError(f"not a known AlexNet: {counts}, not 5 and 3")
    return {
        **dict(zip(CONVOLUTIONS, convolutions, strict=False)),
        **dict(zip(FULLY_CONNECTED, connected, strict=False)),
    }


def kernel_shape(layer: FileLayer, layout: str) -> tuple[int, ...]:
    """The shape of a convolution's weight as (KH, KW, C/groups, K)."""
    shape = layer.weight.shape
    return shape if layout == "HWCK" else (shape[2], shape[3], shape[1], shape[0])


def to_ours(name: str, weight: np.ndarray, layout: str, bgr: bool, maps: int) -> np.ndarray:
    """A weight in our layout, as float32. maps: channels of pool5. Raises ValueError if the number
    of dimensions or the type is wrong."""
    if weight.ndim == 4:
        weight = weight if layout == "HWCK" else weight.transpose(2, 3, 1, 0)
        if name == "conv1" and bgr:
            weight = weight[:, :, ::-1]
    elif weight.ndim == 2:
        if layout == "KCHW":
            weight = _from_chw(weight, maps) if name == "fc6" else weight.T
    else:
        raise ValueError(f"{name} has {weight.ndim} dimensions, not 2 or 4")
    return as_float32(name, weight)


def as_float32(name: str, array: np.ndarray) -> np.ndarray:
    """A float32 copy, independent of the file. Raises ValueError unless the array holds floats."""
    if array.dtype.kind != "f":
        raise ValueError(f"{name} holds {array.dtype} numbers, not floats")
    with np.errstate(over="ignore"):  # overflow becomes infinite, which `_check` rejects
        return np.array(array, dtype=np.float32, order="C")


def to_theirs(name: str, weight: np.ndarray, maps: int) -> tuple[tuple[int, ...], np.ndarray]:
    """A weight's shape in "KCHW", and a view of its numbers in that order."""
    if weight.ndim == 4:
        view = weight.transpose(3, 2, 0, 1)
        return view.shape, view
    if name != "fc6":
        return weight.T.shape, weight.T
    side = math.isqrt(len(weight) // maps)
    view = weight.reshape(side, side, maps, -1).transpose(3, 2, 0, 1)
    return (weight.shape[1], weight.shape[0]), view


def _from_chw(weight: np.ndarray, maps: int) -> np.ndarray:
    outputs, inputs = weight.shape
    side = math.isqrt(inputs // maps)
    if side * side * maps != inputs:
        raise ValueError(f"fc6 takes {inputs:,} inputs, which is not {maps} square maps")
    return weight.reshape(outputs, maps, side, side).transpose(2, 3, 1, 0).reshape(inputs, outputs)
