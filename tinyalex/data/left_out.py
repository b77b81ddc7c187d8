"""Notes on pictures that are left out because of their place or format."""

import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from tinyalex.data.listing import few, is_picture_name, list_pictures, walk

# Suffixes of pictures that Pillow cannot read, or not in all of its versions.
OTHER_PICTURES = {".heic", ".heif", ".avif", ".jxl", ".svg", ".raw", ".dng", ".cr2", ".nef", ".arw"}


def notes_on(class_parents: Iterable[Path], read: Iterable[Path]) -> list[str]:
    """Notes on the pictures left out.

    class_parents  folders that contain class folders: pictures directly in them have no class
    read           folders whose pictures are read, except those in subfolders and those that Pillow
                   cannot read
    """
    notes = []
    for folder in class_parents:
        if names := [path.name for path in list_pictures(folder)]:
            notes.append(
                f"pictures left out because they are in no class folder of {folder}: {few(names)}"
            )
    others = [path for folder in read for path in _others(folder)]
    if inner := [
        str(path) for path in others if path.is_dir() and any(map(list_pictures, walk(path)))
    ]:
        notes.append(
            f"pictures left out because they are in subfolders of a class folder: {few(inner)}"
        )
    return notes + _on_unreadable(others)


def notes_on_unreadable(folders: Iterable[Path]) -> list[str]:
    """Notes on the pictures in these folders that Pillow cannot read."""
    return _on_unreadable([path for folder in folders for path in _others(folder)])


def _on_unreadable(paths: list[Path]) -> list[str]:
    suffixes = Counter(path.suffix.lower() for path in paths)
    return [
        f"pictures left out because Pillow cannot read them here: {count:,} {suffix}"
        for suffix, count in sorted(suffixes.items())
        if suffix in OTHER_PICTURES
    ]


def _others(folder: Path) -> list[Path]:
    """The folder's contents, sorted, without hidden files and files with a picture's suffix."""
    with os.scandir(folder) as entries:
        names = sorted(e.name for e in entries if not e.name.startswith("."))
    return [folder / name for name in names if not is_picture_name(name)]
