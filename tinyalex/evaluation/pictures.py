"""The pictures that a network is measured on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tinyalex.data import Pictures, find_pictures
from tinyalex.data.builtin import CLASS_NAMES, builtin_pictures
from tinyalex.data.left_out import notes_on
from tinyalex.data.listing import LAYOUTS, class_folders, existing_folder, few, pictures_of_class
from tinyalex.evaluation.matching import UNKNOWN, match_classes
from tinyalex.evaluation.runs import TrainingRun, check_own, unlike_held_out
from tinyalex.support.text import counted
from tinyalex.training.resume import existing_data
from tinyalex.training.settings import Settings, absolute

SPLITS = ("val", "train", "all")


class ChosenPictures(NamedTuple):
    """pictures: labelled with the network's class numbers. source: their folder."""

    pictures: Pictures
    source: str
    notes: list[str]


def choose_pictures(
    classes: Sequence[str],
    wnids: Sequence[str] | None = None,
    data: str | Path | None = None,
    split: str = "val",
    runs: Sequence[TrainingRun | None] = (),
    known: bool = False,
) -> ChosenPictures:
    """The pictures to measure a network with these classes on.

    data   an ImageNet-style folder; None: the run's own pictures, or the built-in ones if they
           have the network's classes
    split  "val" or "train" (see find_pictures), or "all": everything in DATA/CLASS/*
    runs   the networks' training runs, or None where unknown; the first one's settings decide
           which pictures are held out
    known  leave out classes that the network does not know instead of raising ValueError

    Raises ValueError if there are no such pictures, or if the run's own pictures have changed.
    """
    run = runs[0] if runs else None
    own = run is not None and data is None
    root = _root(classes, data, run)
    found, held_out, notes = _find(root, split, run.settings if run else Settings(), own)
    numbers, more = match_classes(found.classes, classes, wnids)
    notes += more
    unknown = [name for name, k in zip(found.classes, numbers, strict=True) if k == UNKNOWN]
    if len(unknown) == len(found.classes):
        raise ValueError(
            f"the network knows none of the classes in {root} ({few(unknown, 3)}); "
            f"it knows {few(list(classes), 3)}"
        )
    if unknown and data is not None and not known:
        raise ValueError(
            f"{root} has classes that the network does not know: {few(unknown)}; "
            "remove their folders, or leave them out with --known"
        )
    if unknown and data is not None:
        count = counted(len(unknown), "class")
        notes.append(f"left out {count} that the network does not know")
    labels = numbers[found.labels]
    kept = np.flatnonzero(labels != UNKNOWN)
    if len(kept) == 0:
        raise ValueError(f"{root} has no pictures of the network's classes in this split")
    paths = [found.paths[i] for i in kept]
    pictures = Pictures(paths, labels[kept], list(classes))
    if own and split != "all":
        notes += check_own(run, pictures, split, str(root))
    if held_out:
        notes += unlike_held_out(runs[1:] if own else runs, pictures)
    return ChosenPictures(pictures, str(root), notes)


def _root(classes: Sequence[str], data: str | Path | None, run: TrainingRun | None) -> Path:
    if data is not None:
        if not str(data):  # an unset shell variable
            raise ValueError("--data is empty: give a folder, or leave it out")
        return absolute(data)  # the results record it
    if run is not None and run.settings.data is not None:
        existing_data(run.settings, run.path)
        return Path(run.settings.data)
    if set(classes) <= set(CLASS_NAMES):
        return builtin_pictures()
    raise ValueError(
        f"the network's classes ({few(list(classes), 3)}) are not those of the built-in pictures: "
        "give --data"
    )


def _find(
    root: Path, split: str, settings: Settings, own: bool
) -> tuple[Pictures, bool, list[str]]:
    """The split's pictures, whether they were held out from training, and notes.

    own: whether the network was trained on this folder with these settings.
    """
    if split not in SPLITS:
        raise ValueError(f"split is {split!r}: give one of {', '.join(SPLITS)}")
    if split == "all":
        found = _all_pictures(existing_folder(root))
        return found, False, notes_on([root], dict.fromkeys(p.parent for p in found.paths))
    train, val, notes = find_pictures(
        root,
        per_class=settings.per_class if own else None,
        val_fraction=settings.val_fraction,
        seed=settings.seed,
    )
    if not (root / "train").is_dir():
        notes.append("--split all takes every picture")
    if split == "train":
        return train, False, notes
    held_out = not {path.parent for path in val.paths}.isdisjoint(p.parent for p in train.paths)
    return val, held_out, notes


def _all_pictures(root: Path) -> Pictures:
    names = class_folders(root)
    if not names:
        raise ValueError(f"no class folders in {root}: {LAYOUTS}")
    if (root / "train").is_dir():
        raise ValueError(f"{root} has a train folder: use --split train or val, not all")
    files = [pictures_of_class(root / name) for name in names]
    labels = np.repeat(np.arange(len(names), dtype=np.int64), [len(paths) for paths in files])
    return Pictures([path for paths in files for path in paths], labels, names)
