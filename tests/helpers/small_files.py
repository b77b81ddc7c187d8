"""Good files of every format with two small layers, for the hostile ones to be made from."""

import json
import struct

import numpy as np
import onnx_ways
import torch_files as torchs
import weight_files as files
from torch_files import call, listed, name, number, numbers, pickled, sequence, text

# Two layers, far too small for an AlexNet, which only `read_foreign` minds.
SMALL = {
    "a.weight": np.arange(6, dtype="f4").reshape(2, 3, 1, 1),
    "a.bias": np.ones(2, "f4"),
    "b.weight": np.arange(8, dtype="f4").reshape(4, 2),
    "b.bias": np.ones(4, "f4"),
}
BLOBS = {"conv1": (SMALL["a.weight"], SMALL["a.bias"]), "fc6": (SMALL["b.weight"], SMALL["b.bias"])}
ORDER = "conv1 relu1 norm1 pool1 fc6"


def write_npz(path, save=np.savez, **changes):
    arrays = {"mean": np.ones(3, "f4")}
    for layer, (W, b) in BLOBS.items():
        arrays |= {f"{layer}_w": W, f"{layer}_b": b}
    with open(path, "wb") as file:
        save(file, **{**arrays, **changes})
    return path


def write_npy(path, evil=b""):
    """evil: a further argument of a call, whose arguments are not looked at."""

    def array(shape, kind, data):
        order = "|" if kind == "O8" else "<"
        made = call(name("numpy._core.multiarray", "_reconstruct"), name("numpy", "ndarray"),
                    numbers([0]), b"C\x01b", evil)  # fmt: skip
        dtype = call(name("numpy", "dtype"), text(kind), b"\x89", b"\x88")
        dtype += sequence(number(3), text(order), b"N", b"N", b"N", number(-1)) + b"b"
        return made + sequence(number(1), numbers(shape), dtype, b"\x89", data) + b"b"

    def raw(a):
        return b"B" + struct.pack("<I", a.nbytes) + a.tobytes()

    pairs = b"".join(
        text(key) + listed(*(array(np.moveaxis(a, 0, -1).shape, "f4", raw(a)) for a in pair))
        for key, pair in BLOBS.items()
    )
    value = array((), "O8", listed(b"}(" + pairs + b"u"))
    path.write_bytes(files.npy_header("'|O'", "()") + pickled(value))
    return path


def write_safetensors(path, change=lambda header: header, body=b"", prefix=None):
    header, data = {}, b""
    for key, array in SMALL.items():
        span = [len(data), len(data) + array.nbytes]
        header[key] = {"dtype": "F32", "shape": list(array.shape), "data_offsets": span}
        data += array.tobytes()
    header = change(header)
    header = header if isinstance(header, bytes) else json.dumps(header).encode()
    length = struct.pack("<Q", len(header)) if prefix is None else prefix
    path.write_bytes(length + header + data + body)
    return path


GOOD = {
    "PyTorch zip": lambda path: torchs.torch_zip(path, SMALL),
    "PyTorch stream": lambda path: torchs.torch_stream(path, SMALL),
    "PyTorch tar": lambda path: torchs.torch_tar(path, SMALL),
    "npy": write_npy,
    "npz": write_npz,
    "npz, compressed": lambda path: write_npz(path, np.savez_compressed),
    "safetensors": write_safetensors,
    "Caffe V1": lambda path: files.caffe_network(path, ORDER, BLOBS, 1),
    "Caffe V2": lambda path: files.caffe_network(path, ORDER, BLOBS, 2),
    "Caffe, unpacked": lambda path: files.caffe_network(path, ORDER, BLOBS, 2, packing="unpacked"),
    "ONNX": lambda path: files.onnx_network(path, ORDER, BLOBS),
    "ONNX, constants": lambda path: files.onnx_network(path, ORDER, BLOBS, give=onnx_ways.chain),
    "ONNX, unpacked": lambda path: files.onnx_network(path, ORDER, BLOBS, how="unpacked"),
}


def made(path, write, *arguments, **options):
    """What a writer of files writes, as bytes."""
    write(path, *arguments, **options)
    return path.read_bytes()
