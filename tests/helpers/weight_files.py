"""Writers of other programs' weight files, made by hand from the formats' descriptions.

They are for tests: they share no code with the readers, and can write files that are wrong.
PyTorch's are in `torch_files.py`.
"""

import io
import struct

import numpy as np
from torch_files import call, listed, name, number, numbers, pickled, sequence

# --- protobuf ---------------------------------------------------------------------------------


def varint(value):
    value &= 2**64 - 1
    data = bytearray()
    while value >= 0x80:
        data.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*data, value])


def field(number, value):
    """A field: an int as varint, a float in 4 bytes, a text or bytes with their length."""
    if isinstance(value, float):
        return varint(number << 3 | 5) + struct.pack("<f", value)
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def floats(number, array, packing):
    """packing: "packed", "unpacked" (a tag before each) or "halves" (two packed runs)."""
    data = np.ascontiguousarray(array, "<f4" if array.dtype.itemsize == 4 else "<f8")
    if packing == "packed":
        return field(number, data.tobytes())
    if packing == "halves":
        flat = data.ravel()
        return b"".join(field(number, half.tobytes()) for half in np.array_split(flat, 2))
    wire = 5 if data.dtype.itemsize == 4 else 1
    record = np.empty(data.size, [("tag", "u1"), ("value", data.dtype)])
    record["tag"], record["value"] = number << 3 | wire, data.ravel()
    return record.tobytes()


# --- Caffe ------------------------------------------------------------------------------------

V1_TYPES = {
    "Data": 5,
    "Convolution": 4,
    "Dropout": 6,
    "InnerProduct": 14,
    "LRN": 15,
    "Pooling": 17,
    "ReLU": 18,
    "Softmax": 20,
}


def blob(array, legacy, packing="packed"):
    if legacy:
        sides = (1,) * (4 - array.ndim) + array.shape
        shape = b"".join(field(i + 1, side) for i, side in enumerate(sides))
    else:
        shape = field(7, field(1, b"".join(map(varint, array.shape))))
    return shape + floats(8 if array.dtype.itemsize == 8 else 5, array, packing)


def caffe_layer(version, kind, name, blobs=(), lrn=None, pooling=b"", legacy=None, packing=None):
    legacy = version == 1 if legacy is None else legacy
    parts = [blob(array, legacy, packing or "packed") for array in blobs]
    if version == 1:
        data = field(4, name) + field(5, V1_TYPES[kind]) + b"".join(field(6, p) for p in parts)
    else:
        data = field(1, name) + field(2, kind) + b"".join(field(7, p) for p in parts)
    if lrn is not None:
        size, alpha, beta, k = lrn
        facts = field(1, size) + field(2, alpha) + field(3, beta) + field(5, k)
        data += field(18 if version == 1 else 118, facts)
    if kind == "Pooling":
        data += field(19 if version == 1 else 121, pooling + field(2, 3) + field(3, 2))
    return field(2 if version == 1 else 100, data)


CAFFE_KINDS = {
    "conv": "Convolution",
    "fc": "InnerProduct",
    "relu": "ReLU",
    "norm": "LRN",
    "pool": "Pooling",
    "drop": "Dropout",
}
CAFFE_LRN = (5, 1e-4, 0.75, 1.0)


def caffe_network(path, order, blobs, version=1, lrn=CAFFE_LRN, **how):
    """order: names such as "conv1 relu1 ..."; blobs: {"conv1": (W, b)} in Caffe's layout."""
    data = field(1, "AlexNet") + caffe_layer(version, "Data", "data")
    for layer in order.split():
        if layer == "flatten":
            continue
        kind = CAFFE_KINDS[layer.rstrip("0123456789")]
        norm = lrn if kind == "LRN" else None
        data += caffe_layer(version, kind, layer, blobs.get(layer, ()), norm, **how)
    data += caffe_layer(version, "Softmax", "prob")
    path.write_bytes(data)
    return path


# --- ONNX -------------------------------------------------------------------------------------

ONNX_KINDS = {"f4": 1, "f2": 10, "f8": 11, "i8": 7}


def onnx_tensor(name, array, how="raw", shape=None):
    """how: "raw" bytes, or a list "packed" or "unpacked"."""
    dims = b"".join(field(1, side) for side in (array.shape if shape is None else shape))
    data = dims + field(2, ONNX_KINDS[array.dtype.str[1:]]) + field(8, name)
    if how == "raw":
        return data + field(9, array.tobytes())
    return data + floats(10 if array.dtype.itemsize == 8 else 4, array, how)


