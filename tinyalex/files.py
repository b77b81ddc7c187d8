"""Writing files whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO


def write_whole(path: Path, write: Callable[[BinaryIO], None]) -> None:
    """Calls write(file) on a file beside `path`, then renames it: no reader sees half a file.

    ValueError, in one line, where the disk is full or the folder cannot be written; the old file,
    if there was one, is then still there.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with open(beside, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except OSError as error:
        reason = error.strerror or error
        raise ValueError(
            f"cannot write {path}: {reason}; free some space or choose another place"
        ) from None
    finally:
        beside.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """A whole UTF-8 text file."""
    write_whole(path, lambda file: file.write(text.encode("utf-8")))
