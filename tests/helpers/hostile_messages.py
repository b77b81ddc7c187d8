"""Hostile and damaged protobuf, safetensors and NumPy files: {what: bytes}.

As in `hostile_pickles.py` each is right apart from one thing.
"""

import json
import struct

import numpy as np
import weight_files as files
from hostile_containers import entries_of, put, zip_of
from small_files import BLOBS, ORDER, made, write_npz, write_safetensors
from weight_files import field, varint

HUGE = 2**62

# --- protobuf ---------------------------------------------------------------------------------


def messages(tmp):
    """Caffe and ONNX files whose wire format is wrong, at the top and inside of a layer."""
    caffe = made(tmp, files.caffe_network, ORDER, BLOBS, 2)
    onnx = made(tmp, files.onnx_network, ORDER, BLOBS)
    wrong = {
        "an endless number": b"\x08" + b"\xff" * 12,
        "a number past 64 bits": b"\x08" + b"\xff" * 9 + b"\x7f",
        "an endless tag": b"\xff" * 12,
        "field 0": b"\x00\x01",
        "a length of 2 ** 64 - 1": b"\x0a" + b"\xff" * 9 + b"\x01",
        "a length of 2 ** 63": b"\x0a" + varint(2**63),
        "a length past the end": b"\x0a" + varint(10**6),
        "half a float": b"\x0d\x00\x00",
        "half a double": b"\x09\x00\x00",
        "a group": b"\x0b",
        "the end of a group": b"\x0c",
        "wire type 6": b"\x0e\x00",
        "wire type 7": b"\x0f\x00",
        "half a tag": b"\x80",
        "a length without its bytes": b"\x0a\x05",
        "too many fields": b"\x28\x01" * 20_001,
    }
    result = {}
    for what, piece in wrong.items():
        result[f"Caffe, at the end: {what}"] = caffe + piece
        result[f"Caffe, at the beginning: {what}"] = piece + caffe
        for number_ in (2, 100):
            result[f"Caffe, in layer {number_}: {what}"] = caffe + field(number_, piece)
        result[f"Caffe, in a blob: {what}"] = caffe + field(100, field(7, piece))
        result[f"Caffe, in an LRN: {what}"] = (
            caffe
            + files.caffe_layer(2, "LRN", "n")
            + field(100, field(2, "LRN") + field(118, piece))
        )
        result[f"ONNX, at the end: {what}"] = onnx + piece
        result[f"ONNX, in a graph: {what}"] = onnx + field(7, piece)
        result[f"ONNX, in a node: {what}"] = onnx + field(7, field(1, piece))
        result[f"ONNX, in a tensor: {what}"] = onnx + field(7, field(5, piece))
        result[f"ONNX, in an attribute: {what}"] = onnx + field(7, field(1, field(5, piece)))
    return result


