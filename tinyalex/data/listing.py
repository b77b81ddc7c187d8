"""What lies in a folder: class folders, and the pictures in one of them."""

import os
from functools import cache
from pathlib import Path

from PIL import Image

from tinyalex.text import shown as readable

LAYOUTS = "expected ROOT/train/CLASS/*.jpg with ROOT/val/CLASS/*.jpg, or ROOT/CLASS/*.jpg"

Files = dict[str, list[Path]]  # the pictures of each class


def existing_folder(path: Path) -> Path:
    if not path.exists():
        raise ValueError(f"there is no folder {path}: give the folder of an image data set")
    if not path.is_dir():
        raise ValueError(f"{path} is a file, not a folder: give the folder of an image data set")
    return path


def class_folders(folder: Path) -> list[str]:
    """The names of the folders in `folder`, sorted, hidden ones left out."""
    with os.scandir(folder) as entries:
        return sorted(e.name for e in entries if e.is_dir() and not e.name.startswith("."))


@cache
def _suffixes() -> frozenset[str]:
    """The suffixes of the formats that Pillow can read, such as .jpg; others it can only write."""
    formats = Image.registered_extensions()
    return frozenset(suffix for suffix, name in formats.items() if name in Image.OPEN)


def list_pictures(folder: Path) -> list[Path]:
    """The picture files of one folder, sorted by name; hidden and other files are ignored."""
    with os.scandir(folder) as entries:
        names = sorted(
            entry.name
            for entry in entries
            if not entry.name.startswith(".")
            and os.path.splitext(entry.name)[1].lower() in _suffixes()
            and entry.is_file()
        )
    return [folder / name for name in names]


def pictures_of_class(folder: Path) -> list[Path]:
    """The pictures of a class folder, or of the `images` folder inside it (Tiny ImageNet)."""
    paths = list_pictures(folder)
    if not paths and (folder / "images").is_dir():
        paths = list_pictures(folder / "images")
    if not paths:
        raise ValueError(f"no pictures in the class folder {folder}: fill or remove it ({LAYOUTS})")
    return paths


def few(names: list[str], shown: int = 5) -> str:
    """The first few names, and how many more there are."""
    more = f" and {len(names) - shown:,} more" if len(names) > shown else ""
    return ", ".join(map(readable, names[:shown])) + more
