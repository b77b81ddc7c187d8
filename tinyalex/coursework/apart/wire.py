"""Messages over a pipe: a header in JSON and bytes after it, both limited in size.

Nothing that arrives is ever run or unpickled here. A malformed message is a ValueError.
"""

from __future__ import annotations

import json
import os
import struct
from typing import Any

HEADER = 2**22  # bytes of JSON
LARGEST = 2**26  # bytes of all the arrays in one message
_LENGTHS = struct.Struct("<QQ")


def send(pipe: int, header: dict[str, Any], parts: list[bytes]) -> None:
    """Writes one message. ValueError if it is too large."""
    text = json.dumps(header, separators=(",", ":")).encode()
    size = sum(map(len, parts))
    if len(text) > HEADER or size > LARGEST:
        raise ValueError(
            f"{max(size, len(text)):,} bytes at once are too many: at most {LARGEST:,} of arrays "
            f"and {HEADER:,} of everything else are passed on"
        )
    message = memoryview(b"".join([_LENGTHS.pack(len(text), size), text, *parts]))
    while message:
        message = message[os.write(pipe, message) :]


def receive(pipe: int) -> tuple[dict[str, Any], memoryview]:
    """Reads one message. EOFError at the end; ValueError if it is malformed."""
    length, size = _LENGTHS.unpack(_read(pipe, _LENGTHS.size))
    if length > HEADER or size > LARGEST:
        raise ValueError("the message is too large")
    try:
        header = json.loads(_read(pipe, length))
    except RecursionError:
        raise ValueError("the message is nested too deeply") from None
    if not isinstance(header, dict):
        raise ValueError("the message has no header")
    return header, memoryview(_read(pipe, size))


def _read(pipe: int, count: int) -> bytes:
    some = os.read(pipe, count) if count else b""
    if len(some) == count:
        return some
    parts, missing = [some], count - len(some)
    while missing:
        if not parts[-1]:
            raise EOFError
        parts.append(os.read(pipe, min(missing, 2**20)))
        missing -= len(parts[-1])
    return b"".join(parts)
