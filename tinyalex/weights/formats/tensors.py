"""What PyTorch's pickles may create: storages, and tensors in them."""

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
    """torch.FloatStorage and similar types. kind: a NumPy type, or BFLOAT16."""

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
    """collections.OrderedDict(): empty or, as Python 2 wrote it, from a list of [key, value]."""
    pairs = arguments[0] if arguments else []
    if len(arguments) > 1 or not isinstance(pairs, list):
        raise ValueError("its pickle has an invalid OrderedDict")
    result = {}
    for pair in pairs:
        if not isinstance(pair, list | tuple) or len(pair) != 2:
            raise ValueError("its pickle has an invalid OrderedDict")
        result[text(pair[0])] = pair[1]
    pairs.clear()  # a pickle may reuse one long list thousands of times
    return result


def rebuild_tensor(arguments: tuple) -> np.ndarray:
    """torch._utils._rebuild_tensor(_v2): a view of a storage. Further arguments are ignored."""
    if len(arguments) < 4 or not isinstance(arguments[0], np.ndarray):
        raise ValueError("its pickle has a tensor without a storage")
    return strided(*arguments[:4])


def rebuild_parameter(arguments: tuple) -> np.ndarray:
    """torch._utils._rebuild_parameter: the tensor itself."""
    if not arguments or not isinstance(arguments[0], np.ndarray):
        raise ValueError("its pickle has a parameter without a tensor")
    return arguments[0]


class Setting(Buildable):
    """Ignored contents of training checkpoints, such as command-line flags or an accuracy."""

    def build(self, state: Any) -> None:
        pass


def setting(arguments: tuple) -> Setting:
    """Stands in for argparse.Namespace() and NumPy scalars."""
    return Setting()


SETTINGS = (
    ("argparse", "Namespace"),
    ("numpy", "dtype"),
    ("numpy.core.multiarray", "scalar"),
    ("numpy._core.multiarray", "scalar"),
    ("_codecs", "encode"),  # protocol 2 writes a scalar's bytes with it
)
NAMES: dict[tuple[str, str], Any] = {
    ("collections", "OrderedDict"): Function(ordered_dict),
    ("torch._utils", "_rebuild_tensor"): Function(rebuild_tensor),
    ("torch._utils", "_rebuild_tensor_v2"): Function(rebuild_tensor),
    ("torch._utils", "_rebuild_parameter"): Function(rebuild_parameter),
    **{("torch", f"{name}Storage"): StorageType(kind) for name, kind in KINDS.items()},
    **{("torch", f"{name}Tensor"): None for name in KINDS},  # named in tar files, but not needed
    **{name: Function(setting) for name in SETTINGS},
}


def strided(storage: np.ndarray, offset: Any, size: Any, stride: Any) -> np.ndarray:
    """A tensor as a view of a flat storage. The axes may be in any order, such as channels last.

    Raises ValueError unless the tensor lies within the storage and uses each number once: with
    overlapping strides, a small file could pretend to be huge.
    """
    if not isinstance(size, tuple) or not isinstance(stride, tuple) or len(size) != len(stride):
        raise ValueError("a tensor's size and stride do not match")
    count = count_of(size, len(storage))
    if count == 0:
        return storage[:0]
    if type(offset) is not int or not 0 <= offset <= len(storage) - count:
        raise ValueError(
            f"a tensor at offset {offset} does not fit its storage of {len(storage):,}"
        )
    if any(type(step) is not int for step in stride):
        raise ValueError("a tensor's strides are not integers")
    order = sorted(range(len(size)), key=lambda axis: stride[axis], reverse=True)
    inner = 1
    for axis in reversed(order):
        if size[axis] > 1 and stride[axis] != inner:
            raise ValueError(f"a tensor of size {size} has strides that overlap or leave gaps")
        inner *= size[axis]
    flat = storage[offset : offset + count]
    return flat.reshape([size[axis] for axis in order]).transpose(np.argsort(order))


def storages(make: Callable[[str, str, int], np.ndarray]) -> Callable[[Any], np.ndarray]:
    """A function from a pickle's persistent ids to storages, built with make(key, kind, count).

    An id is ("storage", type, key, location, count), in the older formats with a sixth item: None,
    or (name, offset, count) for a part of the storage. Each storage is made once.
    """
    made: dict[str, tuple[str, int, np.ndarray]] = {}

    def storage(value: Any) -> np.ndarray:
        if not isinstance(value, tuple) or len(value) < 5 or text(value[0]) != "storage":
            raise ValueError("its pickle refers to something that is not a storage")
        storage_type, key, count = value[1], text(value[2]), value[4]
        if not isinstance(storage_type, StorageType) or type(count) is not int or count < 0:
            raise ValueError(f"storage {shown(key)} has no valid type or size")
        if key not in made:
            made[key] = (storage_type.kind, count, make(key, storage_type.kind, count))
        if made[key][:2] != (storage_type.kind, count):
            raise ValueError(f"storage {shown(key)} is declared with two types or sizes")
        part = value[5] if len(value) > 5 else None
        return made[key][2] if part is None else part_of(made[key][2], part)

    return storage


def part_of(storage: np.ndarray, part: Any) -> np.ndarray:
    """The part (name, offset, count) of a storage, as a view."""
    if not isinstance(part, tuple | list) or len(part) != 3:
        raise ValueError("its pickle has an invalid reference to part of a storage")
    _, offset, count = part
    return strided(storage, offset, (count,), (1,))


def sized(raw: memoryview, kind: str, count: int, key: str) -> np.ndarray:
    """The bytes as numbers. Raises ValueError unless there are `count` of them."""
    if len(raw) != count * itemsize(kind):
        raise ValueError(
            f"storage {shown(key)} has {len(raw):,} bytes; "
            f"its numbers would take {count * itemsize(kind):,}"
        )
    return numbers(raw, kind)
