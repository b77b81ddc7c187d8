"""What PyTorch's pickles may ask for: storages, and tensors in them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from tinyalex.weights.formats.elements import BFLOAT16, count_of, itemsize, numbers
from tinyalex.weights.formats.parsed_file import shown
from tinyalex.weights.formats.pickles import Buildable, Function, text


@dataclass(frozen=True)
class StorageType:
    """torch.FloatStorage and its like. kind: a NumPy type, or BFLOAT16."""

    kind: str


KINDS = {
    "Float": "<f4",
    "Double": "<f8",
    "Half": "<f2",
    "BFloat16": BFLOAT16,
    "Long": "<i8",
    "Int": "<i4",
    "Short": "<i2",
    "Char": "<i1",
    "Byte": "<u1",
    "Bool": "|b1",
}


def ordered_dict(arguments: tuple) -> dict:
    """collections.OrderedDict(): empty, or as Python 2 wrote it, of a list of [key, value]."""
    pairs = arguments[0] if arguments else []
    if len(arguments) > 1 or not isinstance(pairs, list):
        raise ValueError("its pickle makes an OrderedDict of something odd")
    result = {}
    for pair in pairs:
        if not isinstance(pair, list | tuple) or len(pair) != 2:
            raise ValueError("its pickle makes an OrderedDict of something odd")
        result[text(pair[0])] = pair[1]
    pairs.clear()  # used up: a pickle may name one long list thousands of times
    return result


def rebuild_tensor(arguments: tuple) -> np.ndarray:
    """torch._utils._rebuild_tensor(_v2): a view of a storage. What follows is not needed."""
    if len(arguments) < 4 or not isinstance(arguments[0], np.ndarray):
        raise ValueError("its pickle makes a tensor without a storage")
    return strided(*arguments[:4])


def rebuild_parameter(arguments: tuple) -> np.ndarray:
    """torch._utils._rebuild_parameter: the tensor itself."""
    if not arguments or not isinstance(arguments[0], np.ndarray):
        raise ValueError("its pickle makes a parameter without a tensor")
    return arguments[0]


class Setting(Buildable):
    """What training checkpoints hold besides: the command's flags, an accuracy. Never looked at."""

    def build(self, state: Any) -> None:
        pass


def setting(arguments: tuple) -> Setting:
    """In place of argparse.Namespace() and a number of NumPy's."""
    return Setting()


SETTINGS = (
    ("argparse", "Namespace"),
    ("numpy", "dtype"),
    ("numpy.core.multiarray", "scalar"),
    ("numpy._core.multiarray", "scalar"),
    ("_codecs", "encode"),  # how protocol 2 writes the bytes of a scalar
)
NAMES: dict[tuple[str, str], Any] = {
    ("collections", "OrderedDict"): Function(ordered_dict),
    ("torch._utils", "_rebuild_tensor"): Function(rebuild_tensor),
    ("torch._utils", "_rebuild_tensor_v2"): Function(rebuild_tensor),
    ("torch._utils", "_rebuild_parameter"): Function(rebuild_parameter),
    **{("torch", f"{name}Storage"): StorageType(kind) for name, kind in KINDS.items()},
    **{("torch", f"{name}Tensor"): None for name in KINDS},  # said, and not needed, in tar files
    **{name: Function(setting) for name in SETTINGS},
}


def strided(storage: np.ndarray, offset: Any, size: Any, stride: Any) -> np.ndarray:
    """A tensor in a flat storage: a view. The axes may lie in any order (channels last, say).

    ValueError unless the tensor lies within the storage and has every number once: strides that
    overlap or skip are how a small file pretends to be a huge one.
    """
    if not isinstance(size, tuple) or not isinstance(stride, tuple) or len(size) != len(stride):
        raise ValueError("a tensor whose size and stride do not match")
    count = count_of(size, len(storage))
    if count == 0:
        return storage[:0]
    if type(offset) is not int or not 0 <= offset <= len(storage) - count:
        raise ValueError(f"a tensor that begins at {offset} of {len(storage):,} does not fit there")
    if any(type(step) is not int for step in stride):
        raise ValueError("a tensor whose strides are no whole numbers")
    order = sorted(range(len(size)), key=lambda axis: stride[axis], reverse=True)
    inner = 1
    for axis in reversed(order):
        if size[axis] > 1 and stride[axis] != inner:
            raise ValueError(f"a tensor of size {size} with strides that overlap or leave gaps")
        inner *= size[axis]
    flat = storage[offset : offset + count]
    return flat.reshape([size[axis] for axis in order]).transpose(np.argsort(order))


def storages(make: Callable[[str, str, int], np.ndarray]) -> Callable[[Any], np.ndarray]:
    """Turns make(key, kind, count) into what a pickle's persistent ids stand for.

    An id is ("storage", type, key, location, count), and in the older formats a sixth item: None,
    or (name, offset, count) for a part of it. Each storage is made once.
    """
    made: dict[str, tuple[str, int, np.ndarray]] = {}

    def storage(value: Any) -> np.ndarray:
        if not isinstance(value, tuple) or len(value) < 5 or text(value[0]) != "storage":
            raise ValueError("its pickle refers to something that is no storage")
        storage_type, key, count = value[1], text(value[2]), value[4]
        if not isinstance(storage_type, StorageType) or type(count) is not int or count < 0:
            raise ValueError(f"storage {shown(key)} has no proper type or size")
        if key not in made:
            made[key] = (storage_type.kind, count, make(key, storage_type.kind, count))
        if made[key][:2] != (storage_type.kind, count):
            raise ValueError(f"storage {shown(key)} is said to be of two types or sizes")
        part = value[5] if len(value) > 5 else None
        return made[key][2] if part is None else part_of(made[key][2], part)

    return storage


def part_of(storage: np.ndarray, part: Any) -> np.ndarray:
    """The part (name, offset, count) of a storage, as a view."""
    if not isinstance(part, tuple | list) or len(part) != 3:
        raise ValueError("its pickle refers to a part of a storage in an odd way")
    _, offset, count = part
    return strided(storage, offset, (count,), (1,))


def sized(raw: memoryview, kind: str, count: int, key: str) -> np.ndarray:
    """The bytes as numbers, if they are as many as they should be."""
    if len(raw) != count * itemsize(kind):
        raise ValueError(
            f"storage {shown(key)} has {len(raw):,} bytes; "
            f"its numbers would take {count * itemsize(kind):,}"
        )
    return numbers(raw, kind)
