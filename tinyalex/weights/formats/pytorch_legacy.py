"""PyTorch's two older formats, which its published files used until 2021.

Stream (0.1.10 to 1.5): five consecutive pickles (a magic number, a version, the machine, the
state_dict, the storages' keys), then for each key an 8-byte count of numbers, and the numbers.

Tar (earlier): members "storages", "tensors" and "pickle". The first two hold a pickled count, then
one pickle per item, followed by its numbers or by the tensor's size, stride and offset. The last is
the state_dict, which refers to tensors by their keys.

Python's `tarfile` is not used: it supports links, sparse files and more, and has had endless loops
on hostile files, while a plain member takes ten lines. Neither format has checksums, so a flipped
bit in the numbers goes unnoticed. Source: torch/serialization.py, `_legacy_save` and
`_legacy_load`.
"""

from __future__ import annotations

import struct
from typing import Any

import numpy as np

from tinyalex.weights.formats.checkpoints import state_dict
from tinyalex.weights.formats.elements import itemsize, numbers
from tinyalex.weights.formats.order import layers_of_state_dict
from tinyalex.weights.formats.parsed_file import MOST_DIMENSIONS, ParsedFile, shown
from tinyalex.weights.formats.pickles import read_pickle, text
from tinyalex.weights.formats.tensors import NAMES, StorageType, storages, strided

MAGIC = 0x1950A86A20F9469CFC6C
VERSION = 1001
BLOCK = 512  # of tar
MOST_PARTS = 10_000  # storages, tensors


def begins_stream(data: memoryview) -> bool:
    """Whether the file begins with a pickle of the magic number."""
    return data[:14] == b"\x80\x02\x8a\x0a" + MAGIC.to_bytes(10, "little")


def read_stream(data: memoryview, key: str | None = None) -> ParsedFile:
    """The network in a file in the stream format. Raises ValueError for anything else."""
    at = 0
    for expected in (MAGIC, VERSION):
        value, at = read_pickle(data, {}, at)
        if type(value) is not int or value != expected:
            raise ValueError("an unknown version of PyTorch's stream format")
    machine, start = read_pickle(data, {}, at)
    if not isinstance(machine, dict) or machine.get("little_endian", True) is not True:
        raise ValueError("its numbers are big-endian, which is not supported")
    # The numbers come after the pickle that refers to them, so it is read twice: first with
    # placeholder storages of the right size that take no memory, then with the real ones.
    asked: dict[str, tuple[str, int]] = {}

    def stand_in(key: str, kind: str, count: int) -> np.ndarray:
        if count > len(data):
            raise ValueError(f"storage {shown(key)} is larger than the file")
        asked[key] = (kind, count)
        return np.broadcast_to(numbers(memoryview(bytes(itemsize(kind))), kind), (count,))

    _, at = read_pickle(data, NAMES, start, storages(stand_in))
    keys, at = read_pickle(data, {}, at)
    if not isinstance(keys, list) or sorted(map(text, keys)) != sorted(asked):
        raise ValueError("its list of storages does not match its tensors")
    real = {}
    for number in map(text, keys):
        real[number], at = _counted(data, at, *asked[number], number)
    if at != len(data):
        raise ValueError(f"{len(data) - at:,} bytes are left over at its end")
    value, _ = read_pickle(data, NAMES, start, storages(lambda number, kind, count: real[number]))
    layers = layers_of_state_dict(state_dict(value, key))
    return ParsedFile("PyTorch stream (0.1.10 to 1.5)", layers, conventions="torchvision")


def read_tar(data: memoryview, key: str | None = None) -> ParsedFile:
    """The network in a file in the tar format. Raises ValueError for anything else."""
    members = _members(data)
    for name in ("storages", "tensors", "pickle"):
        if name not in members:
            raise ValueError(
                f"a tar file without {name!r}, so not PyTorch's format: if it is an archive of "
                "weights, unpack it"
            )
    tensors = _tensors(members["tensors"], _storages(members["storages"]))

    def tensor(identity: Any) -> np.ndarray:
        number = _key(identity)
        if number not in tensors:
            raise ValueError("its pickle refers to a tensor that is missing")
        return tensors[number]

    value, _ = read_pickle(members["pickle"], NAMES, persistent=tensor)
    layers = layers_of_state_dict(state_dict(value, key))
    return ParsedFile("PyTorch tar (before 0.1.10)", layers, conventions="torchvision")


