"""Lists folders: class folders, and the pictures in one of them."""

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from PIL import Image

from tinyalex.support.text import shown as readable

LAYOUTS = "expected ROOT/train/CLASS/*.jpg with ROOT/val/CLASS/*.jpg, or ROOT/CLASS/*.jpg"

Files = dict[str, list[Path]]  # the pictures of each class


def existing_folder(path: Path) -> Path:
    if not path.exists():
        raise ValueError(f"there is no folder {path}: give the folder of an image data set")
    if not path.is_dir():
        raise ValueError(f"{path} is a file, not a folder: give the folder of an image data set")
    return path


def class_folders(folder: Path) -> list[str]:
    """The names of the folders in `folder`, links to folders included, sorted, without hidden ones.

    ValueError for a broken link, as it could be a class, unless it has the name of a picture.
    """
    with os.scandir(folder) as entries:
        shown = [entry for entry in entries if not entry.name.startswith(".")]
    broken = {entry.name for entry in shown if _is_broken(entry)}
    for name in sorted(broken):
        if not is_picture_name(name):
            refuse_broken_link(folder / name)
    return sorted(entry.name for entry in shown if entry.name not in broken and entry.is_dir())


def _is_broken(entry: os.DirEntry) -> bool:
    """Whether it is a link to something that does not exist, or to itself."""
    return entry.is_symlink() and not os.path.exists(entry.path)


def refuse_broken_link(path: Path) -> None:
    """ValueError if the path is a link to something that does not exist."""
    if path.is_symlink() and not os.path.exists(path):
        raise ValueError(
            f"{path} is a link to {os.readlink(path)}, which does not exist: repair or remove it"
        )


def walk(folder: Path, above: tuple = ()) -> Iterator[Path]:
    """The folder and all folders below it, by name; follows links, leaves out hidden folders.

    A link to a folder above itself is not followed, because that folder is already included.
    """
    status = folder.stat()
    identity = (status.st_dev, status.st_ino)
    if identity in above:
        return
    yield folder
    for name in class_folders(folder):
        yield from walk(folder / name, (*above, identity))


@cache
def _suffixes() -> frozenset[str]:
    """The suffixes of the formats that Pillow can read, such as .jpg, and not only write."""
    formats = Image.registered_extensions()
    return frozenset(suffix for suffix, name in formats.items() if name in Image.OPEN)


def is_picture_name(name: str) -> bool:
    return os.path.splitext(name)[1].lower() in _suffixes()


def list_pictures(folder: Path) -> list[Path]:
    """The picture files of one folder, sorted by name; hidden and other files are ignored.

    A broken link counts as a picture; the error is raised when it is read.
    """
    with os.scandir(folder) as entries:
        names = sorted(
            entry.name
            for entry in entries
            if not entry.name.startswith(".")
            and is_picture_name(entry.name)
            and (_is_broken(entry) or entry.is_file())
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
