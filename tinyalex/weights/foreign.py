"""Reads weights from other programs' files: detects the format and converts to ours."""

from __future__ import annotations

import mmap
import os
from pathlib import Path
from typing import Any

import numpy as np

from tinyalex.models import VARIANTS, alexnet
from tinyalex.weights import metadata
from tinyalex.weights.formats import caffe, npy, onnx, protobuf, pytorch, pytorch_legacy
from tinyalex.weights.formats.archive import Entry, open_archive
from tinyalex.weights.formats.other_files import ONNX, what_it_is, what_message
from tinyalex.weights.formats.parsed_file import ParsedFile, shown
from tinyalex.weights.formats.safetensors import begins_safetensors, read_safetensors
from tinyalex.weights.layout import as_float32, named, to_ours
from tinyalex.weights.preprocessing import Preprocessing
from tinyalex.weights.sources import CONNECTED, CONVENTIONS, preprocessing_of, variant_of
from tinyalex.weights.weights import Weights

KNOWN = "PyTorch, Caffe, ONNX, safetensors or NumPy"


def read_foreign(
    path: str | Path,
    variant: str | None = None,
    *,
    conventions: str | None = None,
    crop: int | None = None,
    key: str | None = None,
) -> Weights:
    """The weights in a PyTorch, Caffe, ONNX, safetensors or NumPy file, in our layout.

    The format is detected from the contents, never from the name. No code in the file is executed,
    and memory use is limited to its arrays, before and after conversion.

    variant      needed only if the file is ambiguous: see `variant_of`
    conventions  "torchvision" or "caffe": how pictures are prepared, if not as usual for the format
                 (`CONVENTIONS`; for ONNX: Caffe's with two groups, else torchvision's)
    crop         side of the input, if not the variant's 224 or 227
    key          which network, if a PyTorch checkpoint holds several (such as "state_dict_ema")

    Raises ValueError for a missing or damaged file, or a network that is not an AlexNet.
    """
    if variant is not None and variant not in VARIANTS:
        raise ValueError(f"unknown variant {variant!r}: choose one of {', '.join(VARIANTS)}")
    if conventions is not None and conventions not in CONVENTIONS:
        raise ValueError(f"unknown conventions {conventions!r}: {' or '.join(CONVENTIONS)}")
    found = read_layers(path, key)
    try:
        return _weights(found, variant, conventions, crop)
    except ValueError as error:
        raise ValueError(f"{path} ({found.format}): {error}") from None


def read_layers(path: str | Path, key: str | None = None) -> ParsedFile:
    """The contents of the file, not yet converted. Raises ValueError if it cannot be read."""
    path = Path(path)
    data = _bytes(path)
    try:
        found = _read(path, data, key)
        if key is not None and not found.format.startswith("PyTorch"):
            raise ValueError(f"{found.format} files hold one network: leave out --key")
        return found
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def is_ours(path: Path) -> bool:
    """Whether the file is a tinyalex checkpoint. Raises ValueError if it cannot be read, or if it
    is a compressed one, which could expand to any size."""
    data = _bytes(path)
    try:
        entries = open_archive(path, data) if data[:2] == b"PK" else {}
        if "about.npy" not in entries:
            return False
        for entry in entries.values():
            entry.stored()
        return True
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def _bytes(path: Path) -> memoryview:
    """The file's bytes, memory-mapped: they are read on access, so the file must not be truncated
    meanwhile."""
    try:
        if (
            not path.is_dir() and path.exists() and not path.is_file()
        ):  # such as a pipe, which could block forever
            raise ValueError(f"{path} is not a regular file")
        with open(path, "rb") as file:
            if not os.fstat(file.fileno()).st_size:
                raise ValueError(f"{path} is empty (0 bytes): download or write it again")
            return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    except OSError as error:
        raise ValueError(f"cannot read {path}: {error.strerror or error}") from None


def _read(path: Path, data: memoryview, key: str | None) -> ParsedFile:
    if data[:4] == b"PK\3\4":
        entries = open_archive(path, data)
        if any(name.endswith("/data.pkl") for name in entries):
            return pytorch.read_zip(entries, key)
        if any(name.endswith("_w.npy") for name in entries):
            return npy.read_npz(entries)
        raise ValueError(_other_zip(entries))
    if data[257:262] == b"ustar":
        return pytorch_legacy.read_tar(data, key)
    if pytorch_legacy.begins_stream(data):
        return pytorch_legacy.read_stream(data, key)
    if data[:6] == npy.MAGIC:
        return npy.read_npy(data)
    if begins_safetensors(data):
        return read_safetensors(data)
    what = what_it_is(data)
    if what is not None:
        raise ValueError(f"this is {what}")
    return _read_protobuf(data, path.parent)


