"""The constants of an ONNX graph: finds each weight, even behind nodes that only rearrange it.

Weights are stored as initializers or in `Constant` nodes. Exporters may pass them through nodes
that do not change the numbers: Identity (shared weights), Transpose (of a Linear's), Reshape and
similar, Cast. These are traced back, as views of the file. Any other node raises ValueError.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from tinyalex.weights.formats.beside import Beside
from tinyalex.weights.formats.onnx_messages import FLOATS, Constant, Node, Unread, read_tensor
from tinyalex.weights.formats.parsed_file import MOST_DIMENSIONS, shown

LONGEST_CHAIN = 20
QUANTIZED = ("DequantizeLinear", "QuantizeLinear", "DynamicQuantizeLinear")


@dataclass(frozen=True)
class Constants:
    """tensors: the initializers. makers: the nodes by the names of their outputs. inputs: the
    graph's inputs. beside: the files with external data."""

    tensors: dict[str, Constant]
    makers: dict[str, Node]
    inputs: set[str]
    beside: Beside

    def array(self, name: str, user: str) -> np.ndarray:
        """The float weights of a node of type `user`. Raises ValueError unless constant."""
        chain: list[Node] = []
        own = name
        while (value := self.stated(name)) is None:
            node = self.makers.get(name)
            if node is None or node.type not in CHANGES or len(chain) == LONGEST_CHAIN:
                raise ValueError(f"the weights {shown(own)} of a {shown(user)} {self._why(name)}")
            chain.append(node)
            name = node.inputs[0] if node.inputs else ""
        if isinstance(value, Unread):
            raise ValueError(f"the weights of a {shown(user)}: {shown(name)} {value.reason}")
        for node in reversed(chain):
            value = CHANGES[node.type](value, node, self)
        if value.dtype.kind != "f":
            raise ValueError(
                f"the weights {shown(own)} of a {shown(user)} are {value.dtype} numbers, not floats"
            )
        return value

    def stated(self, name: str) -> Constant | None:
        """An initializer, or the value of a `Constant` node."""
        if name not in self.tensors:
            node = self.makers.get(name)
            if node is None or node.type != "Constant":
                return None
            self.tensors[name] = self._constant(node.attributes)  # read once
        return self.tensors[name]

    def _constant(self, a: dict[str, Any]) -> Constant:
        if isinstance(a.get("value"), memoryview):
            return read_tensor(a["value"], self.beside)[1]
        if isinstance(a.get("value_float"), float):
            return np.float32(a["value_float"]).reshape(())
        if isinstance(a.get("value_floats"), np.ndarray):
            return a["value_floats"]
        if isinstance(a.get("value_ints"), list):
            return np.array(a["value_ints"], np.int64)
        if isinstance(a.get("value_int"), int):
            return np.array([a["value_int"]], np.int64)
        return Unread("is a constant of an unsupported kind (sparse or text)")

    def whole_numbers(self, node: Node, attribute: str) -> list[int]:
        """A list of integers: a node's second input or, in older files, an attribute."""
        if len(node.inputs) > 1:
            value = self.stated(node.inputs[1])
            if isinstance(value, np.ndarray) and value.dtype.kind in "iu" and value.size <= 64:
                return [int(number) for number in value.ravel()]
        elif isinstance(node.attributes.get(attribute), list):
            return node.attributes[attribute]
        raise ValueError(f"a {shown(node.type)} of weights, but its {attribute} is not in the file")

    def _why(self, name: str) -> str:
        node = self.makers.get(name)
        if node is not None and node.type in QUANTIZED:
            return "are quantized to integers: use the model from before quantization"
        if node is not None and node.type in CHANGES:
            return f"go through more than {LONGEST_CHAIN} nodes: fold the constants first"
        if node is not None:
            return (
                f"are computed by a {shown(node.type)}, which this reader does not support: "
                "fold the constants first (onnxsim does)"
            )
        if name in self.inputs:
            return (
                "are an input of the graph: the file does not contain the weights "
                "(torch.onnx.export leaves them out with export_params=False)"
            )
        return "are not in the file"


def _transposed(value: np.ndarray, node: Node, _: Constants) -> np.ndarray:
    order = node.attributes.get("perm") or list(range(value.ndim))[::-1]
    if not isinstance(order, list) or sorted(order) != list(range(value.ndim)):
        raise ValueError(
            f"a 'Transpose' of weights with {value.ndim} axes has an invalid order of axes"
        )
    return value.transpose(order)


def _reshaped(value: np.ndarray, node: Node, constants: Constants) -> np.ndarray:
    shape = constants.whole_numbers(node, "shape")
    if not node.attributes.get("allowzero"):
        shape = [
            value.shape[axis] if side == 0 and axis < value.ndim else side
            for axis, side in enumerate(shape)
        ]
    return _view(value, shape)


def _flattened(value: np.ndarray, node: Node, _: Constants) -> np.ndarray:
    axis = node.attributes.get("axis", 1)
    if not isinstance(axis, int) or not -value.ndim <= axis <= value.ndim:
        raise ValueError(f"a 'Flatten' has axis {axis}, but its input has {value.ndim} axes")
    axis = axis + value.ndim if axis < 0 else axis
    return _view(value, [int(np.prod(value.shape[:axis], dtype=np.int64)), -1])


def _view(value: np.ndarray, shape: list[int]) -> np.ndarray:
    if not value.flags.c_contiguous:  # reshaping would copy it
        raise ValueError("weights are transposed, then reshaped: fold the constants first")
    try:
        return value.reshape(shape)
    except (ValueError, OverflowError):
        raise ValueError(
            f"weights of shape {value.shape} cannot be reshaped to {tuple(shape)[:9]}"
        ) from None


def _squeezed(value: np.ndarray, node: Node, constants: Constants) -> np.ndarray:
    if len(node.inputs) < 2 and "axes" not in node.attributes:
        return value.squeeze()
    return value.squeeze(_axes(node, constants))


def _unsqueezed(value: np.ndarray, node: Node, constants: Constants) -> np.ndarray:
    return np.expand_dims(value, _axes(node, constants))


def _axes(node: Node, constants: Constants) -> tuple[int, ...]:
    axes = tuple(constants.whole_numbers(node, "axes"))
    if any(abs(axis) > MOST_DIMENSIONS for axis in axes):
        raise ValueError(f"a {shown(node.type)} of weights has an axis out of range")
    return axes


def _cast(value: np.ndarray, node: Node, _: Constants) -> np.ndarray:
    """The same numbers: all become float32 in the end. Raises ValueError if the cast rounds."""
    kind = FLOATS.get(node.attributes.get("to"))
    if kind in ("<f4", "<f8") or (kind == "<f2" and value.dtype == np.float16):
        return value
    raise ValueError("a 'Cast' rounds the weights to fewer bits: fold the constants first")


CHANGES: dict[str, Callable[[np.ndarray, Node, Constants], np.ndarray]] = {
    "Identity": lambda value, node, constants: value,
    "Transpose": _transposed,
    "Reshape": _reshaped,
    "Flatten": _flattened,
    "Squeeze": _squeezed,
    "Unsqueeze": _unsqueezed,
    "Cast": _cast,
}
