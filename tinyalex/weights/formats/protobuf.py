"""Protocol Buffers' wire format, as far as weights need it: messages are lists of numbered fields.

    tag      varint: field number × 8 + wire type
    wire 0   varint: 7 bits per byte, lowest first, the top bit set on all but the last
    wire 1   8 bytes
    wire 2   varint length, then that many bytes: text, a message, or packed numbers
    wire 5   4 bytes

Packages are not used because `onnx` needs the protobuf runtime and about 30 MB for the dozen fields
that `onnx.py` reads, and only Caffe itself reads Caffe's files. Both readers share this module.
The format has no checksums, so a flipped bit in the numbers goes unnoticed.
Source: protobuf.dev/programming-guides/encoding.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

VARINT, EIGHT_BYTES, LENGTH, FOUR_BYTES = 0, 1, 2, 5
WIDTHS = {EIGHT_BYTES: 8, FOUR_BYTES: 4}
MOST_FIELDS = 20_000  # per message; an AlexNet has a few dozen
LONGEST_VARINT = 10  # bytes, for 64 bits

Field = tuple[int, int, "int | memoryview"]


def fields(data: bytes | memoryview) -> Iterator[Field]:
    """(number, wire type, value) of each field: the value is an int for a varint, else bytes.

    Consecutive unpacked numbers, each with its own tag, are returned as the bytes of a whole run.
    Raises ValueError if the message is damaged.
    """
    at = 0
    for _ in range(MOST_FIELDS):
        if at == len(data):
            return
        start = at
        tag, at = _varint(data, at)
        number, wire = tag >> 3, tag & 7
        if number == 0:
            raise ValueError("a damaged message: field number 0")
        if wire == VARINT:
            value, at = _varint(data, at)
            yield number, wire, value
            continue
        if wire == LENGTH:
            size, at = _varint(data, at)
        elif wire in WIDTHS:
            size = WIDTHS[wire]
        else:
            raise ValueError(f"a damaged message: wire type {wire}")
        if size > len(data) - at:
            raise ValueError("a message is cut off, or its length is wrong")
        if wire in WIDTHS and at == start + 1:
            run, at = _run(data, start, size)
            yield number, wire, run
            continue
        yield number, wire, data[at : at + size]
        at += size
    raise ValueError(f"a message has more than {MOST_FIELDS:,} fields")


def message(value: int | memoryview) -> memoryview:
    """The bytes of a field. Raises ValueError if it is a varint."""
    if isinstance(value, int):
        raise ValueError("a damaged message: a number instead of a message")
    return value


def string(value: int | memoryview) -> str:
    """A string, with damaged characters replaced."""
    return str(message(value), "utf-8", "replace")


def integer(value: int | memoryview) -> int:
    """A signed 64-bit integer. Raises ValueError if it is something else."""
    if not isinstance(value, int):
        raise ValueError("a damaged message: bytes instead of a number")
    return value - 2**64 if value >= 2**63 else value


def integers(value: int | memoryview, limit: int) -> list[int]:
    """One integer, or packed ones. Raises ValueError for more than `limit`."""
    if isinstance(value, int):
        return [integer(value)]
    result, at = [], 0
    while at < len(value) and len(result) <= limit:
        number, at = _varint(value, at)
        result.append(integer(number))
    if len(result) > limit:
        raise ValueError(f"a list of more than {limit} numbers instead of a shape")
    return result


def single(value: int | memoryview) -> float:
    """A 4-byte float. Raises ValueError if it is something else."""
    if isinstance(value, int) or len(value) < 4 or len(value) % 4:
        raise ValueError("a damaged message: something else instead of a float")
    return float(np.frombuffer(value, "<f4")[-1])  # the last one counts


def floats(parts: list[memoryview], kind: str = "<f4") -> np.ndarray:
    """Packed and unpacked numbers as one flat array: a view if they are contiguous."""
    itemsize = np.dtype(kind).itemsize
    if any(len(part) % itemsize for part in parts):
        raise ValueError(f"packed numbers do not fill a multiple of {itemsize} bytes")
    arrays = [np.frombuffer(part, kind) for part in parts if len(part)]
    return arrays[0] if len(arrays) == 1 else np.concatenate([np.empty(0, kind), *arrays])


def _varint(data: bytes | memoryview, at: int) -> tuple[int, int]:
    value = 0
    for position, byte in enumerate(data[at : at + LONGEST_VARINT]):
        value |= (byte & 0x7F) << (7 * position)
        if byte < 0x80:
            if value >= 2**64:
                break
            return value, at + position + 1
    raise ValueError("a damaged message: an endless number")


def _run(data: bytes | memoryview, start: int, width: int) -> tuple[memoryview, int]:
    """The values of consecutive fields with the one-byte tag at `start`, and their end."""
    whole = len(data[start:]) // (1 + width)
    record = [("tag", "u1"), ("value", f"V{width}")]
    records = np.frombuffer(data[start : start + (1 + width) * whole], record)
    length, ahead = 1, 64
    while length < whole:  # look twice as far each time: other fields may follow soon
        others = np.flatnonzero(records["tag"][length : length + ahead] != data[start])
        if len(others):
            length += int(others[0])
            break
        length, ahead = min(length + ahead, whole), 2 * ahead
    return memoryview(records["value"][:length].tobytes()), start + (1 + width) * length
