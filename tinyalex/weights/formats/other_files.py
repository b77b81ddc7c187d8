"""Recognizes files that cannot be read as weights, from their contents, and says what to do.

People pass failed downloads (a web page, a Git LFS pointer), files that come with the weights (a
prototxt, a config), compressed files and other programs' formats.
"""

from __future__ import annotations

import json
import re

from tinyalex.weights.formats import protobuf
from tinyalex.weights.formats.parsed_file import shown

LOOKED_AT = 4096  # bytes
LONGEST_JSON = 2**18
ONNX = "export the model to ONNX and pass the .onnx file"
UNPACK = "unpack it and pass the file inside"

# (where, bytes, what it is and what to do)
MARKS = [
    (0, b"\x1f\x8b", f"compressed with gzip (.gz, .tgz): {UNPACK}"),
    (0, b"BZh", f"compressed with bzip2: {UNPACK}"),
    (0, b"\xfd7zXZ\0", f"compressed with xz: {UNPACK}"),
    (0, b"\x28\xb5\x2f\xfd", f"compressed with zstd: {UNPACK}"),
    (0, b"7z\xbc\xaf\x27\x1c", f"a 7-Zip archive: {UNPACK}"),
    (0, b"Rar!\x1a\x07", f"a RAR archive: {UNPACK}"),
    (0, b"PK\5\6", "an empty zip file: fetch or write it again"),
    (0, b"MATLAB ", "a MATLAB file (MatConvNet's format), which is not supported: "
     f"{ONNX}"),
    (0, b"\x89HDF\r\n\x1a\n", "an HDF5 file (Keras and TensorFlow's .h5, Caffe's "
     f".caffemodel.h5), which is not supported: {ONNX}"),
    (0, b"GGUF", "a GGUF file, llama.cpp's format for language models: not an AlexNet"),
    (4, b"TFL3", f"a TensorFlow Lite model, which is not supported: {ONNX}"),
    (0, b"\x12\1\0\0\0\0\0\0", f"an MXNet .params file, which is not supported: {ONNX}"),
    (0, b"\4\0\0\0\1\0\0\0\3\0\0\0V 1", "a Torch 7 file (.t7, Lua), which is not supported: load "
     "it there or with torchfile, and save its weights for PyTorch"),
    (0, b"\x89PNG\r\n\x1a\n", "a picture (PNG), not weights"),
    (0, b"\xff\xd8\xff", "a picture (JPEG), not weights"),
    (0, b"%PDF-", "a PDF document, not weights"),
    (0, b"\x7fELF", "a program or library, not weights"),
]  # fmt: skip


def what_it_is(data: memoryview) -> str | None:
    """A description such as "a Git LFS pointer, ...: run ...", or None if it may be protobuf."""
    for place, mark, what in MARKS:
        if data[place : place + len(mark)] == mark:
            return what
    head = bytes(data[:LOOKED_AT])
    if not any(head):
        return "a file that begins with zeros, like an unfinished download: download it again"
    if head[:1] == b"\x80" and head[1:2] in b"\2\3\4\5":
        return (
            "a Python pickle, which is not supported because it could execute code: save a "
            "state_dict with torch.save, or the arrays as .npz with the names conv1_w, conv1_b, ..."
        )
    text = _text(head, whole=len(data) <= LOOKED_AT)
    return None if text is None else _what_text(text, data)


