"""ONNX files: a ModelProto message with a graph of nodes and the weights as "initializers".

ModelProto     graph = 7
GraphProto     node = 1, initializer = 5, input = 11
NodeProto      input = 1, output = 2, op_type = 4, attribute = 5
Attribute      name = 1, f = 2, i = 3, ints = 8
TensorProto    dims = 1, data_type = 2, float_data = 4, name = 8, raw_data = 9, double_data = 10,
               external_data = 13

The path of the activations is followed from the input on; the weights are those that it meets. The
package `onnx` is not used: see `protobuf.py`. Source: onnx/onnx.proto.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tinyalex.weights.formats import protobuf
from tinyalex.weights.formats.elements import BFLOAT16, count_of, numbers
from tinyalex.weights.formats.found import (
    MOST_DIMENSIONS,
    Found,
    Learned,
    Step,
    in_order,
    shown,
)

GRAPH = 7  # in a ModelProto; a .caffemodel has no such message
KINDS = {1: "<f4", 10: "<f2", 11: "<f8", 16: BFLOAT16}
STEPS = {"Relu": "relu", "MaxPool": "pool"}
ASIDE = ("Dropout", "Reshape", "Flatten", "Identity", "Softmax", "LogSoftmax", "Cast")
MOST_ATTRIBUTES = 100


@dataclass
class _Node:
    inputs: list[str] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)
    type: str = ""
    attributes: dict[str, Any] = field(default_factory=dict)


def read_onnx(data: memoryview) -> Found:
    """The network in an ONNX file. ValueError for anything else."""
    nodes, tensors, inputs = [], {}, []
    for number, _, graph in protobuf.fields(data):
        if number != GRAPH:
            continue
        for part, _, value in protobuf.fields(protobuf.message(graph)):
            if part == 1:
                nodes.append(_node(protobuf.message(value)))
            elif part == 5:
                name, tensor = _tensor(protobuf.message(value))
                tensors[name] = tensor
            elif part == 11:
                inputs.append(_name(protobuf.message(value)))
    path = [name for name in inputs if name not in tensors]
    layers, steps = _follow(nodes, tensors, set(path))
    return Found("ONNX", in_order(layers), steps=steps)


def _follow(nodes, tensors, path: set[str]) -> tuple[list[Learned], list[Step]]:
    """The learning layers and the steps along the path of the activations."""
    layers: list[Learned] = []
    steps: list[Step] = []
    for node in nodes:
        if not path.intersection(node.inputs) or node.type == "Shape":
            continue
        path.update(node.outputs[:1])
        if node.type in ("Conv", "Gemm", "MatMul"):
            layers.append(_learned(node, tensors))
            steps.append(Step("conv" if node.type == "Conv" else "fc"))
        elif node.type == "Add" and layers and layers[-1].bias is NO_BIAS:
            bias = _operand(node, next((n for n in node.inputs if n in tensors), ""), tensors)
            layers[-1] = Learned(layers[-1].name, layers[-1].weight, bias)
        elif node.type == "LRN":
            a = {"alpha": 1e-4, "bias": 1.0, "size": 1, **node.attributes}
            steps.append(Step("norm", (a["bias"], a["alpha"] / max(a["size"], 1))))
        elif node.type not in ASIDE and not _is_no_pooling(node):
            steps.append(Step(STEPS.get(node.type, node.type)))
    for layer in layers:
        if layer.bias is NO_BIAS:
            raise ValueError(f"layer {shown(layer.name)} has no bias: no AlexNet known here")
    return layers, steps


NO_BIAS = np.empty(0, np.float32)


def _is_no_pooling(node: _Node) -> bool:
    """torchvision's adaptive pooling becomes averages over single pixels."""
    return node.type == "AveragePool" and set(node.attributes.get("kernel_shape", [0])) == {1}


def _learned(node: _Node, tensors: dict[str, np.ndarray]) -> Learned:
    names = [*node.inputs, "", ""][1:3]
    weight = _operand(node, names[0], tensors)
    bias = _operand(node, names[1], tensors).reshape(-1) if names[1] else NO_BIAS
    a = node.attributes
    if node.type == "Gemm" and (a.get("alpha", 1) != 1 or a.get("beta", 1) != 1 or a.get("transA")):
        raise ValueError(f"layer {shown(names[0])} scales or turns its input: not an AlexNet's")
    turned = node.type == "MatMul" or (node.type == "Gemm" and not a.get("transB"))
    if turned and weight.ndim == 2:
        weight = weight.T
    return Learned(names[0], weight, bias)


def _operand(node: _Node, name: str, tensors: dict[str, np.ndarray]) -> np.ndarray:
    if name not in tensors:
        raise ValueError(f"a {shown(node.type)} whose weights {shown(name)} are not in the file")
    return tensors[name]


def _node(data: memoryview) -> _Node:
    node = _Node()
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
    name, content, many = "", None, []
    for number, _, value in protobuf.fields(data):
        if number == 1:
            name = protobuf.string(value)
        elif number == 2:
            content = protobuf.single(value)
        elif number == 3:
            content = protobuf.integer(value)
        elif number == 8:
            many += protobuf.integers(value, MOST_ATTRIBUTES)
    return name, many or content


def _name(data: memoryview) -> str:
    """ValueInfoProto's name = 1."""
    return next((protobuf.string(v) for number, _, v in protobuf.fields(data) if number == 1), "")


def _tensor(data: memoryview) -> tuple[str, np.ndarray]:
    shape: list[int] = []
    name, kind, raw, external = "", None, None, False
    listed: dict[int, list[memoryview]] = {4: [], 10: []}
    for number, _, value in protobuf.fields(data):
        if number == 1:
            shape += protobuf.integers(value, MOST_DIMENSIONS)
        elif number == 2:
            kind = protobuf.integer(value)
        elif number in listed:
            listed[number].append(protobuf.message(value))
        elif number == 8:
            name = protobuf.string(value)
        elif number == 9:
            raw = protobuf.message(value)
        elif number == 13 or (number == 14 and value == 1):
            external = True
    if external:
        raise ValueError(f"{shown(name)} stands in another file: save the model in one file")
    if kind not in KINDS:  # shapes and the like, in whole numbers
        return name, np.empty(0, np.int64)
    if raw is not None:
        flat = numbers(raw, KINDS[kind])
    else:
        flat = protobuf.floats(listed[10], "<f8") if listed[10] else protobuf.floats(listed[4])
    if count_of(tuple(shape), max(len(flat), 1)) != len(flat):
        raise ValueError(f"{shown(name)} has shape {tuple(shape)} and {len(flat):,} numbers")
    return name, flat.reshape(shape)
