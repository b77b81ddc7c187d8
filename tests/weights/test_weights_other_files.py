"""Files handed in as weights that hold none: the message says what they are and what to do."""

import bz2
import gzip
import io
import json
import lzma
import os
import pickle
import struct
import tarfile
import zipfile

import numpy as np
import pytest
import torch_files as torchs
import weight_files as files
from complaints import complaint
from PIL import Image
from random_networks import CAFFE, TRUNK, torch_keys
from small_files import GOOD
from weight_files import field

from tinyalex.weights import load_weights, read_foreign
from tinyalex.weights.formats.other_files import LOOKED_AT, what_it_is

PROTOTXT = """name: "AlexNet"
layer {
  name: "conv1"
  type: "Convolution"
  bottom: "data"
}
"""
SOLVER = 'net: "models/bvlc_alexnet/train_val.prototxt"\ntest_iter: 1000\nbase_lr: 0.01\n'
POINTER = """version https://git-lfs.github.com/spec/v1
oid sha256:7be5be791159472b1fbf3c69796f7cb30dca7ad8466c2df70058c37116cdee02
size 244408911
"""
PAGE = """

<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>
  Google Drive - Virus  scan warning</title></head><body>…</body></html>
"""
DENIED = '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code></Error>'
SPLIT = {"metadata": {}, "weight_map": {"a": "model-00001-of-00002.safetensors"}}
TEXTS = {
    "prototxt": (PROTOTXT, ["a prototxt", ".caffemodel"]),
    "prototxt of old": ("layers {\n  name: 'conv1'\n}", ["a prototxt", ".caffemodel"]),
    "prototxt with a comment": ("# AlexNet\n" * 20 + PROTOTXT, ["a prototxt"]),
    "deploy.prototxt": ('input: "data"\ninput_dim: 10\n', ["a prototxt"]),
    "solver.prototxt": (SOLVER, ["a Caffe solver's settings", ".caffemodel"]),
    "pbtxt": ("node {\n  name: 'x'\n}\n", ["a graph as text (.pbtxt)", "ONNX"]),
    "LFS pointer": (POINTER, ["a Git LFS pointer", "244,408,911 bytes", "git lfs pull"]),
    "annex pointer": ("/annex/objects/SHA256E-s24--7b.pth\n", ["git annex get"]),
    "web page": (PAGE, ["an HTML page", "'Google Drive - Virus scan warning'", "download"]),
    "web page without a title": ("<html></html>", ["an HTML page"]),
    "refusal of a store": (DENIED, ["an XML file", "<?xml version"]),
    "JSON": (json.dumps({"layers": [1, 2]}), ["a JSON file"]),
    "a list of JSON": ('[\n  {"a": 1}]', ["a JSON file"]),
    "index": (json.dumps(SPLIT), ["split into several files", "'model-00001-of-00002.safetens"]),
    "YAML": ("model: alexnet\nlr: 0.01\n", ["(YAML or similar)"]),
    "YAML with a mark": ("---\nmodel: alexnet\n", ["(YAML or similar)"]),
    "darknet": ("[net]\nbatch=128\n", ["a text file", "'[net]\\nbatch=128'"]),
    "text": ("Download it from here, please.", ["a text file", "'Download it from here, please.'"]),
    "blanks": (" \n\n ", ["a text file", "it is blank"]),
    "a file name is too long": ("übung\n" * 9999, ["a text file"]),
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("what", TEXTS)
def test_texts(tmp_path, what, ends, encoding):
    text, parts = TEXTS[what]
    path = tmp_path / "alexnet.pth"
    path.write_bytes(text.replace("\n", ends).encode(encoding))
    message = complaint(lambda: read_foreign(path))
    for part in parts:
        assert part in message
    if encoding != "utf-16":
        assert complaint(lambda: load_weights(path)) == message


def zipped(names, **contents):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, contents.get(name, b"x"))
    return file.getvalue()


def tarred(name):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        archive.addfile(tarfile.TarInfo(name), io.BytesIO())
    return file.getvalue()


def picture(kind):
    file = io.BytesIO()
    Image.new("RGB", (8, 8)).save(file, kind)
    return file.getvalue()


def arrays(**named):
    file = io.BytesIO()
    np.savez(file, **named)
    return file.getvalue()


