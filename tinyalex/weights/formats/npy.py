"""NumPy files that hold an AlexNet.

bvlc_alexnet.npy   a pickled dictionary: {"conv1": [W (KH, KW, C/groups, K), b], ...}, fully
                   connected W (in, out) reading H, W, C; Caffe's pictures
*.npz              "conv1_w" (K, C/groups, KH, KW), "conv1_b", ... and "mean", all as in Caffe

`numpy.load(..., allow_pickle=True)` would execute code in the pickle; see `pickles.py`. An .npy has
no checksum, so a flipped bit in the numbers goes unnoticed. Format: numpy/lib/format.py.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from tinyalex.weights.formats.archive import Entry
from tinyalex.weights.formats.elements import count_of, itemsize, numbers
from tinyalex.weights.formats.order import in_network_order
from tinyalex.weights.formats.parsed_file import FileLayer, ParsedFile, shown
from tinyalex.weights.formats.pickles import Buildable, Function, read_pickle, text

MAGIC = b"\x93NUMPY"
# As NumPy writes it, including Python 2's long integers; nothing is evaluated.
HEADER = re.compile(
    rb"\{'descr': '([<>=|]?[a-zA-Z]\d{0,2})', 'fortran_order': (True|False), "
    rb"'shape': \(([0-9L, ]{0,99})\), \} *\n"
)
FLOATS = ("<f2", "<f4", "<f8")
LONGEST_HEADER = 4096


class _Dtype(Buildable):
    """numpy.dtype("f4"), before and after its byte order is set."""

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def build(self, state: Any) -> None:
        if not isinstance(state, tuple) or len(state) < 2:
            raise ValueError("its pickle has a dtype without a byte order")
        if self.kind in ("f2", "f4", "f8"):
            self.kind = text(state[1]) + self.kind


class _Array(Buildable):
    """numpy.ndarray, before and after version, shape, dtype, Fortran order and data are set."""

    value: np.ndarray | list | None = None

    def build(self, state: Any) -> None:
        if not isinstance(state, tuple) or len(state) != 5 or not isinstance(state[2], _Dtype):
            raise ValueError("its pickle has an array without a valid shape and type")
        _, shape, dtype, fortran, data = state
        if dtype.kind in ("O", "O8") and isinstance(data, list):
            self.value = data
            return
        if dtype.kind not in FLOATS or not isinstance(data, bytes | memoryview):
            raise ValueError("its pickle has an array that is not of little-endian floats")
        self.value = _shaped(memoryview(data), dtype.kind, shape, fortran is True)


def _reconstruct(arguments: tuple) -> _Array:
    return _Array()


def _dtype(arguments: tuple) -> _Dtype:
    if not arguments:
        raise ValueError("its pickle has an empty dtype")
    return _Dtype(text(arguments[0]))


NAMES: dict[tuple[str, str], Any] = {
    ("numpy.core.multiarray", "_reconstruct"): Function(_reconstruct),
    ("numpy._core.multiarray", "_reconstruct"): Function(_reconstruct),
    ("numpy", "ndarray"): None,  # the argument of _reconstruct, always the same
    ("numpy", "dtype"): Function(_dtype),
}


def read_npy(data: memoryview) -> ParsedFile:
    """bvlc_alexnet.npy and similar files. Raises ValueError for anything else."""
    kind, _, shape, start = _header(data)
    if kind != "|O" or shape != ():
        raise ValueError("it holds an array, not a dictionary of layers")
    value, end = read_pickle(data, NAMES, start)
    if end != len(data):
        raise ValueError(f"{len(data) - end:,} bytes are left over at its end")
    items = value.value if isinstance(value, _Array) else None
    if not isinstance(items, list) or len(items) != 1 or not isinstance(items[0], dict):
        raise ValueError("its pickle is not a dictionary of layers")
    layers = [_layer(text(name), pair) for name, pair in items[0].items()]
    return ParsedFile("NumPy dictionary (.npy)", in_network_order(layers, "HWCK"), "HWCK", "caffe")


def read_npz(entries: dict[str, Entry]) -> ParsedFile:
    """An .npz with names such as conv1_w and conv1_b. Raises ValueError for anything else."""
    names = [name.removesuffix("_w.npy") for name in entries if name.endswith("_w.npy")]
    layers = []
    for name in names:
        if f"{name}_b.npy" not in entries:
            raise ValueError(f"layer {shown(name)} has no bias: {shown(name + '_b')} is missing")
        pair = [_array(entries[f"{name}{part}.npy"]) for part in ("_w", "_b")]
        layers.append(_layer(name, pair))
    mean = _array(entries["mean.npy"]) if "mean.npy" in entries else None
    if mean is not None and (mean.shape != (3,) or not np.isfinite(mean).all()):
        raise ValueError("its mean is not three finite numbers, for B, G and R")
    return ParsedFile(
        "NumPy arrays (.npz)", in_network_order(layers), conventions="caffe", mean=mean
    )


def _layer(name: str, pair: Any) -> FileLayer:
    if not isinstance(pair, list | tuple) or len(pair) != 2:
        raise ValueError(f"layer {shown(name)} is not a pair of weight and bias")
    weight, bias = (item.value if isinstance(item, _Array) else item for item in pair)
    if not isinstance(weight, np.ndarray) or not isinstance(bias, np.ndarray):
        raise ValueError(f"layer {shown(name)} is not a pair of arrays")
    return FileLayer(name, weight, bias)


def _array(entry: Entry) -> np.ndarray:
    data = entry.inflated()
    kind, fortran, shape, start = _header(data)
    if kind not in FLOATS:
        raise ValueError(f"{shown(entry.name)} holds {kind}, not little-endian floats")
    return _shaped(data[start:], kind, shape, fortran)


def _shaped(raw: memoryview, kind: str, shape: Any, fortran: bool) -> np.ndarray:
    if not isinstance(shape, tuple):
        raise ValueError("an array has no valid shape")
    if len(raw) != count_of(shape, len(raw)) * itemsize(kind):
        raise ValueError(f"an array of shape {shape} has {len(raw):,} bytes, which does not fit")
    return numbers(raw, kind).reshape(shape, order="F" if fortran else "C")


def _header(data: memoryview) -> tuple[str, bool, tuple[int, ...], int]:
    """Type, Fortran order, shape, and the offset of the numbers."""
    wide = 2 if data[6:7] == b"\1" else 4  # bytes of the length, by version
    start = 8 + wide + int.from_bytes(data[8 : 8 + wide], "little")
    if data[:6] != MAGIC or data[6:8] not in (b"\1\0", b"\2\0", b"\3\0"):
        raise ValueError("not a NumPy array")
    if start > min(LONGEST_HEADER, len(data)):
        raise ValueError(f"an array's header claims an impossible {start:,} bytes")
    match = HEADER.fullmatch(bytes(data[8 + wide : start]))
    if match is None:
        raise ValueError("an array's header is damaged, or of a kind that weights never have")
    shape = tuple(int(side) for side in re.findall(rb"\d{1,15}", match[3]))
    return match[1].decode(), match[2] == b"True", shape, start
