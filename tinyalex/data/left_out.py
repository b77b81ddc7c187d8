"""Notes on pictures that are not where they are looked for, so that none vanishes in silence."""

import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from tinyalex.data.listing import few, is_picture_name, list_pictures, walk

# Suffixes of pictures that Pillow cannot read, or not in all of its versions.
OTHER_PICTURES = {".heic", ".heif", ".avif", ".jxl", ".svg", ".raw", ".dng", ".cr2", ".nef", ".arw"}


def notes_on(class_parents: Iterable[Path], read: Iterable[Path]) -> list[str]:
    """Notes on the pictures left out.

    class_parents  folders of class folders: pictures that lie in these themselves have no class
    read           folders whose pictures are read: not those of folders in them, nor those that
                   Pillow cannot read
    """
    notes = []
    for folder in class_parents:
        if outside := list_pictures(folder):
            notes.append(
                f"left out {len(outside):,} pictures outside the class folders, in {folder}"
            )
    unread: Counter[str] = Counter()
    inner: list[str] = []
    for folder in read:
        folders, suffixes = _others(folder)
        inner += folders
        unread.update(suffixes)
    if inner:
        notes.append(f"left out the pictures of folders in class folders: {few(inner)}")
    for suffix, count in sorted(unread.items()):
        notes.append(f"left out {count:,} {suffix} files, which Pillow cannot read here")
    return notes


def _others(folder: Path) -> tuple[list[str], list[str]]:
    """The folders in it that hold pictures, and the suffixes of the pictures that are not read."""
    folders, suffixes = [], []
    with os.scandir(folder) as entries:
        shown = sorted(e.name for e in entries if not e.name.startswith("."))
    for name in shown:
        suffix = os.path.splitext(name)[1].lower()
        if is_picture_name(name):
            continue
        if suffix in OTHER_PICTURES:
            suffixes.append(suffix)
        elif (folder / name).is_dir() and any(map(list_pictures, walk(folder / name))):
            folders.append(str(folder / name))
    return folders, suffixes