HDF5 = b"\x89HDF\r\n\x1a\n" + bytes(88)
NODE = field(1, "x") + field(2, "Placeholder")
TENSOR_FILL = field(2, field(2, "conv1_w") + field(4, "GivenTensorFill"))
BINARIES = {
    "gzip": (gzip.compress(b"weights"), ["compressed with gzip", "unpack it"]),
    "bzip2": (bz2.compress(b"weights"), ["compressed with bzip2", "unpack it"]),
    "xz": (lzma.compress(b"weights"), ["compressed with xz", "unpack it"]),
    "zstd": (b"\x28\xb5\x2f\xfd" + bytes(9), ["compressed with zstd", "unpack it"]),
    "7-Zip": (b"7z\xbc\xaf\x27\x1c" + bytes(9), ["a 7-Zip archive", "unpack it"]),
    "RAR": (b"Rar!\x1a\x07\1\0" + bytes(9), ["a RAR archive", "unpack it"]),
    "zip of a model": (zipped(["a/net.caffemodel", "b"]), ["'a/net.caffemodel', 'b'", "unpack it"]),
    "zip of nothing": (zipped([]), ["an empty zip file"]),
    "Keras 3": (zipped(["config.json", "model.weights.h5"]), ["a Keras model", "ONNX"]),
    "arrays of other names": (arrays(W1=np.ones(2)), ["are not named conv1_w", "'W1.npy'"]),
    "tar": (tarred("net.caffemodel"), ["a tar file without 'storages'", "unpack it"]),
    "HDF5": (HDF5, ["an HDF5 file", "Keras", "ONNX"]),
    "MATLAB": (b"MATLAB 5.0 MAT-file, Platform: GLNXA64", ["a MATLAB file", "ONNX"]),
    "GGUF": (b"GGUF\3\0\0\0" + bytes(20), ["a GGUF file", "not an AlexNet"]),
    "TF Lite": (b"\x1c\0\0\0TFL3" + bytes(20), ["a TensorFlow Lite model", "ONNX"]),
    "MXNet": (struct.pack("<QQ", 0x112, 0) + bytes(20), ["MXNet", "ONNX"]),
    "Torch 7": (b"\4\0\0\0\1\0\0\0\3\0\0\0V 1\r\0\0\0nn.Sequential", ["Torch 7"]),
    "PNG": (picture("PNG"), ["a picture (PNG)"]),
    "JPEG": (picture("JPEG"), ["a picture (JPEG)"]),
    "PDF": (b"%PDF-1.4\n%\xe2\xe3", ["a PDF document"]),
    "a program": (b"\x7fELF\2\1\1" + bytes(9), ["a program or library"]),
    "zeros": (bytes(10_000), ["begins with zeros", "an unfinished download"]),
    "empty": (b"", ["is empty (0 bytes)"]),
    **{
        f"pickle, protocol {p}": (pickle.dumps({"conv1": 1.5}, p), ["a Python pickle"])
        for p in (2, 3, 4, 5)
    },
    "frozen graph": (field(1, NODE) + field(1, NODE) + field(4, field(1, 22)), ["TensorFlow"]),
    "SavedModel": (field(1, 1) + field(2, field(1, "x")), ["SavedModel", "ONNX"]),
    "solverstate": (
        field(1, 360_000) + field(2, "net.caffemodel") + field(3, field(5, bytes(8))),
        ["a Caffe .solverstate", ".caffemodel"],
    ),
    "mean.binaryproto": (
        field(1, 1) + field(2, 3) + field(3, 1) + field(4, 1) + field(5, bytes(12)),
        ["such as a mean picture (.binaryproto)", ".caffemodel"],
    ),
    "Caffe2": (field(1, "init") + TENSOR_FILL, ["Caffe2", "ONNX"]),
    "noise": (b"\x07\xff\xfe\x01" * 30, ["not a weights file of PyTorch, Caffe, ONNX"]),
}


@pytest.mark.parametrize("what", BINARIES)
def test_binary_files(tmp_path, what):
    data, parts = BINARIES[what]
    path = tmp_path / "alexnet.npz"
    path.write_bytes(data)
    message = complaint(lambda: read_foreign(path))
    for part in parts:
        assert part in message
    assert complaint(lambda: load_weights(path)) == message


def test_good_files_are_not_taken_for_others(tmp_path):
    for what, write in GOOD.items():
        write(tmp_path / "file")
        data = memoryview((tmp_path / "file").read_bytes())
        if "Caffe" in what or "ONNX" in what:
            assert what_it_is(data) is None, what


@pytest.mark.parametrize("size", [LOOKED_AT - 1, LOOKED_AT, LOOKED_AT + 1])
def test_a_character_that_is_cut_in_two(size):
    text = ("a" * (size % 3) + "日本" * size).encode()
    assert "a text file" in what_it_is(memoryview(text))
    assert what_it_is(memoryview(b"\xff" + text)) is None


def test_what_is_no_file(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert "not a regular file" in complaint(lambda: read_foreign(tmp_path / "pipe"))
    assert "not a regular file" in complaint(lambda: load_weights("/dev/zero"))
    assert "Is a directory" in complaint(lambda: read_foreign(tmp_path))


# --- weights whose axes are in another order --------------------------------------------------


def test_kernels_in_tensorflows_order(tmp_path, grouped):
    """PyTorch's and Caffe's names, but (height, width, in, out)."""
    turned = {name: (W.transpose(2, 3, 1, 0).copy(), b) for name, (W, b) in grouped.items()}
    torchs.torch_zip(tmp_path / "net.pth", torch_keys(turned, names=CAFFE))
    files.caffe_network(tmp_path / "net.caffemodel", TRUNK, turned, 2)
    for path in ("net.pth", "net.caffemodel"):
        message = complaint(lambda path=path: read_foreign(tmp_path / path))
        assert "its kernels are stored as (height, width, in, out), but this format" in message


def test_kernels_in_caffes_order_in_a_dictionary(tmp_path, grouped):
    path = tmp_path / "net.npy"
    path.write_bytes(files.npy_bytes({name: list(pair) for name, pair in grouped.items()}))
    message = complaint(lambda: read_foreign(path))
    assert "its kernels are stored as (out, in, height, width), but this format" in message


def test_a_fully_connected_layer_that_is_transposed(tmp_path, up_to_fc6):
    W, b = up_to_fc6["fc6"]
    turned = {**up_to_fc6, "fc6": (W.T.copy(), b)}
    path = torchs.torch_zip(tmp_path / "net", torch_keys(turned))
    message = complaint(lambda: read_foreign(path, crop=67))
    assert (
        "fc6 is stored transposed: this format stores fully connected weights as (out, in)"
        in message
    )
