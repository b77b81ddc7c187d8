"""Numbers as stored in files: little-endian, of a few types."""

from __future__ import annotations

import math

import numpy as np

from tinyalex.weights.formats.parsed_file import MOST_DIMENSIONS

BFLOAT16 = "bf16"  # the upper half of a float32; NumPy has no such type


def itemsize(kind: str) -> int:
    """Bytes of one number. kind: a NumPy type such as "<f4", or BFLOAT16."""
    return 2 if kind == BFLOAT16 else np.dtype(kind).itemsize


def numbers(raw: memoryview, kind: str) -> np.ndarray:
    """The bytes as a flat array: a view, except for BFLOAT16, which becomes a float32 copy."""
    if len(raw) % itemsize(kind):
        raise ValueError(f"{len(raw)} bytes are not a multiple of the size of {kind}")
    if kind == BFLOAT16:
        return (np.frombuffer(raw, "<u2").astype("<u4") << 16).view("<f4")
    return np.frombuffer(raw, kind)


def count_of(shape: tuple[int, ...], limit: int) -> int:
    """The number of elements in a shape. Raises ValueError if it is invalid or above `limit`."""
    if len(shape) > MOST_DIMENSIONS:
        raise ValueError(f"an array has {len(shape)} dimensions; the limit is {MOST_DIMENSIONS}")
    if any(type(side) is not int or side < 0 for side in shape):
        raise ValueError("an array has a shape that is not made of integers of at least 0")
    count = math.prod(shape)
    if count > limit or max(shape, default=0) > limit:
        raise ValueError(f"an array claims more than the {limit:,} numbers in the file")
    return count