def blobs(tmp):
    """Caffe's arrays and ONNX's tensors that are not what they say."""
    caffe = made(tmp, files.caffe_network, ORDER, BLOBS, 2)
    onnx = made(tmp, files.onnx_network, ORDER, BLOBS)
    ones = np.ones(6, "<f4").tobytes()
    packed = field(5, ones)
    wrong = {
        "no numbers": field(7, field(1, varint(6))),
        "too few": field(7, field(1, varint(7))) + packed,
        "too many": field(7, field(1, varint(5))) + packed,
        "huge": field(7, field(1, varint(HUGE))) + packed,
        "a product past 64 bits": field(7, field(1, varint(2**32) * 3)) + packed,
        "a product of 0": field(7, field(1, varint(0) + varint(HUGE))) + packed,
        "negative": field(7, field(1, varint(-2) + varint(-3))) + packed,
        "ninety dimensions": field(7, field(1, varint(1) * 90)) + packed,
        "a shape of floats": field(7, field(1, 6.0)) + packed,
        "a shape that is a number": field(7, 6) + packed,
        "no whole number of floats": field(7, field(1, varint(6))) + field(5, ones + b"\0"),
        "floats and doubles": field(7, field(1, varint(6))) + packed + field(8, ones * 2),
        "numbers that are a number": field(7, field(1, varint(6))) + field(5, 6),
        "huge legacy sides": field(1, HUGE) + field(2, HUGE) + packed,
        "negative legacy sides": field(1, -1) + packed,
    }
    result = {}
    bias = files.blob(np.ones(2, "f4"), legacy=False)
    for what, piece in wrong.items():
        layer = field(1, "w") + field(2, "Convolution") + field(7, piece) + field(7, bias)
        result[f"Caffe, a blob: {what}"] = caffe + field(100, layer)
        first = field(4, "w") + field(5, 4) + field(6, piece) + field(6, bias)
        result[f"Caffe V1, a blob: {what}"] = caffe + field(2, first)
    good = field(1, 2) + field(1, 3) + field(8, "w")
    for what, tensor in {
        "no numbers": good + field(2, 1),
        "too few": good + field(2, 1) + field(9, ones[:-4]),
        "too many": good + field(2, 1) + field(9, ones + b"\0" * 4),
        "no whole number": good + field(2, 1) + field(9, ones[:-1]),
        "of another type": good + field(2, 11) + field(9, ones),
        "huge": field(1, HUGE) + field(2, 1) + field(9, ones),
        "a product past 64 bits": field(1, 2**32) * 3 + field(2, 1) + field(9, ones),
        "a product of 0": field(1, 0) + field(1, HUGE) + field(2, 1) + field(9, ones),
        "negative": field(1, -2) + field(1, -3) + field(2, 1) + field(9, ones),
        "ninety dimensions": field(1, 1) * 90 + field(2, 1) + field(9, ones),
        "listed too few": good + field(2, 1) + field(4, ones[:-4]),
        "listed no whole number": good + field(2, 1) + field(4, ones[:-1]),
        "listed as numbers": good + field(2, 1) + field(4, 6),
        "a type of text": good + field(2, "1") + field(9, ones),
        "in another file": good + field(2, 1) + field(13, field(1, "location")),
        "in a file up the tree": good + field(2, 1) + field(14, 1) + field(13, "../../etc/passwd"),
    }.items():
        result[f"ONNX, a tensor: {what}"] = onnx + field(7, field(5, tensor))
    for what, tensor in {
        "beside it, huge": field(1, HUGE) + field(2, 1) + _beside(location="file", length=HUGE),
        "beside it, a product past 64 bits": field(1, 2**32) * 3
        + field(2, 1)
        + _beside(location="file"),
        "beside it, up the tree": good + field(2, 1) + _beside(location="../../etc/passwd"),
        "beside it, from the root": good + field(2, 1) + _beside(location="/etc/passwd"),
        "beside it, a device": good + field(2, 1) + _beside(location="/dev/zero"),
        "beside it, gone": good + field(2, 1) + _beside(location="gone"),
        "beside it, an offset past the end": good
        + field(2, 1)
        + _beside(location="file", offset=10**9),
        "beside it, a negative offset": good + field(2, 1) + _beside(location="file", offset=-8),
        "beside it, an offset of a thousand digits": good
        + field(2, 1)
        + _beside(location="file", offset="9" * 1000),
        "beside it, a long name": good + field(2, 1) + _beside(location="a" * 100_000),
        "beside it, a number": good + field(2, 1) + field(13, 5) + field(14, 1),
    }.items():
        result[f"ONNX, a tensor: {what}"] = onnx + field(7, field(5, tensor))
    for what, node in {
        "weights that are not there": files.onnx_node("Conv", ["x", "gone", "b"], "y"),
        "no inputs": files.onnx_node("Gemm", ["x"], "y"),
        "weights that are computed": files.onnx_node("MatMul", ["x", "x"], "y"),
        "no bias": files.onnx_node("Conv", ["x", "conv1_w"], "y"),
        "a scale": files.onnx_node("Gemm", ["x", "fc6_w", "fc6_b"], "y", alpha=2.0),
        "another turn": files.onnx_node("Gemm", ["x", "fc6_w", "fc6_b"], "y", transA=1),
        "a scale of nothing": files.onnx_node("LRN", ["x"], "y") + field(5, field(2, "")),
        "a list of a thousand": files.onnx_node("MaxPool", ["x"], "y")
        + field(5, field(1, "pads") + field(8, b"\x01" * 1000)),
    }.items():
        # A graph of its own after the good one, so that the weights' names are known.
        result[f"ONNX, a node: {what}"] = onnx + field(7, field(1, node))
    return result


def _beside(**place):
    """That a tensor's numbers stand in another file; the reader's own is called "file"."""
    pairs = [field(13, field(1, key) + field(2, str(value))) for key, value in place.items()]
    return b"".join(pairs) + field(14, 1)


# --- safetensors and NumPy --------------------------------------------------------------------