def attribute(name, value):
    if isinstance(value, list):
        return field(1, name) + b"".join(field(8, v) for v in value) + field(20, 7)
    if isinstance(value, bytes):  # a tensor
        return field(1, name) + field(5, value) + field(20, 4)
    kind = 1 if isinstance(value, float) else 2
    return field(1, name) + field(1 + kind, value) + field(20, kind)


def onnx_node(kind, inputs, output, **attributes):
    data = b"".join(field(1, x) for x in inputs) + field(2, output) + field(4, kind)
    return data + b"".join(field(5, attribute(*pair)) for pair in attributes.items())


def onnx_file(path, nodes, tensors, inputs=("x",)):
    graph = b"".join(field(1, node) for node in nodes) + field(2, "graph")
    graph += b"".join(field(5, t) for t in tensors)
    graph += b"".join(field(11, field(1, name)) for name in inputs)
    path.write_bytes(field(1, 8) + field(2, "a test") + field(7, graph) + field(8, field(2, 12)))
    return path


ONNX_OPS = {
    "relu": "Relu",
    "norm": "LRN",
    "pool": "MaxPool",
    "drop": "Dropout",
    "flatten": "Flatten",
}


def onnx_network(path, order, blobs, lrn=CAFFE_LRN, dense="Gemm", how="raw", give=None, inputs=()):
    """dense: "Gemm" with transB, "plain Gemm" without, or "MatMul" and "Add".

    give(name, array) -> (nodes, initializers): how a weight or bias gets its name; `onnx_ways.py`
    """
    nodes, tensors, flow = [], [], "x"
    for layer in order.split():
        kind, out = layer.rstrip("0123456789"), f"{layer}_y"
        if kind in ("conv", "fc"):
            W, b = blobs[layer]
            W = W.T if kind == "fc" and dense != "Gemm" else W
            for name, array in ((f"{layer}_w", np.ascontiguousarray(W)), (f"{layer}_b", b)):
                made = give(name, array) if give else ([], [onnx_tensor(name, array, how)])
                nodes += made[0]
                tensors += made[1]
            names = [flow, f"{layer}_w", f"{layer}_b"]
            if kind == "conv":
                nodes.append(onnx_node("Conv", names, out, strides=[1, 1]))
            elif dense == "MatMul":
                nodes.append(onnx_node("MatMul", names[:2], f"{out}0"))
                nodes.append(onnx_node("Add", [names[2], f"{out}0"], out))
            else:
                turned = {"transB": 1} if dense == "Gemm" else {}
                nodes.append(onnx_node("Gemm", names, out, alpha=1.0, beta=1.0, **turned))
        elif kind == "norm":
            size, alpha, beta, k = lrn
            facts = {"size": size, "alpha": alpha, "beta": beta, "bias": k}
            nodes.append(onnx_node("LRN", [flow], out, **facts))
        else:
            nodes.append(onnx_node(ONNX_OPS[kind], [flow], out))
        flow = out
    nodes.append(onnx_node("Softmax", [flow], "y"))
    return onnx_file(path, nodes, tensors, ("x", *inputs))


# --- NumPy and safetensors --------------------------------------------------------------------


def npy_of_python_2(path, blobs):
    """As numpy.save wrote {"conv1": [W, b], ...} in Python 2: texts are byte strings."""

    def short(value):
        return b"U" + bytes([len(value)]) + value.encode()

    def array(shape, kind, data):
        made = call(name("numpy.core.multiarray", "_reconstruct"), name("numpy", "ndarray"),
                    numbers([0]), short("b"))  # fmt: skip
        dtype = call(name("numpy", "dtype"), short(kind), number(0), number(1))
        order = "|" if kind == "O8" else "<"
        dtype += sequence(number(3), short(order), b"N", b"N", b"N", number(-1)) + b"b"
        return made + sequence(number(1), numbers(shape), dtype, b"\x89", data) + b"b"

    def raw(a):
        return b"T" + struct.pack("<i", a.nbytes) + a.tobytes()

    pairs = b"".join(
        short(key) + listed(*(array(a.shape, a.dtype.str[1:], raw(a)) for a in pair))
        for key, pair in blobs.items()
    )
    value = array((), "O8", listed(b"}(" + pairs + b"u"))
    path.write_bytes(npy_header("'|O'", "()") + pickled(value))
    return path


def npy_header(descr, shape, fortran="False"):
    head = f"{{'descr': {descr}, 'fortran_order': {fortran}, 'shape': {shape}, }}".encode()
    head += b" " * (-(len(head) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head


def npy_bytes(value):
    file = io.BytesIO()
    np.save(file, value, allow_pickle=True)
    return file.getvalue()


def safetensors(path, header, body):
    head = header if isinstance(header, bytes) else header.encode()
    path.write_bytes(struct.pack("<Q", len(head)) + head + body)
    return path
