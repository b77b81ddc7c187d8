"""Google's wire format, as far as weights need it: messages are runs of numbered fields.

    tag      varint: field number × 8 + wire type
    wire 0   varint: 7 bits a byte, the lowest first, the top bit set on all but the last
    wire 1   8 bytes
    wire 2   varint length, then that many bytes: text, a message, or packed numbers
    wire 5   4 bytes

Why not the packages: `onnx` needs the protobuf runtime and some 30 MB for the dozen field numbers
that `onnx.py` reads, and for Caffe's files there is no package but Caffe. The two share this page.
There are no checksums: a flipped bit in the numbers goes unnoticed.
Source: protobuf.dev/programming-guides/encoding.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

VARINT, EIGHT_BYTES, LENGTH, FOUR_BYTES = 0, 1, 2, 5
WIDTHS = {EIGHT_BYTES: 8, FOUR_BYTES: 4}
MOST_FIELDS = 20_000  # of a message; an AlexNet has some dozens
LONGEST_VARINT = 10  # bytes, for 64 bits

Field = tuple[int, int, "int | memoryview"]


def fields(data: bytes | memoryview) -> Iterator[Field]:
    """(number, wire type, value) of each field of a message: an int for a varint, else the bytes.

    Numbers that are not packed, each with a tag of its own, come as the bytes of a whole run.
    ValueError where the message is damaged.
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
            raise ValueError("a message is cut off, or claims to be longer than it is")
        if wire in WIDTHS and at == start + 1:
            run, at = _run(data, start, size)
            yield number, wire, run
            continue
        yield number, wire, data[at : at + size]
        at += size
    raise ValueError(f"a message of more than {MOST_FIELDS:,} fields")


def message(value: int | memoryview) -> memoryview:
    """The bytes of a field that should have some. ValueError where it is a varint."""
    if isinstance(value, int):
        raise ValueError("a damaged message: a number where a message belongs")
    return value


def string(value: int | memoryview) -> str:
    """A text; damaged characters are replaced."""
    return str(message(value), "utf-8", "replace")


def integer(value: int | memoryview) -> int:
    """A signed 64-bit number. ValueError where it is something else."""
    if not isinstance(value, int):
        raise ValueError("a damaged message: bytes where a number belongs")
    return value - 2**64 if value >= 2**63 else value


def integers(value: int | memoryview, limit: int) -> list[int]:
    """One number, or packed ones, of which there may be at most `limit`."""
    if isinstance(value, int):
        return [integer(value)]
    result, at = [], 0
    while at < len(value) and len(result) <= limit:
        number, at = _varint(value, at)
        result.append(integer(number))
    if len(result) > limit:
        raise ValueError(f"a list of more than {limit} numbers where a shape belongs")
    return result


def single(value: int | memoryview) -> float:
    """A 4-byte float. ValueError where it is something else."""
    if isinstance(value, int) or len(value) < 4 or len(value) % 4:
        raise ValueError("a damaged message: something else where a float belongs")
    return float(np.frombuffer(value, "<f4")[-1])  # the last one counts


def floats(parts: list[memoryview], kind: str = "<f4") -> np.ndarray:
    """Packed and unpacked numbers as one flat array: a view, where they lie together."""
    itemsize = np.dtype(kind).itemsize
    if any(len(part) % itemsize for part in parts):
        raise ValueError("packed numbers that are no whole number of them")
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
    while length < whole:  # looks twice as far each time: other fields may follow soon
        others = np.flatnonzero(records["tag"][length : length + ahead] != data[start])
        if len(others):
            length += int(others[0])
            break
        length, ahead = min(length + ahead, whole), 2 * ahead
    return memoryview(records["value"][:length].tobytes()), start + (1 + width) * length
