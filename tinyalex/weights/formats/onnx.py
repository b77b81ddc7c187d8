"""ONNX files: a ModelProto message with a graph of nodes, and the weights as constants.

ModelProto     graph = 7
GraphProto     node = 1, initializer = 5, input = 11, sparse_initializer = 15

The reader follows the activations from the input and collects the weights that they meet. It does
not use the package `onnx`: see `protobuf.py`. Source: onnx/onnx.proto.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tinyalex.weights.formats import protobuf
from tinyalex.weights.formats.beside import Beside
from tinyalex.weights.formats.onnx_constants import Constants
from tinyalex.weights.formats.onnx_messages import (
    Constant,
    Node,
    Unread,
    read_name,
    read_node,
    read_sparse_name,
    read_tensor,
)
from tinyalex.weights.formats.parsed_file import FileLayer, ParsedFile, Step, in_order, shown

GRAPH = 7  # in a ModelProto; a .caffemodel has no such message
STEPS = {"Relu": "relu", "MaxPool": "pool"}
LEARNING = ("Conv", "Gemm", "MatMul")
ASIDE = ("Dropout", "Reshape", "Flatten", "Identity", "Softmax", "LogSoftmax", "Cast", "Squeeze")
QUANTIZED = ("QLinearConv", "ConvInteger", "QLinearMatMul", "MatMulInteger", "QGemm")
NO_BIAS = np.empty(0, np.float32)


def read_onnx(data: memoryview, folder: Path) -> ParsedFile:
    """The network in an ONNX file in `folder`. Raises ValueError for anything else."""
    nodes: list[Node] = []
    tensors: dict[str, Constant] = {}
    inputs: list[str] = []
    beside = Beside(folder)
    for number, _, graph in protobuf.fields(data):
        if number != GRAPH:
            continue
        for part, _, value in protobuf.fields(protobuf.message(graph)):
            if part == 1:
                nodes.append(read_node(protobuf.message(value)))
            elif part == 5:
                name, tensor = read_tensor(protobuf.message(value), beside)
                tensors[name] = tensor
            elif part == 11:
                inputs.append(read_name(protobuf.message(value)))
            elif part == 15:
                tensors[read_sparse_name(protobuf.message(value))] = Unread("is stored sparsely")
    makers = {name: node for node in nodes for name in node.outputs}
    constants = Constants(tensors, makers, set(inputs), beside)
    walk = _Walk(constants, {name for name in inputs if name and name not in tensors})
    for node in nodes:
        walk.take(node)
    walk.finish()
    return ParsedFile("ONNX", in_order(walk.layers), steps=walk.steps)


class _Walk:
    """Follows the activations, collecting the steps and the layers with weights.

    path      the names of the activations so far
    unbiased  the names of the last layer's output, if an Add may still supply its bias
    """

    def __init__(self, constants: Constants, path: set[str]) -> None:
        self.constants, self.path = constants, path
        self.layers: list[FileLayer] = []
        self.steps: list[Step] = []
        self.unbiased: set[str] = set()
        self.turned = False

    def take(self, node: Node) -> None:
        if not self.path.intersection(node.inputs) or node.type == "Shape":
            return
        made = {name for name in node.outputs[:1] if name}
        if node.type in QUANTIZED:
            raise ValueError(
                f"a {shown(node.type)} has weights quantized to integers: use the model from "
                "before quantization"
            )
        if node.type in LEARNING:
            self._learn(node)
            self.unbiased = made if self.layers[-1].bias is NO_BIAS else set()
        elif node.type == "Add" and self._is_bias(node):
            self.unbiased = set()
        elif node.type == "LRN":
            a = {"alpha": 1e-4, "bias": 1.0, "size": 1, **node.attributes}
            self.steps.append(Step("norm", (a["bias"], a["alpha"] / max(a["size"], 1))))
        elif node.type not in ASIDE and not _is_no_pooling(node):
            self.turned = self.turned or (node.type == "Transpose" and bool(self.layers))
            self.steps.append(Step(STEPS.get(node.type, node.type)))
        elif self.unbiased.intersection(node.inputs) and node.type in ("Identity", "Cast"):
            self.unbiased |= made
        self.path |= made

    def finish(self) -> None:
        """Raises ValueError if there are no layers with weights, or one has no bias."""
        if not self.layers:
            kinds = ", ".join(step.kind for step in self.steps) or "no known operations"
            raise ValueError(
                f"no {', '.join(LEARNING)} with weights on the path from its input: {kinds:.150}"
            )
        for layer in self.layers:
            if layer.bias is NO_BIAS:
                raise ValueError(f"layer {shown(layer.name)} has no bias: not a known AlexNet")

    def _learn(self, node: Node) -> None:
        names = [*node.inputs, "", "", ""][:3]
        fed = names[1] in self.constants.inputs  # a graph input: `array` reports it
        if names[0] not in self.path or (names[1] in self.path and not fed):
            raise ValueError(
                f"a {shown(node.type)} does not multiply activations by weights, which no known "
                "AlexNet has"
            )
        weight = self.constants.array(names[1], node.type)
        bias = NO_BIAS
        if names[2] and node.type != "MatMul":
            bias = _channels(self.constants.array(names[2], node.type), 1)
        if weight.ndim != (4 if node.type == "Conv" else 2):
            raise ValueError(f"the weights of a {shown(node.type)} have {weight.ndim} dimensions")
        if node.type == "Conv":
            self.steps.append(Step("conv"))
        else:
            weight = self._connected(node, names[1], weight)
            self.steps.append(Step("fc"))
        self.layers.append(FileLayer(names[1], weight, bias))

    def _connected(self, node: Node, name: str, weight: np.ndarray) -> np.ndarray:
        """A fully connected layer's weight as (out, in)."""
        a = node.attributes
        scales = a.get("alpha", 1) != 1 or a.get("beta", 1) != 1 or a.get("transA")
        if node.type == "Gemm" and scales:
            raise ValueError(f"layer {shown(name)} scales or transposes its input: not an AlexNet")
        if self.turned:
            raise ValueError(
                f"layer {shown(name)} comes after a 'Transpose' of the maps: the order of its "
                "inputs is unknown"
            )
        return weight if node.type == "Gemm" and a.get("transB") else weight.T

    def _is_bias(self, node: Node) -> bool:
        """Whether an Add supplies the bias of the layer right before it; if so, stores the bias."""
        if len(node.inputs) != 2 or self.path.issuperset(node.inputs):
            return False
        before, name = node.inputs if node.inputs[0] in self.path else node.inputs[::-1]
        if before not in self.unbiased:
            return False
        layer = self.layers[-1]
        bias = self.constants.array(name, node.type)
        after = 3 if layer.weight.ndim == 4 else 1  # axes from the channel axis on
        self.layers[-1] = FileLayer(layer.name, layer.weight, _channels(bias, after))
        return True


def _channels(bias: np.ndarray, after: int) -> np.ndarray:
    """A bias as (channels,); the channel axis is followed by `after` - 1 others. Raises ValueError
    unless there is one number per channel."""
    shape = (1,) * (after - bias.ndim) + bias.shape
    if any(side != 1 for axis, side in enumerate(shape) if axis != len(shape) - after):
        raise ValueError(f"a bias of shape {bias.shape} is not one number per channel")
    return bias.reshape(-1)


def _is_no_pooling(node: Node) -> bool:
    """Whether this is average pooling over single pixels, the form in which torchvision's adaptive
    pooling is exported."""
    return node.type == "AveragePool" and set(node.attributes.get("kernel_shape", [0])) == {1}
