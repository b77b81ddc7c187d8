"""Which of the network's outputs belongs to which folder of the data."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tinyalex.data.listing import few
from tinyalex.text import counted

UNKNOWN = -1


def match_classes(
    folders: Sequence[str], classes: Sequence[str], wnids: Sequence[str] | None = None
) -> tuple[np.ndarray, list[str]]:
    """The number of each folder among the network's classes, or UNKNOWN, (folders,); and notes.

    By name, or by WordNet id where the network has such. Where it has numbers for names, by
    position, if there are as many folders as classes. ValueError where that cannot be, or where
    two of the classes have a folder's name.
    """
    numbered = list(classes) == [str(k) for k in range(len(classes))]
    if numbered and wnids is None and not set(folders) <= set(classes):
        if len(folders) != len(classes):
            raise ValueError(
                f"the network's {len(classes)} classes have numbers for names and the data has "
                f"{counted(len(folders), 'folder')} ({few(list(folders), 3)}): name the classes "
                "(python -m tinyalex.convert --classes), or give a folder for each"
            )
        note = "the network's classes have no names: the folders are taken in their sorted order"
        return np.arange(len(classes)), [note]
    numbers = {name: k for k, name in enumerate(classes)}
    if len(numbers) < len(classes):
        twice = {name for name in folders if list(classes).count(name) > 1}
        if twice:
            raise ValueError(f"two of the network's classes have the name {few(sorted(twice), 1)}")
    numbers |= {wnid: k for k, wnid in enumerate(wnids or ())}
    return np.array([numbers.get(name, UNKNOWN) for name in folders], dtype=np.int64), []
