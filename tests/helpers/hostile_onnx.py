"""ONNX graphs that do something odd to their weights: {what: bytes}. See `hostile_messages.py`."""

import numpy as np
import onnx_ways
import weight_files as files
from small_files import BLOBS, ORDER, made
from weight_files import field

HUGE = 2**62


def constants(tmp):
    """ONNX graphs whose weights go through nodes that do something odd to them."""
    onnx = made(tmp, files.onnx_network, ORDER, BLOBS)
    weight = files.onnx_tensor("v", np.ones((2, 3, 1, 1), "f4"))
    result = {}
    for what, (give, _) in onnx_ways.REFUSED.items():
        result[f"ONNX, {what}"] = made(tmp, files.onnx_network, ORDER, BLOBS, give=give)

    def reshaped(shape, **facts):
        held = [files.onnx_tensor("s", np.array(shape, "i8")), weight]
        return [files.onnx_node("Reshape", ["v", "s"], "w", **facts)], held

    def through(kind, **facts):
        return [files.onnx_node(kind, ["v"], "w", **facts)], [weight]

    for what, (nodes, held) in {
        "reshaped to huge": reshaped([HUGE, 1, 1, 1]),
        "reshaped past 64 bits": reshaped([2**32, 2**32, 2**32]),
        "reshaped to negative": reshaped([-2, -3, 1, 1]),
        "reshaped to nothing of huge": reshaped([0, HUGE], allowzero=1),
        "reshaped to a thousand axes": reshaped([1] * 1000 + [6]),
        "reshaped to sixty axes": reshaped([6] + [1] * 59),
        "reshaped by nothing": through("Reshape"),
        "transposed by a number": through("Transpose", perm=7),
        "transposed twice along one": through("Transpose", perm=[0, 0, 1, 1]),
        "transposed along a fifth": through("Transpose", perm=[0, 1, 2, 3, 4]),
        "flattened far away": through("Flatten", axis=HUGE),
        "flattened at a list": through("Flatten", axis=[1]),
        "squeezed along a side of two": through("Squeeze", axes=[0]),
        "squeezed far away": through("Squeeze", axes=[HUGE]),
        "unsqueezed far away": through("Unsqueeze", axes=[HUGE]),
        "unsqueezed a hundred times": through("Unsqueeze", axes=list(range(99))),
        "cast to nothing": through("Cast"),
        "cast to huge": through("Cast", to=HUGE),
        "a constant of nothing": ([files.onnx_node("Constant", [], "w")], []),
        "a constant of a number": ([files.onnx_node("Constant", [], "w", value=5)], []),
        "a constant cut off": ([files.onnx_node("Constant", [], "w", value=b"\x0a\x05")], []),
        "a constant that is a float": ([files.onnx_node("Constant", [], "w", value_float=1.0)], []),
    }.items():
        user = files.onnx_node("Conv", ["x", "w", "conv1_b"], "y")
        graph = b"".join(field(5, tensor) for tensor in held)
        graph += b"".join(field(1, node) for node in [*nodes, user])
        result[f"ONNX, {what}"] = onnx + field(7, graph)
    return result
