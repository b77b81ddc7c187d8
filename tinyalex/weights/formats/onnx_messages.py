"""The messages in an ONNX file: nodes, their attributes, and tensors.

NodeProto      input = 1, output = 2, op_type = 4, attribute = 5
Attribute      name = 1, f = 2, i = 3, t = 5, floats = 7, ints = 8
TensorProto    dims = 1, data_type = 2, float_data = 4, int32_data = 5, int64_data = 7, name = 8,
               raw_data = 9, double_data = 10, external_data = 13 {key = 1, value = 2},
               data_location = 14

Source: onnx/onnx.proto.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tinyalex.weights.formats import protobuf
from tinyalex.weights.formats.beside import MOST, Beside
from tinyalex.weights.formats.elements import BFLOAT16, count_of, itemsize, numbers
from tinyalex.weights.formats.parsed_file import MOST_DIMENSIONS, shown

FLOATS = {1: "<f4", 10: "<f2", 11: "<f8", 16: BFLOAT16}
INTEGERS = {2: "<u1", 3: "<i1", 4: "<u2", 5: "<i2", 6: "<i4", 7: "<i8", 12: "<u4", 13: "<u8"}
KINDS = FLOATS | INTEGERS
MOST_ATTRIBUTES = 100  # numbers in a list
LONGEST_TEXT = 1000  # bytes of a key or value about external data


@dataclass(frozen=True)
class Unread:
    """A tensor that cannot be used. reason: a phrase such as "is ..." or "holds ..."."""

    reason: str


Constant = np.ndarray | Unread


@dataclass
class Node:
    inputs: list[str] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)
    type: str = ""
    attributes: dict[str, Any] = field(default_factory=dict)


def read_node(data: memoryview) -> Node:
    node = Node()
    for number, _, value in protobuf.fields(data):
        if number == 1:
            node.inputs.append(protobuf.string(value))
        elif number == 2:
            node.outputs.append(protobuf.string(value))
        elif number == 4:
            node.type = protobuf.string(value)
        elif number == 5:
            name, content = _attribute(protobuf.message(value))
            node.attributes[name] = content
    return node


def _attribute(data: memoryview) -> tuple[str, Any]:
    """An attribute's name and value: a number, a list of integers, an array or a tensor's bytes."""
    name, content, many, listed = "", None, [], []
    for number, _, value in protobuf.fields(data):
        if number == 1:
            name = protobuf.string(value)
        elif number == 2:
            content = protobuf.single(value)
        elif number == 3:
            content = protobuf.integer(value)
        elif number == 5:
            content = protobuf.message(value)
        elif number == 7:
            listed.append(protobuf.message(value))
        elif number == 8:
            many += protobuf.integers(value, MOST_ATTRIBUTES)
    return name, many or (protobuf.floats(listed) if listed else content)


def read_name(data: memoryview) -> str:
    """ValueInfoProto's name = 1."""
    return next((protobuf.string(v) for number, _, v in protobuf.fields(data) if number == 1), "")


def read_sparse_name(data: memoryview) -> str:
    """SparseTensorProto's values = 1, a tensor that carries the sparse tensor's name."""
    for number, _, value in protobuf.fields(data):
        if number == 1:
            for part, _, text in protobuf.fields(protobuf.message(value)):
                if part == 8:
                    return protobuf.string(text)
    return ""


def read_tensor(data: memoryview, beside: Beside) -> tuple[str, Constant]:
    """A tensor's name and numbers, as views of the file or of its external data file."""
    shape: list[int] = []
    name, kind, raw, elsewhere = "", None, None, False
    place: dict[str, str] = {}
    listed: dict[int, list] = {4: [], 5: [], 7: [], 10: []}
    for number, _, value in protobuf.fields(data):
        if number == 1:
            shape += protobuf.integers(value, MOST_DIMENSIONS)
        elif number == 2:
            kind = protobuf.integer(value)
        elif number in listed:
            listed[number].append(value)
        elif number == 8:
            name = protobuf.string(value)
        elif number == 9:
            raw = protobuf.message(value)
        elif number == 13:
            elsewhere = True
            place |= _pair(protobuf.message(value))
        elif number == 14:
            elsewhere = elsewhere or value == 1
    if kind not in KINDS:
        return name, Unread(f"has ONNX's data type {kind}, not floats")
    if elsewhere:
        count = count_of(tuple(shape), MOST)
        raw = beside.part(name, place, count * itemsize(KINDS[kind]))
    flat = numbers(raw, KINDS[kind]) if raw is not None else _listed(kind, listed)
    if isinstance(flat, Unread):
        return name, flat
    if count_of(tuple(shape), max(len(flat), 1)) != len(flat):
        raise ValueError(f"{shown(name)} has shape {tuple(shape)} but {len(flat):,} numbers")
    return name, flat.reshape(shape)


def _pair(data: memoryview) -> dict[str, str]:
    key = value = ""
    for number, _, content in protobuf.fields(data):
        if len(protobuf.message(content)) > LONGEST_TEXT:
            raise ValueError("a damaged message: a file name is too long")
        if number == 1:
            key = protobuf.string(content)
        elif number == 2:
            value = protobuf.string(content)
    return {key: value}


def _listed(kind: int, listed: dict[int, list]) -> Constant:
    """Numbers that are not stored as raw bytes, flat."""
    if FLOATS.get(kind) == "<f4":
        return protobuf.floats([protobuf.message(part) for part in listed[4]])
    if FLOATS.get(kind) == "<f8":
        return protobuf.floats([protobuf.message(part) for part in listed[10]], "<f8")
    if kind in FLOATS:
        if listed[5]:
            return Unread("is a list of 16-bit floats: save it as raw_data or as 32-bit floats")
        return np.empty(0, np.float32)
    many: list[int] = []
    try:
        for part in listed[5] + listed[7]:
            many += protobuf.integers(part, MOST_ATTRIBUTES)
        return np.array(many, np.int64)
    except (ValueError, OverflowError):  # too long for a shape, the only use of integers
        return Unread("is a long list of integers, not floats")
