"""Data files next to a weights file: ONNX's "external data"."""

from __future__ import annotations

import mmap
import stat
from pathlib import Path

from tinyalex.weights.formats.parsed_file import shown

MOST = 2**40  # numbers that an external tensor may claim to have


class Beside:
    """The files in one folder. Only regular files given by a plain name are opened: never files in
    other folders, and never links."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._opened: dict[str, memoryview] = {}

    def part(self, tensor: str, place: dict[str, str], size: int) -> memoryview:
        """The `size` bytes of a tensor. place: ONNX's "location", "offset" and "length". Raises
        ValueError if the file or the bytes are not there."""
        location = place.get("location", "")
        begin = _whole(place.get("offset", "0"), tensor)
        if _whole(place.get("length", str(size)), tensor) != size:
            raise ValueError(f"{shown(tensor)} and its part of {shown(location)} differ in size")
        data = self._open(location, tensor)
        if begin + size > len(data):
            raise ValueError(f"its data file {shown(location)} ends before {shown(tensor)} does")
        return data[begin : begin + size]

    def _open(self, location: str, tensor: str) -> memoryview:
        if location in self._opened:
            return self._opened[location]
        if location in ("", ".", "..") or any(mark in location for mark in "/\\:\0"):
            raise ValueError(
                f"{shown(tensor)} is stored in {shown(location)}, which is not a plain file name: "
                "refused (save the model as one file)"
            )
        path = self.folder / location
        try:
            facts = path.lstat()
            if not stat.S_ISREG(facts.st_mode) or not facts.st_size:
                raise ValueError(f"its data file {shown(location)} is empty or not a regular file")
            with open(path, "rb") as file:
                data = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        except FileNotFoundError:
            raise ValueError(
                f"its numbers are in another file, {shown(location)}, which is not in the same "
                "folder: put both in one folder, or save the model as one file"
            ) from None
        except OSError as error:
            raise ValueError(
                f"cannot read its data file {shown(location)}: {error.strerror}"
            ) from None
        self._opened[location] = data
        return data


def _whole(text: str, tensor: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise ValueError(f"{shown(tensor)} has an invalid offset or length in its data file")
    return int(text)
