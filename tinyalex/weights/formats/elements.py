"""Numbers as they stand in files: little-endian, of a few types."""

from __future__ import annotations

import math

import numpy as np

from tinyalex.weights.formats.parsed_file import MOST_DIMENSIONS

BFLOAT16 = "bf16"  # the upper half of a float32; NumPy has no such type


def itemsize(kind: str) -> int:
    """Bytes of one number. kind: a NumPy type such as "<f4", or BFLOAT16."""
    return 2 if kind == BFLOAT16 else np.dtype(kind).itemsize


def numbers(raw: memoryview, kind: str) -> np.ndarray:
    """The bytes as a flat array: a view of them, but for BFLOAT16, which becomes float32."""
    if len(raw) % itemsize(kind):
        raise ValueError(f"{len(raw)} bytes are no whole number of {kind} values")
    if kind == BFLOAT16:
        return (np.frombuffer(raw, "<u2").astype("<u4") << 16).view("<f4")
    return np.frombuffer(raw, kind)


def count_of(shape: tuple[int, ...], limit: int) -> int:
    """How many numbers a shape takes. ValueError unless it is a sane one, of at most `limit`."""
    if len(shape) > MOST_DIMENSIONS:
        raise ValueError(f"an array of {len(shape)} dimensions; at most {MOST_DIMENSIONS} are read")
    if any(type(side) is not int or side < 0 for side in shape):
        raise ValueError("an array whose shape is not made of whole numbers from 0 on")
    count = math.prod(shape)
    if count > limit or max(shape, default=0) > limit:
        raise ValueError(f"an array is declared larger than the {limit:,} numbers that there are")
    return count
