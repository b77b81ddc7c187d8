"""The safetensors format: a length, a JSON header, and the numbers.

    8 bytes   length of the header, little-endian
    header    {"name": {"dtype": "F32", "shape": [...], "data_offsets": [begin, end]}, ...,
              "__metadata__": {"text": "text"}}
    numbers   without gaps or overlaps

The package `safetensors` is small and safe, but calling it would take as much code as this module:
the header is JSON, and AlexNet's tensors must be checked here anyway. The format has no checksums,
so a flipped bit in the numbers goes unnoticed. Source: the package's README.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from tinyalex.support.files import write_whole
from tinyalex.weights.formats.elements import BFLOAT16, count_of, itemsize, numbers
from tinyalex.weights.formats.order import layers_of_state_dict
from tinyalex.weights.formats.parsed_file import ParsedFile, shown
from tinyalex.weights.formats.tensor_to_write import TensorToWrite

LONGEST_HEADER = 2**22  # bytes
KINDS = {
    "F64": "<f8",
    "F32": "<f4",
    "F16": "<f2",
    "BF16": BFLOAT16,
    "I64": "<i8",
    "I32": "<i4",
    "I16": "<i2",
    "I8": "<i1",
    "U8": "<u1",
    "BOOL": "|b1",
}
METADATA = "__metadata__"
OWN_METADATA = "tinyalex"


def begins_safetensors(data: memoryview) -> bool:
    """Whether the file begins with a plausible length and a brace."""
    return len(data) > 8 and data[8:9] == b"{" and int.from_bytes(data[:8], "little") < 2**40


def read_safetensors(data: memoryview) -> ParsedFile:
    """The network in a file with PyTorch's names. Raises ValueError for anything else."""
    header, body = _header(data)
    metadata = header.pop(METADATA, {})
    tensors: dict[str, np.ndarray] = {}
    reached = 0
    for name, facts in sorted(header.items(), key=lambda item: _offsets(*item)):
        begin, end = _offsets(name, facts)
        if begin != reached or end < begin or end > len(body):
            raise ValueError(f"tensor {shown(name)} overlaps another, leaves a gap or is cut off")
        tensors[name], reached = _tensor(name, facts, body[begin:end]), end
    if reached != len(body):
        raise ValueError(f"{len(body) - reached:,} bytes belong to no tensor")
    own_metadata = metadata.get(OWN_METADATA) if isinstance(metadata, dict) else None
    return ParsedFile(
        "safetensors",
        layers_of_state_dict(tensors),
        conventions="torchvision",
        own_metadata=own_metadata if isinstance(own_metadata, str) else None,
    )


def write_safetensors(path: Path, tensors: list[TensorToWrite], own_metadata: str) -> None:
    """Writes float32 tensors, completely or not at all."""
    header: dict[str, Any] = {METADATA: {"format": "pt", OWN_METADATA: own_metadata}}
    reached = 0
    for tensor in tensors:
        end = reached + 4 * tensor.view.size
        offsets = [reached, end]
        header[tensor.name] = {"dtype": "F32", "shape": tensor.shape, "data_offsets": offsets}
        reached = end
    head = json.dumps(header).encode()
    head += b" " * (-len(head) % 8)

    def write(file) -> None:
        file.write(len(head).to_bytes(8, "little") + head)
        for tensor in tensors:
            file.write(tensor.bytes())

    write_whole(path, write)


def _header(data: memoryview) -> tuple[dict, memoryview]:
    length = int.from_bytes(data[:8], "little")
    if length > LONGEST_HEADER or length > len(data) - 8:
        raise ValueError(f"its header claims an impossible {length:,} bytes")
    try:
        pairs = json.loads(bytes(data[8 : 8 + length]), object_pairs_hook=_no_doubles)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"its header is damaged ({error})") from None
    if not isinstance(pairs, dict):
        raise ValueError("its header is not a table of tensors")
    return pairs, data[8 + length :]


def _no_doubles(pairs: list[tuple[str, Any]]) -> dict:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a name appears twice")
    return result


def _offsets(name: str, facts: Any) -> tuple[int, int]:
    offsets = facts.get("data_offsets") if isinstance(facts, dict) else None
    if not isinstance(offsets, list) or [type(x) for x in offsets] != [int, int]:
        raise ValueError(f"tensor {shown(name)} has no valid offsets")
    return offsets[0], offsets[1]


def _tensor(name: str, facts: dict, raw: memoryview) -> np.ndarray:
    kind, shape = facts.get("dtype"), facts.get("shape")
    if not isinstance(kind, str) or kind not in KINDS or not isinstance(shape, list):
        raise ValueError(f"tensor {shown(name)} has no valid type or shape")
    if len(raw) != count_of(tuple(shape), len(raw)) * itemsize(KINDS[kind]):
        raise ValueError(f"tensor {shown(name)} has {len(raw):,} bytes, which do not fit its shape")
    return numbers(raw, KINDS[kind]).reshape(shape)
