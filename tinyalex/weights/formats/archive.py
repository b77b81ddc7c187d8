"""Zip files whose entries are read in place, as views of the file.

Python's `zipfile` reads only the directory. The entries are checked here, for their CRC-32 and for
what a weights file never has: overlapping entries, names that point outside the archive, and
declared sizes that do not match the bytes.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from tinyalex.weights.formats.parsed_file import shown

MOST_ENTRIES = 4096
LOCAL_HEADER = struct.Struct("<4s22xHH")  # signature, ..., lengths of the name and the extra field
ENCRYPTED = 0x1
DESCRIPTOR = 24  # bytes that may follow an entry, repeating its sizes and CRC-32
SMALL = 2**20  # bytes; a small entry of zeros may compress a thousandfold
MOST_RATIO = 100  # trained weights compress by about a tenth
LARGEST = 2**29  # bytes after inflating: fc6 in float64 takes 302 million


@dataclass(frozen=True)
class Entry:
    """A file in the archive: its bytes as stored, and what the directory says about it."""

    name: str
    raw: memoryview
    method: int
    size: int
    crc: int

    def stored(self) -> memoryview:
        """The bytes of an uncompressed entry. Raises ValueError if it is compressed or damaged."""
        if self.method != zipfile.ZIP_STORED or len(self.raw) != self.size:
            raise ValueError(
                f"zip entry {shown(self.name)} is compressed, which this format does not allow"
            )
        return self._checked(self.raw)

    def inflated(self) -> memoryview:
        """The bytes of an entry that may be compressed. Raises ValueError if it is damaged."""
        if self.method == zipfile.ZIP_STORED:
            return self.stored()
        if self.method != zipfile.ZIP_DEFLATED:
            raise ValueError(f"zip entry {shown(self.name)} is compressed in an unknown way")
        if self.size > LARGEST or self.size > max(SMALL, MOST_RATIO * len(self.raw)):
            raise ValueError(
                f"zip entry {shown(self.name)} claims to grow from {len(self.raw):,} to "
                f"{self.size:,} bytes, which weights never do"
            )
        try:
            data = zlib.decompressobj(-zlib.MAX_WBITS).decompress(self.raw, self.size + 1)
        except zlib.error as error:
            raise ValueError(f"zip entry {shown(self.name)} is damaged ({error})") from None
        return self._checked(memoryview(data))

    def _checked(self, data: memoryview) -> memoryview:
        if len(data) != self.size or zlib.crc32(data) != self.crc:
            raise ValueError(f"zip entry {shown(self.name)} is damaged: wrong CRC-32")
        return data


def open_archive(path: Path, data: memoryview) -> dict[str, Entry]:
    """The entries by name; data: the whole file. Raises ValueError for a damaged or odd archive."""
    try:
        with zipfile.ZipFile(path) as archive:
            infos, directory = archive.infolist(), archive.start_dir
    except (
        zipfile.BadZipFile,
        OSError,
        ValueError,
        NotImplementedError,
        OverflowError,
        struct.error,
    ) as error:
        raise ValueError(f"a damaged zip file ({error})") from None
    if len(infos) > MOST_ENTRIES:
        raise ValueError(f"a zip file of {len(infos):,} entries; weights have a few dozen")
    entries: dict[str, Entry] = {}
    end = 0
    for info in sorted(infos, key=lambda info: info.header_offset):
        if info.header_offset < end:
            raise ValueError(f"zip entry {shown(info.filename)} overlaps another")
        _no_gap(end, info.header_offset)
        entry, end = _entry(info, data[:directory])
        if entry.name in entries:
            raise ValueError(f"zip entry {shown(entry.name)} appears twice")
        entries[entry.name] = entry
    _no_gap(end, directory)
    return entries


def _no_gap(end: int, begin: int) -> None:
    """Raises ValueError if there are bytes between entries: an entry the directory lacks."""
    if begin - end > DESCRIPTOR:
        raise ValueError(f"a damaged zip file: {begin - end:,} bytes belong to no entry")


def _entry(info: zipfile.ZipInfo, data: memoryview) -> tuple[Entry, int]:
    """The entry, and where it ends. data: the file up to the directory."""
    name = info.filename
    path = PurePosixPath(name)
    if name != info.orig_filename or "\\" in name or path.is_absolute() or ".." in path.parts:
        raise ValueError(f"zip entry {shown(info.orig_filename)} points outside the archive")
    if info.flag_bits & ENCRYPTED:
        raise ValueError(f"zip entry {shown(name)} is encrypted")
    header = data[info.header_offset :][: LOCAL_HEADER.size]
    if len(header) < LOCAL_HEADER.size or header[:4] != b"PK\3\4":
        raise ValueError(f"zip entry {shown(name)} is not where the directory says")
    _, name_length, extra_length = LOCAL_HEADER.unpack(header)
    named = info.header_offset + LOCAL_HEADER.size
    start = named + name_length + extra_length
    end = start + info.compress_size
    own_name = bytes(data[named : named + name_length])
    if own_name != name.encode("utf-8" if info.flag_bits & 0x800 else "cp437", "replace"):
        raise ValueError(f"zip entry {shown(name)} has a different name in its header")
    if end > len(data):
        raise ValueError(f"zip entry {shown(name)} is cut off")
    return Entry(name, data[start:end], info.compress_type, info.file_size, info.CRC), end