def _other_zip(entries: dict[str, Entry]) -> str:
    """Describes a zip file that is neither PyTorch's nor NumPy's with known names."""
    names = list(entries)
    listed = ", ".join(map(shown, names[:4])) + (", ..." if len(names) > 4 else "")
    if "model.weights.h5" in names:
        return f"this is a Keras model (.keras), which is not supported: {ONNX}"
    if names and all(name.endswith(".npy") for name in names):
        return f"its NumPy arrays are not named conv1_w, conv1_b and so on: {listed}"
    return f"this is a zip file of {listed or 'nothing'}, not weights: unpack it"


def _read_protobuf(data: memoryview, folder: Path) -> ParsedFile:
    """ONNX or Caffe: neither has a magic number, but their layers have different field numbers."""
    try:
        parts = {number for number, wire, _ in protobuf.fields(data) if wire == protobuf.LENGTH}
        what = "" if onnx.GRAPH in parts else what_message(data)
    except ValueError as error:
        raise ValueError(f"not a weights file of {KNOWN}, or a damaged one ({error})") from None
    if what:
        raise ValueError(f"this is {what}")
    if onnx.GRAPH in parts:
        return onnx.read_onnx(data, folder)
    if not parts.isdisjoint(caffe.LAYERS):
        return caffe.read_caffe(data)
    raise ValueError(f"not a weights file of {KNOWN}")


def _weights(
    found: ParsedFile, variant: str | None, conventions: str | None, crop: int | None
) -> Weights:
    about: dict[str, Any] = {"source": found.format}
    classes = None
    if found.own_metadata is not None:
        if conventions or crop:
            raise ValueError(
                "the file says how pictures are prepared: leave out --conventions and --crop"
            )
        own, preprocessing, classes, about = metadata.from_text(found.own_metadata)
        variant = variant_of(found, variant or own)
        bgr = False
    else:
        variant = variant_of(found, variant)
        conventions = conventions or found.conventions or _custom(variant)
        bgr = CONVENTIONS[conventions].bgr
        crop = crop or VARIANTS[variant].input_size
        preprocessing = preprocessing_of(conventions, crop, found.mean)
    arrays = _arrays(found, bgr, VARIANTS[variant].channels[-1])
    _check(arrays, variant, preprocessing, found.layout)
    if classes is not None and len(classes) != len(arrays.get("fc8.b", classes)):
        raise ValueError(f"{len(classes)} class names for {len(arrays['fc8.b'])} outputs")
    return Weights(variant, arrays, preprocessing, classes, about)


def _custom(variant: str) -> str:
    """The conventions of a network in a format, such as ONNX, that implies none."""
    return "torchvision" if variant == "torchvision" else "caffe"


def _arrays(found: ParsedFile, bgr: bool, maps: int) -> dict[str, np.ndarray]:
    arrays = {}
    for name, layer in named(found).items():
        arrays[f"{name}.W"] = to_ours(name, layer.weight, found.layout, bgr, maps)
        arrays[f"{name}.b"] = as_float32(f"{name}.b", layer.bias)
    return arrays


def _check(
    arrays: dict[str, np.ndarray], variant: str, preprocessing: Preprocessing, layout: str
) -> None:
    """Raises ValueError unless the arrays are finite and fit the variant's network."""
    outputs = len(arrays["fc8.b"]) if "fc8.b" in arrays else 1
    crop = preprocessing.crop
    if not 0 < crop <= preprocessing.size:
        raise ValueError(f"--crop must be 1 to {preprocessing.size}; got {crop}")
    net = alexnet(outputs, variant, image_size=crop, initialization="zeros")
    for name, expected in net.parameters().items():
        if name not in arrays:
            continue
        shape = arrays[name].shape
        if len(shape) == 2 and shape == expected.shape[::-1] != expected.shape:
            raise ValueError(
                f"{name.removesuffix('.W')} is stored transposed: this format stores fully "
                f"connected weights as {CONNECTED[layout]}"
            )
        if shape != expected.shape:
            raise ValueError(
                f"{name} has shape {shape}, but {variant} needs {expected.shape} for input "
                f"{crop} × {crop} (--crop changes it)"
            )
        if not np.isfinite(arrays[name]).all():
            raise ValueError(f"{name} holds a NaN or an infinity")
