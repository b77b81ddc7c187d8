"""Writes PyTorch's zip format, for `torch.load(path, weights_only=True)`, without PyTorch.

The pickle holds an OrderedDict of names and tensors, each tensor filling its own storage. Opcodes
as in Python's `pickletools`; see `pytorch.py` for the zip.
"""

from __future__ import annotations

import math
import struct
import zipfile
from collections.abc import Iterable
from pathlib import Path

from tinyalex.support.files import write_whole
from tinyalex.weights.formats.pytorch import OWN_METADATA
from tinyalex.weights.formats.tensor_to_write import TensorToWrite

FOLDER = "alexnet"
ALIGNMENT = 64  # bytes: PyTorch memory-maps storages and aligns them to multiples of this
LOCAL_HEADER = 30  # bytes, before the name


def write_pytorch(path: Path, tensors: list[TensorToWrite], own_metadata: str) -> None:
    """Writes a state_dict of float32 tensors, completely or not at all."""

    def write(file) -> None:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
            _entry(archive, "data.pkl", pickled(tensors))
            _entry(archive, "byteorder", b"little")
            _entry(archive, OWN_METADATA, own_metadata.encode())
            for number, tensor in enumerate(tensors):
                _entry(archive, f"data/{number}", tensor.bytes())
            _entry(archive, "version", b"3\n")

    write_whole(path, write)


def pickled(tensors: Iterable[TensorToWrite]) -> bytes:
    """The state_dict, with references to storages "0", "1", ... instead of the numbers."""
    items = b"".join(
        _text(tensor.name) + _tensor(str(number), tensor.shape)
        for number, tensor in enumerate(tensors)
    )
    return b"\x80\x02" + EMPTY_DICT + b"(" + items + b"u."


EMPTY_DICT = b"ccollections\nOrderedDict\n)R"


def _tensor(key: str, shape: tuple[int, ...]) -> bytes:
    strides = tuple(math.prod(shape[axis + 1 :]) for axis in range(len(shape)))
    storage = (
        b"(" + _text("storage") + b"ctorch\nFloatStorage\n" + _text(key) + _text("cpu")
        + _number(math.prod(shape)) + b"tQ"
    )  # fmt: skip
    return (
        b"ctorch._utils\n_rebuild_tensor_v2\n("
        + storage + _number(0) + _tuple(shape) + _tuple(strides)
        + b"\x89" + EMPTY_DICT  # requires_grad = False, no hooks
        + b"tR"
    )  # fmt: skip


def _text(text: str) -> bytes:
    data = text.encode()
    return b"X" + struct.pack("<I", len(data)) + data


def _number(number: int) -> bytes:
    return b"J" + struct.pack("<i", number)


def _tuple(numbers: tuple[int, ...]) -> bytes:
    return b"(" + b"".join(map(_number, numbers)) + b"t"


def _entry(archive: zipfile.ZipFile, name: str, data: bytes | memoryview) -> None:
    """Adds an entry, with an extra field of zeros that aligns its bytes to ALIGNMENT."""
    info = zipfile.ZipInfo(f"{FOLDER}/{name}")
    begin = archive.start_dir + LOCAL_HEADER + len(info.filename) + 4
    padding = -begin % ALIGNMENT
    info.extra = b"FB" + struct.pack("<H", padding) + bytes(padding)
    archive.writestr(info, data)
