"""Matches folders of the data to the network's outputs."""

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
    """Each folder's class number in the network, or UNKNOWN, as (folders,); and notes.

    Folders are matched by name, or by WordNet id if the network has them. If the class names are
    just numbers and some folder has another name, all folders are matched by position. Raises
    ValueError if there are then not as many folders as classes, if name and position disagree, or
    if two classes have the name of a folder.
    """
    folders, classes = ([composed(name) for name in names] for names in (folders, classes))
    numbered = classes == [str(k) for k in range(len(classes))]
    if numbered and wnids is None:
        _refuse_two_readings(folders, classes)
    if numbered and wnids is None and not set(folders) <= set(classes):
        if len(folders) != len(classes):
            raise ValueError(
                f"the network's {len(classes)} classes have numbers as names, and the data has "
                f"{counted(len(folders), 'folder')} ({few(folders, 3)}): name the classes "
                "(python -m tinyalex.convert --classes), or give one folder per class"
            )
        note = "the network's classes have no names: folders are matched in sorted order"
        return np.arange(len(classes)), [note]
    numbers = {name: k for k, name in enumerate(classes)}
    if len(numbers) < len(classes):
        twice = {name for name in folders if classes.count(name) > 1}
        if twice:
            raise ValueError(f"two of the network's classes are named {few(sorted(twice), 1)}")
    numbers |= {wnid: k for k, wnid in enumerate(wnids or ())}
    return np.array([numbers.get(name, UNKNOWN) for name in folders], dtype=np.int64), []


def _refuse_two_readings(folders: list[str], classes: list[str]) -> None:
    """Raises ValueError if name and position disagree: for outputs 0 and 1 and folders 1 and 2,
    folder 1 is output 1 by name but output 0 by position."""
    if len(folders) != len(classes):
        return
    for position, name in enumerate(folders):
        if name in classes and classes.index(name) != position:
            raise ValueError(
                f"the folder {name} is ambiguous: by name it is the network's class {name}, but by "
                f"its position among the sorted folders class {position}: name the network's "
                "classes (python -m tinyalex.convert --classes)"
            )
