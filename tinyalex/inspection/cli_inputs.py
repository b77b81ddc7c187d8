"""Converts command-line arguments to what the functions take."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tinyalex.data import Pictures
from tinyalex.data.left_out import notes_on
from tinyalex.data.listing import few
from tinyalex.inspection.folder import pictures_in
from tinyalex.support.files import destination
from tinyalex.support.text import counted, say
from tinyalex.support.text_files import composed
from tinyalex.weights import Weights


def target(out: str | Path | None, default: str, suffix: str = ".png") -> Path:
    """The file to write. Raises ValueError, before the work, if it cannot be written."""
    path = Path(default if out is None else out)
    if path.suffix.lower() != suffix:
        raise ValueError(f"--out {path} must end in {suffix}")
    destination(path)
    return path


def input_of(weights: Weights, picture: str | Path) -> tuple[np.ndarray, np.ndarray]:
    """A picture as the network's input (1, crop, crop, 3), and as RGB in 0-1 (crop, crop, 3)."""
    preprocessing = weights.preprocessing
    x = preprocessing.views(preprocessing.read(picture)[None])[0]
    return x, preprocessing.as_picture(x[0])


def folder_of(data: str | Path, limit: int | None) -> Pictures:
    """The pictures of a folder. Prints how many there are and which are left out."""
    pictures = pictures_in(data, limit)
    read = dict.fromkeys(path.parent for path in pictures.paths)
    for note in notes_on([] if Path(data) in read else [Path(data)], read):
        say(note)
    classes = counted(len(pictures.classes), "class")
    say(f"{counted(len(pictures), 'picture')} of {classes} in {data}")
    return pictures


def classes_of(weights: Weights) -> list[str]:
    """The class names, or numbers if the file has none."""
    return weights.classes or [str(k) for k in range(len(weights.arrays["fc8.b"]))]


def class_number(class_name: str, classes: list[str], option: str = "--class") -> int:
    """The class with this name or number, or the only one whose name contains it.

    Raises ValueError if there is none, or more than one.
    """
    class_name, classes = composed(class_name), [composed(name) for name in classes]
    if class_name in classes:
        return classes.index(class_name)
    if class_name.isdecimal() and int(class_name) < len(classes):
        return int(class_name)
    alike = [name for name in classes if class_name.lower() in name.lower()]
    if len(alike) == 1:
        return classes.index(alike[0])
    if alike:
        raise ValueError(f"{option} {class_name} matches {few(alike)}: give the whole name of one")
    raise ValueError(
        f"no class {class_name!r}: give a name, or a number from 0 to {len(classes) - 1}; "
        f"the names are {few(classes)}"
    )
