"""How ONNX files hand a weight to the node that uses it.

Each is a function: give(name, array) -> (nodes, initializers).
WAYS are read; REFUSED, with a word that the message must have.
"""

import numpy as np
from weight_files import field, onnx_node, onnx_tensor


def constant(name, array, how="raw"):
    return [onnx_node("Constant", [], name, value=onnx_tensor("", array, how))], []


def through(kind, before=lambda array: array, operands=(), **attributes):
    """Through a node of this kind; `before` makes what the node is given."""

    def give(name, array):
        extra = {f"{name}_{i}": operand(array) for i, operand in enumerate(operands)}
        held = [onnx_tensor(f"{name}_i", np.ascontiguousarray(before(array)))]
        held += [onnx_tensor(key, np.asarray(value, "i8")) for key, value in extra.items()]
        return [onnx_node(kind, [f"{name}_i", *extra], name, **attributes)], held

    return give


def chain(name, array):
    """A Constant through Identity, Unsqueeze, Squeeze and Cast."""
    nodes, _ = constant(f"{name}_1", array)
    nodes += [
        onnx_node("Identity", [f"{name}_1"], f"{name}_2"),
        onnx_node("Unsqueeze", [f"{name}_2"], f"{name}_3", axes=[0]),
        onnx_node("Squeeze", [f"{name}_3"], f"{name}_4", axes=[0]),
        onnx_node("Cast", [f"{name}_4"], name, to=1),
    ]
    return nodes, []


def flat_constant(name, array):
    """A flat Constant, and the shape as a Constant's list of whole numbers."""
    nodes, _ = constant(f"{name}_1", array.reshape(-1))
    shape = onnx_node("Constant", [], f"{name}_s", value_ints=list(array.shape))
    return [*nodes, shape, onnx_node("Reshape", [f"{name}_1", f"{name}_s"], name)], []


def listed_shape(name, array):
    """A shape in int64_data in place of raw bytes."""
    shape = field(1, array.ndim) + field(2, 7) + field(8, f"{name}_s")
    shape += b"".join(field(7, side) for side in array.shape)
    held = [onnx_tensor(f"{name}_i", array.reshape(-1)), shape]
    return [onnx_node("Reshape", [f"{name}_i", f"{name}_s"], name)], held


def turned(name, array):
    """Transposed, as exporters that do not fold constants do it with a Linear's weight."""
    held = [onnx_tensor(f"{name}_i", np.ascontiguousarray(array.T))]
    return [onnx_node("Transpose", [f"{name}_i"], name)], held


WAYS = {
    "constant": constant,
    "constant, listed": lambda name, array: constant(name, array, "packed"),
    "constant, listed one by one": lambda name, array: constant(name, array, "unpacked"),
    "identity": through("Identity"),
    "a chain": chain,
    "reshaped constant": flat_constant,
    "reshaped": through("Reshape", np.ravel, [lambda array: array.shape]),
    "reshaped, a side left open": through(
        "Reshape", np.ravel, [lambda array: (-1, *array.shape[1:])]
    ),
    "reshaped, a side kept": through(
        "Reshape",
        lambda array: array.reshape(len(array), -1),
        [lambda array: (0, *array.shape[1:])],
    ),
    "reshaped, listed": listed_shape,
    "transposed": turned,
    "squeezed": through("Squeeze", lambda array: array[None], [lambda array: [0]]),
    "cast from doubles": through("Cast", lambda array: array.astype("f8"), to=1),
}


def computed(name, array):
    held = [onnx_tensor(f"{name}_i", array)]
    return [onnx_node("Mul", [f"{name}_i", f"{name}_i"], name)], held


def whole_numbers(name, array):
    return [], [onnx_tensor(name, array.astype("i8"))]


def texts(name, array):
    return [], [field(1, 1) + field(2, 8) + field(8, name)]


def listed_halves(name, array):
    shape = b"".join(field(1, side) for side in array.shape)
    return [], [shape + field(2, 10) + field(8, name) + field(5, b"\x01" * array.size)]


def sparse_constant(name, array):
    return [onnx_node("Constant", [], name)], []


REFUSED = {
    "computed": (computed, "computed by a 'Mul'"),
    "quantized": (through("DequantizeLinear"), "quantized to integers"),
    "whole numbers": (whole_numbers, "int64 numbers"),
    "texts": (texts, "ONNX's data type 8, not floats"),
    "16-bit floats in a list": (listed_halves, "a list of 16-bit floats"),
    "sparse": (sparse_constant, "sparse or text"),
    "rounded": (through("Cast", to=10), "rounds the weights to fewer bits"),
    "reshaped to nothing like it": (
        through("Reshape", operands=[lambda array: [7, 7]]),
        r"cannot be reshaped to \(7, 7\)",
    ),
    "turned, then reshaped": (
        lambda name, array: (
            [
                onnx_node("Transpose", [f"{name}_i"], f"{name}_t"),
                onnx_node("Flatten", [f"{name}_t"], name),
            ],
            [onnx_tensor(f"{name}_i", np.ones((2, 3, 4), "f4"))],
        ),
        "transposed, then reshaped",
    ),
    "an unknown axis": (through("Transpose", perm=[0, 0]), "an invalid order of axes"),
    "nowhere": (lambda name, array: ([], []), "'conv1_w' of a 'Conv' are not in the file"),
    "of nothing": (
        lambda name, array: ([onnx_node("Identity", [], name)], []),
        "are not in the file",
    ),
    "a circle": (
        lambda name, array: ([onnx_node("Identity", [name], name)], []),
        "go through more than 20 nodes",
    ),
}
