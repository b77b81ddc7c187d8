"""Caffe's .caffemodel: a NetParameter message with layers of the first or the second kind.

NetParameter    layers = 2 (first kind), layer = 100 (second kind)
first kind      type = 5 (a number), name = 4, blobs = 6, pooling = 19, lrn = 18
second kind     type = 2 (a string), name = 1, blobs = 7, pooling = 121, lrn = 118
BlobProto       num, channels, height, width = 1 to 4, or shape = 7 {dim = 1}; data = 5 (float),
                double_data = 8

Caffe is not needed. Source: caffe/src/caffe/proto/caffe.proto.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from tinyalex.weights.formats import protobuf
from tinyalex.weights.formats.elements import count_of
from tinyalex.weights.formats.parsed_file import (
    MOST_DIMENSIONS,
    FileLayer,
    ParsedFile,
    Step,
    in_order,
    shown,
)


@dataclass(frozen=True)
class _Kind:
    """The field numbers of one kind of layer."""

    name: int
    type: int
    blobs: int
    lrn: int
    pooling: int


FIRST = _Kind(name=4, type=5, blobs=6, lrn=18, pooling=19)
SECOND = _Kind(name=1, type=2, blobs=7, lrn=118, pooling=121)
LAYERS = {2: FIRST, 100: SECOND}  # field numbers of NetParameter
LEGACY_LAYER = 1  # within the first kind: a nested layer from before 2014

TYPES = {4: "Convolution", 6: "Dropout", 14: "InnerProduct", 15: "LRN", 17: "Pooling", 18: "ReLU"}
STEPS = {"Convolution": "conv", "InnerProduct": "fc", "ReLU": "relu", "LRN": "norm"}
# Layers that feed, split or end the network, or do nothing at test time; numbers: the first kind's.
ASIDE = {
    "Data", "Input", "ImageData", "HDF5Data", "MemoryData", "DummyData", "WindowData", "Split",
    "Dropout", "Softmax", "SoftmaxWithLoss", "Accuracy", "Flatten", "Silence",
    1, 5, 8, 9, 12, 20, 21, 22, 24, 29, 32, 36,
}  # fmt: skip


@dataclass
class _Layer:
    name: str = ""
    type: str | int = ""
    blobs: list[np.ndarray] = field(default_factory=list)
    lrn: bytes | memoryview = b""
    pooling: bytes | memoryview = b""


def read_caffe(data: memoryview) -> ParsedFile:
    """The network in a .caffemodel. Raises ValueError for anything else."""
    layers, steps, kinds = [], [], set()
    for number, _, value in protobuf.fields(data):
        if number not in LAYERS:
            continue
        kinds.add(number)
        layer = _layer(protobuf.message(value), LAYERS[number])
        step = _step(layer)
        if step is not None:
            steps.append(step)
        if layer.blobs:
            layers.append(_learned(layer))
    kind = " and ".join(f"V{1 if number == 2 else 2}" for number in sorted(kinds))
    return ParsedFile(f"Caffe, {kind} layers", in_order(layers), conventions="caffe", steps=steps)


def _layer(data: memoryview, kind: _Kind) -> _Layer:
    layer = _Layer()
    for number, wire, value in protobuf.fields(data):
        if kind is FIRST and number == LEGACY_LAYER and wire == protobuf.LENGTH:
            raise ValueError(
                "its layers are in Caffe's format from before 2014: "
                "upgrade the file with Caffe's upgrade_net_proto_binary"
            )
        if number == kind.name:
            layer.name = protobuf.string(value)
        elif number == kind.type:
            layer.type = _type(value) if kind is FIRST else protobuf.string(value)
        elif number == kind.blobs:
            layer.blobs.append(_blob(protobuf.message(value)))
        elif number == kind.lrn:
            layer.lrn = protobuf.message(value)
        elif number == kind.pooling:
            layer.pooling = protobuf.message(value)
    return layer


def _type(value: int | memoryview) -> str | int:
    return TYPES.get(protobuf.integer(value), protobuf.integer(value))


def _blob(data: memoryview) -> np.ndarray:
    legacy, shape = [1, 1, 1, 1], None
    singles: list[memoryview] = []
    doubles: list[memoryview] = []
    for number, wire, value in protobuf.fields(data):
        if number in (1, 2, 3, 4) and wire == protobuf.VARINT:
            legacy[number - 1] = protobuf.integer(value)
        elif number == 7:
            shape = [
                side
                for part, _, sides in protobuf.fields(protobuf.message(value))
                if part == 1
                for side in protobuf.integers(sides, MOST_DIMENSIONS)
            ]
        elif number == 5:
            singles.append(protobuf.message(value))
        elif number == 8:
            doubles.append(protobuf.message(value))
    if singles and doubles:
        raise ValueError("a blob has numbers of two types")
    numbers = protobuf.floats(doubles, "<f8") if doubles else protobuf.floats(singles)
    shape = tuple(_squeezed(legacy) if shape is None else shape)
    if count_of(shape, max(len(numbers), 1)) != len(numbers):
        raise ValueError(f"a blob of shape {shape} has {len(numbers):,} numbers")
    return numbers.reshape(shape)


def _squeezed(legacy: list[int]) -> list[int]:
    """In files without shapes, a matrix is (1, 1, out, in) and a bias (1, 1, 1, out)."""
    if legacy[:3] == [1, 1, 1]:
        return legacy[3:]
    return legacy[2:] if legacy[:2] == [1, 1] else legacy


def _learned(layer: _Layer) -> FileLayer:
    if layer.type not in ("Convolution", "InnerProduct") or len(layer.blobs) != 2:
        raise ValueError(
            f"layer {shown(layer.name)} of type {shown(str(layer.type))} has "
            f"{len(layer.blobs)} arrays, which no known AlexNet has"
        )
    weight, bias = layer.blobs
    if layer.type == "InnerProduct" and weight.ndim == 1:  # a single output or input
        weight = weight.reshape(bias.size, -1) if bias.size else weight
    return FileLayer(layer.name, weight, bias.reshape(-1))


def _step(layer: _Layer) -> Step | None:
    if layer.type in ASIDE:
        return None
    if layer.type == "LRN":
        return _norm(layer.lrn)
    if layer.type == "Pooling":
        method = {number: value for number, _, value in protobuf.fields(layer.pooling)}
        return Step("pool" if method.get(1, 0) == 0 else "average pooling")
    kind = layer.type if isinstance(layer.type, str) else f"layer type {layer.type}"
    return Step(STEPS.get(kind, kind))


def _norm(data: bytes | memoryview) -> Step:
    """LRNParameter: local_size = 1, alpha = 2, norm_region = 4, k = 5; α is divided by the size."""
    facts: dict[int, float] = {1: 5, 2: 1.0, 4: 0, 5: 1.0}
    for number, wire, value in protobuf.fields(data):
        if wire == protobuf.FOUR_BYTES:
            facts[number] = protobuf.single(value)
        elif wire == protobuf.VARINT:
            facts[number] = protobuf.integer(value)
    if facts[4]:
        return Step("cnorm")
    return Step("norm", (facts[5], facts[2] / max(facts[1], 1)))
