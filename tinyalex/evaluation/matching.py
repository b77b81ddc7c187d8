"""Which of the network's outputs belongs to which folder of the data."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tinyalex.data.listing import few
from tinyalex.support.text import counted
from tinyalex.support.text_files import composed

UNKNOWN = -1


def match_classes(
    folders: Sequence[str], classes: Sequence[str], wnids: Sequence[str] | None = None
) -> tuple[np.ndarray, list[str]]:
    """The number of each folder among the network's classes, or UNKNOWN, (folders,); and notes.

    By name, or by WordNet id where the network has such. Where it has numbers for names, by
    position, if there are as many folders as classes. ValueError where that cannot be, where name
    and position say different things, or where two of the classes have a folder's name.
    """
    folders, classes = ([composed(name) for name in names] for names in (folders, classes))
    numbered = classes == [str(k) for k in range(len(classes))]
    if numbered and wnids is None:
        _refuse_two_readings(folders, classes)
    if numbered and wnids is None and not set(folders) <= set(classes):
        if len(folders) != len(classes):
            raise ValueError(
                f"the network's {len(classes)} classes have numbers for names and the data has "
                f"{counted(len(folders), 'folder')} ({few(folders, 3)}): name the classes "
                "(python -m tinyalex.convert --classes), or give a folder for each"
            )
        note = "the network's classes have no names: the folders are taken in their sorted order"
        return np.arange(len(classes)), [note]
    numbers = {name: k for k, name in enumerate(classes)}
    if len(numbers) < len(classes):
        twice = {name for name in folders if classes.count(name) > 1}
        if twice:
            raise ValueError(f"two of the network's classes have the name {few(sorted(twice), 1)}")
    numbers |= {wnid: k for k, wnid in enumerate(wnids or ())}
    return np.array([numbers.get(name, UNKNOWN) for name in folders], dtype=np.int64), []


def _refuse_two_readings(folders: list[str], classes: list[str]) -> None:
    """Folders 1 and 2 for outputs 0 and 1: 1 is an output by its name, another by its position."""
    if len(folders) != len(classes):
        return
    for position, name in enumerate(folders):
        if name in classes and classes.index(name) != position:
            raise ValueError(
                f"the folder {name} has two readings: by name it is the network's class {name}, by "
                f"its position among the sorted folders class {position}: name the network's "
                "classes (python -m tinyalex.convert --classes)"
            )