def what_message(data: memoryview) -> str:
    """Describes a protobuf message that is neither an ONNX nor a Caffe network; "" if unknown.
    Raises ValueError if it is damaged."""
    kinds = [(number, wire) for number, wire, _ in protobuf.fields(data)]
    parts = set(kinds)
    if b"GivenTensorFill" in bytes(data[:LOOKED_AT]):
        return f"a Caffe2 network (init_net.pb), which is not supported: {ONNX}"
    if {(1, protobuf.VARINT), (2, protobuf.LENGTH), (3, protobuf.LENGTH)} <= parts:
        return "a Caffe .solverstate: pass the .caffemodel that was saved with it"
    if {(1, protobuf.VARINT), (2, protobuf.LENGTH)} <= parts:
        return f"a TensorFlow SavedModel or a Core ML model, which is not supported: {ONNX}"
    if parts and parts <= {(n, protobuf.VARINT) for n in (1, 2, 3, 4)} | {(5, protobuf.LENGTH)}:
        return "a single Caffe array, such as a mean picture (.binaryproto): pass the .caffemodel"
    if kinds.count((1, protobuf.LENGTH)) > 1:
        return f"a TensorFlow graph (.pb), which is not supported: {ONNX}"
    return ""


def _text(head: bytes, whole: bool) -> str | None:
    """The beginning as text, or None if it is not text."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = head.decode("utf-16", "ignore")
    else:
        try:
            text = head.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            if whole or error.start < len(head) - 4:  # otherwise the cut split a character
                return None
            text = head[: error.start].decode("utf-8-sig")
    odd = any(ord(character) < 32 and character not in "\t\n\r\f\x1b" for character in text)
    return None if odd else text.replace("\r\n", "\n").strip()


def _what_text(text: str, data: memoryview) -> str:
    start = text[:200].lower()
    if text.startswith("version https://git-lfs.github.com/"):
        size = re.search(r"^size (\d{1,15})\s*$", text, re.MULTILINE)
        held = f" of {int(size[1]):,} bytes" if size else ""
        return (
            f"a Git LFS pointer, not the file{held} itself: run `git lfs pull`, or download "
            "the file from the repository's web page"
        )
    if "/annex/objects/" in start:
        return "a git-annex pointer, not the file itself: run `git annex get`"
    if start.startswith(("<!doctype html", "<html", "<head", "<body")) or "<html" in start:
        title = re.search(r"<title[^>]*>(.*?)</title>", text, re.IGNORECASE | re.DOTALL)
        named = f" titled {shown(' '.join(title[1].split()))}" if title else ""
        return (
            f"an HTML page{named}, not the file itself: the download fetched a web page; use the "
            "direct link to the file"
        )
    if text.startswith("<"):
        return f"an XML file, not weights: it begins {shown(text)}"
    if re.search(r"^[ \t]*(base_lr|lr_policy|train_net|net)[ \t]*:", text, re.MULTILINE):
        return "a Caffe solver's settings (.prototxt), not weights: pass the .caffemodel"
    if re.search(r"^[ \t]*(layers?|input_param|input_dim)[ \t]*(\{|:)", text, re.MULTILINE):
        return (
            "a prototxt, which describes Caffe's layers but holds no weights: pass the "
            ".caffemodel that belongs to it"
        )
    if re.search(r"^[ \t]*(node|graph)[ \t]*\{", text, re.MULTILINE):
        return f"a graph as text (.pbtxt), which is not supported: {ONNX}"
    if text.startswith(("{", "[")):
        return _what_json(text, data)
    if re.search(r"^(---|[\w.-]+\s*:(\s|$))", text):
        return (
            "a text file of settings (YAML or similar), not weights: pass the file with the arrays"
        )
    beginning = f": it begins {shown(text)}" if text else ": it is blank"
    return f"a text file, not weights{beginning}"


def _what_json(text: str, data: memoryview) -> str:
    value = None
    if len(data) <= LONGEST_JSON:
        try:
            value = json.loads(bytes(data))
        except (ValueError, RecursionError):
            value = None
    if isinstance(value, dict) and isinstance(value.get("weight_map"), dict):
        files = sorted({name for name in value["weight_map"].values() if isinstance(name, str)})
        return (
            "an index of weights that are split into several files, the first being "
            f"{shown(files[0] if files else '')}: merge them into one file"
        )
    if value is None and not re.match(r'\{\s*"|\[\s*[\[{"\d-]', text):
        return f"a text file, not weights: it begins {shown(text)}"
    return "a JSON file (such as settings), not weights: pass the file with the arrays"
