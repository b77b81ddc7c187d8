"""Finding the pictures of an ImageNet-style folder."""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from tinyalex.data.left_out import notes_on
from tinyalex.data.listing import (
    LAYOUTS,
    Files,
    class_folders,
    existing_folder,
    few,
    pictures_of_class,
    refuse_broken_link,
)
from tinyalex.data.selection import choose_classes, draw, hold_out
from tinyalex.data.threads import map_in_threads
from tinyalex.data.validation import find_validation

VALIDATION_NAMES = ("val", "valid", "validation")
TEST_NAMES = ("test", "testing")
BAR_FROM = 2000  # files; reading fewer headers takes well under a second


@dataclass
class Pictures:
    """The pictures of one split.

    paths    n files, by class and then by name
    labels   (n,) int64: picture i shows classes[labels[i]]
    classes  the class folders' names, sorted
    """

    paths: list[Path]
    labels: np.ndarray
    classes: list[str]

    def __len__(self) -> int:
        return len(self.paths)


def find_pictures(
    root: str | Path,
    *,
    subset: int | None = None,
    class_file: str | Path | None = None,
    per_class: int | None = None,
    val_fraction: float = 0.1,
    seed: int = 0,
) -> tuple[Pictures, Pictures, list[str]]:
    """The training and validation pictures under `root`, and notes to show the user.

    Layouts: `train/CLASS/*` with `val/CLASS/*` (or `valid`, `validation`); the same with a flat
    `val/*` and a file of labels (see validation.py); or one folder of classes, `CLASS/*`, of
    which `val_fraction` of each class (at least one picture) is held out for validation. A `test`
    folder beside `train` is never read: it is for the final measurement.

    subset      the first N classes in sorted order (of those in the class file, if one is given)
    class_file  a text file of the classes to use, one per line; # starts a comment
    per_class   at most M training and M validation pictures of each class, drawn with the seed and
                kept sorted (a smaller M draws a subset of the same pictures)
    seed        for both draws; each class's draw is independent of which other classes are chosen

    Raises ValueError if the folder or an argument is not valid.
    """
    root = existing_folder(Path(root))
    _check_numbers(subset, per_class, val_fraction)
    train_folder, val_folder = _split_folders(root)
    found = class_folders(train_folder)
    classes, notes = choose_classes(found, subset, class_file)
    train = {name: pictures_of_class(train_folder / name) for name in classes}
    if val_folder is None:
        train, val, more = hold_out(train, val_fraction, seed)
        more += _note_on_unused(root, train_folder)
    else:
        val, more = find_validation(root, val_folder, found, classes)
    more += _notes_on_left_out([train_folder, val_folder], train, val)
    if per_class is not None:
        train, val = draw(train, per_class, seed), draw(val, per_class, seed)
    return _pictures(train, classes), _pictures(val, classes), notes + more


def _pictures(files: Files, classes: list[str]) -> Pictures:
    """One split's pictures in the order of the classes."""
    paths = [path for name in classes for path in files.get(name, [])]
    counts = [len(files.get(name, [])) for name in classes]
    return Pictures(paths, np.repeat(np.arange(len(classes), dtype=np.int64), counts), classes)


def check_headers(pictures: Pictures, progress: bool = True) -> None:
    """Reads the header of every file, to find files that are not pictures before training starts.

    Raises ValueError naming the first such file. A picture that is damaged after its header, or
    cannot be opened, passes; the error is raised when it is read. A progress
    bar is shown for more than 2,000 files.
    """
    progress = progress and len(pictures) > BAR_FROM
    # Two threads hide a slow disk; more would wait for each other, as this is mostly Python.
    good = map_in_threads(
        _has_header, pictures.paths, description="headers", progress=progress, workers=2
    )
    bad = [path for path, is_good in zip(pictures.paths, good, strict=True) if not is_good]
    if bad:
        others = f" (and {len(bad) - 1:,} more such files)" if len(bad) > 1 else ""
        raise ValueError(f"{bad[0]} is not a picture{others}: remove or replace it, then try again")


def _has_header(path: Path) -> bool:
    try:
        with Image.open(path):
            return True
    except Image.DecompressionBombError:
        return True  # a picture that is too large, which reading it will report
    except Exception as error:  # on other formats Pillow's readers raise almost anything
        # No permission, or a broken link: the file may still be a picture.
        return getattr(error, "errno", None) is not None or not os.path.exists(path)


def _check_numbers(subset: int | None, per_class: int | None, val_fraction: float) -> None:
    if subset is not None and subset < 1:
        raise ValueError(f"subset {subset}: the number of classes must be 1 or more")
    if per_class is not None and per_class < 1:
        raise ValueError(f"per_class {per_class}: the number of pictures must be 1 or more")
    if not 0 < val_fraction < 1:
        raise ValueError(f"val_fraction {val_fraction}: it must be between 0 and 1")


def _split_folders(root: Path) -> tuple[Path, Path | None]:
    """The folder of training classes, and that of validation pictures if there is one."""
    for name in ("train", *VALIDATION_NAMES):
        refuse_broken_link(root / name)
    vals = [name for name in VALIDATION_NAMES if (root / name).is_dir()]
    if len(vals) > 1:
        raise ValueError(f"{root} has both {vals[0]} and {vals[1]}: remove or rename one of them")
    val = root / vals[0] if vals else None
    train = root / "train" if (root / "train").is_dir() else root
    others = [*vals, *(name for name in TEST_NAMES if (root / name).is_dir())]
    if train == root and others:
        raise ValueError(f"{root} has {others[0]} but no train folder: {LAYOUTS}")
    if not class_folders(train):
        raise ValueError(f"no class folders in {train}: {LAYOUTS}")
    return train, val


def _notes_on_left_out(splits: list[Path | None], train: Files, val: Files) -> list[str]:
    read = dict.fromkeys(paths[0].parent for files in (train, val) for paths in files.values())
    # A flat folder, whose own pictures are read, has no class folders.
    return notes_on([folder for folder in splits if folder and folder not in read], read)


def _note_on_unused(root: Path, train: Path) -> list[str]:
    """A note on the folders beside `train`, if none of them is for validation."""
    unused = [name for name in class_folders(root) if name != "train"]
    if train == root or not unused:
        return []
    note = f"not used: {few(unused)} beside {train}"
    if test := next((root / name for name in unused if name in TEST_NAMES), None):
        return [
            f"{note}; to measure on {test.name} at the end: python -m tinyalex.evaluate RUN --data "
            f"{test} --split all"
        ]
    return [f"{note}; only {', '.join(VALIDATION_NAMES)} are for validation"]