def _storages(data: memoryview) -> dict[str, np.ndarray]:
    count, at = _count(data)
    result = {}
    for _ in range(count):
        value, at = read_pickle(data, NAMES, at)
        if not isinstance(value, tuple) or len(value) != 3 or not isinstance(value[2], StorageType):
            raise ValueError("a storage has no valid type")
        key, kind = _key(value[0]), value[2].kind
        result[key], at = _counted(data, at, kind, None, key)
    views, _ = read_pickle(data, NAMES, at)
    for view in views if isinstance(views, list) else [views]:
        if not isinstance(view, tuple) or len(view) != 4 or _key(view[1]) not in result:
            raise ValueError("a view refers to a storage that is missing")
        result[_key(view[0])] = strided(result[_key(view[1])], view[2], (view[3],), (1,))
    return result


def _tensors(data: memoryview, kept: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    count, at = _count(data)
    result = {}
    for _ in range(count):
        value, at = read_pickle(data, NAMES, at)
        if not isinstance(value, tuple) or len(value) != 3 or _key(value[1]) not in kept:
            raise ValueError("a tensor refers to a storage that is missing")
        dimensions = int.from_bytes(data[at : at + 4], "little")
        if dimensions > MOST_DIMENSIONS or at + 16 * dimensions + 16 > len(data):
            raise ValueError(f"a tensor is cut off or has too many dimensions ({dimensions})")
        facts = struct.unpack_from(f"<{2 * dimensions + 1}q", data, at + 8)
        size, stride, offset = facts[:dimensions], facts[dimensions:-1], facts[-1]
        at += 16 * dimensions + 16
        result[_key(value[0])] = strided(kept[_key(value[1])], offset, size, stride)
    return result


def _count(data: memoryview) -> tuple[int, int]:
    count, at = read_pickle(data, {})
    if type(count) is not int or not 0 <= count <= MOST_PARTS:
        raise ValueError(f"its count of storages or tensors is not 0 to {MOST_PARTS:,}")
    return count, at


def _key(value: Any) -> str:
    """The key of a storage or tensor: an integer, also written as a string."""
    return str(value) if type(value) is int else text(value)


def _counted(
    data: memoryview, at: int, kind: str, expected: int | None, key: str
) -> tuple[np.ndarray, int]:
    """Numbers preceded by their 8-byte count, and where they end."""
    count = int.from_bytes(data[at : at + 8], "little")
    end = at + 8 + count * itemsize(kind)
    if end > len(data) or len(data) - at < 8:
        raise ValueError(f"storage {shown(key)} is cut off")
    if expected not in (None, count):
        raise ValueError(f"storage {shown(key)} has {count:,} numbers instead of {expected:,}")
    return numbers(data[at + 8 : end], kind), end


def _members(data: memoryview) -> dict[str, memoryview]:
    """The regular files in a tar by name. Extended headers ("x", "g"), which here only add
    modification times, and folders are skipped."""
    members: dict[str, memoryview] = {}
    at = 0
    while at + BLOCK <= len(data) and any(data[at : at + BLOCK]):
        header = bytes(data[at : at + BLOCK])
        name = header[:100].rstrip(b"\0").decode("latin-1").removeprefix("./")
        size = _octal(header[124:136])
        unsigned = sum(header[:148]) + sum(header[156:]) + 8 * ord(" ")
        if size is None or _octal(header[148:156]) != unsigned:
            raise ValueError("a damaged tar file: a header has a wrong checksum")
        start, at = at + BLOCK, at + BLOCK + -(-size // BLOCK) * BLOCK
        if start + size > len(data):
            raise ValueError(f"tar member {shown(name)} is cut off")
        kind = header[156:157]
        if kind in b"xg5":
            continue
        if kind not in b"0\0" or name in members or len(members) == MOST_PARTS:
            raise ValueError(f"tar member {shown(name)} is a link, a duplicate or of an odd type")
        members[name] = data[start : start + size]
    return members


def _octal(field: bytes) -> int | None:
    digits = field.strip(b" \0")
    return int(digits, 8) if digits and not digits.strip(b"01234567") else None