def safetensors(tmp):
    def entry(**changes):
        return lambda header: {**header, "a.weight": {**header["a.weight"], **changes}}

    def header(text):
        return lambda _: text.encode() if isinstance(text, str) else text

    changes = {
        "overlapping": entry(data_offsets=[0, 28]),
        "onto another": entry(data_offsets=[24, 48]),
        "a gap": entry(data_offsets=[0, 20], shape=[5]),
        "backwards": entry(data_offsets=[24, 0]),
        "negative": entry(data_offsets=[-24, 0]),
        "past the end": entry(data_offsets=[0, HUGE]),
        "offsets of floats": entry(data_offsets=[0.0, 24.0]),
        "offsets of texts": entry(data_offsets=["0", "24"]),
        "offsets of truths": entry(data_offsets=[False, 24]),
        "one offset": entry(data_offsets=[0]),
        "no offsets": entry(data_offsets=None),
        "huge offsets": entry(data_offsets=[10**400, 10**400]),
        "another type": entry(dtype="F64"),
        "an unknown type": entry(dtype="F4"),
        "a type of a list": entry(dtype=["F32"]),
        "no type": entry(dtype=None),
        "a huge shape": entry(shape=[HUGE]),
        "a product past 64 bits": entry(shape=[2**32] * 3),
        "a product of 0": entry(shape=[0, HUGE]),
        "a negative shape": entry(shape=[-2, -3]),
        "a shape of floats": entry(shape=[6.0]),
        "a shape of truths": entry(shape=[True, 6]),
        "a shape of text": entry(shape="6"),
        "a wrong shape": entry(shape=[7]),
        "a thousand dimensions": entry(shape=[1] * 1000 + [6]),
        "no table": lambda header: list(header),
        "tensors of numbers": lambda header: {**header, "x": 1},
        "tensors of nothing": lambda header: {**header, "x": {}},
        "a tensor less": lambda header: {k: v for k, v in header.items() if k != "b.bias"},
        "no bias": lambda header: {("c" if k == "b.bias" else k): v for k, v in header.items()},
        "nothing": lambda _: {},
        "no JSON": header("{'a': 1}"),
        "half JSON": header('{"a.weight": {"dtype"'),
        "deep lists": header('{"a":' + "[" * 100_000 + "]" * 100_000 + "}"),
        "deep tables": header('{"a":' * 100_000 + "1" + "}" * 100_000),
        "no text": header(b"{\xff\xfe}"),
        "a double of a good one": lambda header: (
            json.dumps(header)[:-1] + ', "b.bias": ' + json.dumps(header["b.bias"]) + "}"
        ).encode(),
        "a double": header('{"a": {"data_offsets": [0, 0]}, "a": {"data_offsets": [0, 0]}}'),
        "a number of 10,000 digits": header('{"a": ' + "9" * 10_000 + "}"),
        "not a number": entry(data_offsets=[float("nan"), float("inf")]),
    }
    result = {what: made(tmp, write_safetensors, change) for what, change in changes.items()}
    result["a tail"] = made(tmp, write_safetensors, body=b"\0")
    good = made(tmp, write_safetensors)
    for length in (0, 1, 2**20, 2**32, 2**39, 2**63, 2**64 - 1, len(good)):
        prefix = struct.pack("<Q", length)
        result[f"a header of {length} bytes"] = made(tmp, write_safetensors, prefix=prefix)
    return result


def numpys(tmp):
    """Headers of .npy that say something else, alone and inside an .npz."""
    data = np.ones(6, "<f4").tobytes()
    headers = {
        "objects": ("'|O'", "(6,)"),
        "a structure": ("[('a', '<f4')]", "(6,)"),
        "texts": ("'<U6'", "(1,)"),
        "bytes": ("'|S24'", "(1,)"),
        "numbers": ("'<i4'", "(6,)"),
        "big-endian": ("'>f4'", "(6,)"),
        "doubles": ("'<f8'", "(6,)"),
        "long doubles": ("'<f16'", "(6,)"),
        "a call": ("__import__('os').system('true')", "(6,)"),
        "too many": ("'<f4'", "(7,)"),
        "too few": ("'<f4'", "(5,)"),
        "huge": ("'<f4'", f"({HUGE},)"),
        "a product past 64 bits": ("'<f4'", "(4294967296, 4294967296, 4294967296)"),
        "a product of 0": ("'<f4'", f"(0, {HUGE})"),
        "negative": ("'<f4'", "(-2, -3)"),
        "a thousand dimensions": ("'<f4'", "(" + "1, " * 1000 + ")"),
        "deep signs": ("'<f4'", "(" + "-" * 3000 + "6,)"),
        "deep brackets": ("'<f4'", "(" * 500 + "6," + ")" * 500),
        "a list": ("'<f4'", "[6]"),
        "a text": ("'<f4'", "'6'"),
    }
    result = {}
    whole = entries_of(made(tmp, write_npz))
    for what, (descr, shape) in headers.items():
        array = files.npy_header(descr, shape) + data
        result[f"npy: {what}"] = array
        result[f"npz: {what}"] = zip_of({**whole, "conv1_w.npy": array})
    good = whole["conv1_w.npy"]
    for what, array in {
        "no array": b"hello",
        "empty": b"",
        "a header past the end": put(good, 8, "<H", 65535),
        "another version": put(good, 6, "BB", 9, 9),
        "a long header": good[:8] + struct.pack("<H", 9000) + b" " * 9000,
        "a header of version 2 past the end": put(good, 6, "<BBI", 2, 0, 2**31),
        "cut": good[:-1],
        "a tail": good + b"\0",
    }.items():
        result[f"npz: {what}"] = zip_of({**whole, "conv1_w.npy": array})
    result |= {
        "npz: no bias": zip_of({k: v for k, v in whole.items() if k != "conv1_b.npy"}),
        "npz: a mean of four": made(tmp, write_npz, mean=np.ones(4, "f4")),
        "npz: a mean of nan": made(tmp, write_npz, mean=np.full(3, np.nan, "f4")),
        "npz: a pickled array": made(tmp, write_npz, conv1_w=np.array([{}], object)),
    }
    return result
