"""Validation pictures: in class folders, or all in one folder with a file of labels.

ILSVRC2012 provides its 50,000 validation pictures in one flat folder. Their classes come from one
of these files, in the folder of the pictures or above it:

- `val.txt` or one of the names in LABEL_FILES: lines `filename label` (see labels.py), where a
  label is the name of a class folder, or its number, counted from 0, among the sorted names of all
  training classes;
- `ILSVRC2012_validation_ground_truth.txt`: line i is the devkit's id of picture i. These ids count
  from 1 and do NOT follow the sorted names, so `map_clsloc.txt` or `synsets.txt` (lines
  `wnid id ...`) is needed to translate them.
"""

import re
from pathlib import Path

from tinyalex.data.labels import read_labels
from tinyalex.data.listing import Files, class_folders, few, list_pictures, pictures_of_class
from tinyalex.data.numbered import classes_of
from tinyalex.support.text_files import by_composed, composed, read_lines

LABEL_FILES = (
    "val.txt",
    "val_labels.txt",
    "ILSVRC2012_val.txt",
    "valid.txt",
    "validation.txt",
    "val_annotations.txt",  # Tiny ImageNet
    "LOC_val_solution.csv",  # Kaggle's copy of ILSVRC2012
)
GROUND_TRUTH = "ILSVRC2012_validation_ground_truth.txt"
ID_MAPS = ("map_clsloc.txt", "synsets.txt")


def find_validation(
    root: Path, folder: Path, found: list[str], classes: list[str]
) -> tuple[Files, list[str]]:
    """The validation pictures of `classes`, and notes. `found`: all training classes.

    Classes may lack validation pictures (a note lists them); ValueError if all of them do.
    """
    names = class_folders(folder)
    if names == ["images"] and "images" not in found:
        files, notes = _flat(root, folder / "images", found)
    elif names:
        folder_of = by_composed(names)
        if strange := sorted(set(folder_of) - set(by_composed(found))):
            raise ValueError(
                f"{folder} has classes that the training folder lacks: {few(strange)}; "
                "add or remove their folders"
            )
        pairs = [(name, folder_of.get(composed(name))) for name in classes]
        files, notes = {c: pictures_of_class(folder / own) for c, own in pairs if own}, []
    else:
        files, notes = _flat(root, folder, found)
    missing = [name for name in classes if name not in files]
    if len(missing) == len(classes):
        raise ValueError(f"{folder} has no pictures of any class chosen for training")
    if missing:
        notes.append(f"no validation pictures of these classes: {few(missing)}")
    return {name: files[name] for name in classes if name in files}, notes


def _flat(root: Path, folder: Path, found: list[str]) -> tuple[Files, list[str]]:
    """The pictures of a flat folder, grouped by class, and notes."""
    paths = list_pictures(folder)
    if not paths:
        raise ValueError(f"no pictures in the validation folder {folder}: fill or remove it")
    places = [folder, folder.parent, root, root / "ILSVRC2012_devkit_t12" / "data"]
    reading = ""
    if label_file := _first_file(places, LABEL_FILES):
        labels, every = read_labels(label_file, paths, found)
        names, reading = classes_of(label_file, labels, every, found)
    elif label_file := _first_file(places, (GROUND_TRUTH,)):
        names = _names_from_ground_truth(label_file, _first_file(places, ID_MAPS), paths, root)
    else:
        raise ValueError(
            f"the pictures in {folder} have no classes: sort them into a folder for each class, or "
            f"put val.txt (lines 'filename class') in {root}"
        )
    files: Files = {}
    for path, name in zip(paths, names, strict=True):
        files.setdefault(name, []).append(path)
    notes = [f"validation labels read from {label_file}{reading}"]
    if strange := sorted(set(files) - set(found)):
        counted = [f"{name} ({len(files[name]):,})" for name in strange]
        notes.append(
            "validation pictures left out because their classes have no training folder: "
            f"{few(counted)}"
        )
    return files, notes


def _first_file(places: list[Path], names: tuple[str, ...]) -> Path | None:
    candidates = (place / name for name in names for place in places)
    return next((path for path in candidates if path.is_file()), None)


def _names_from_ground_truth(
    path: Path, id_map: Path | None, pictures: list[Path], root: Path
) -> list[str]:
    """The class of each picture, from the devkit's ids and its map from ids to classes."""
    if id_map is None:
        raise ValueError(
            f"{path} holds the devkit's class ids, which do not follow the sorted names: put the "
            f"devkit's map_clsloc.txt (lines 'wnid id name') in {root}"
        )
    wnid_of: dict[str, str] = {}
    for line in filter(None, read_lines(id_map)):
        fields = line.split()
        if len(fields) < 2 or not fields[1].isdecimal():
            raise ValueError(
                f"{id_map} has the line {line!r}: each line must be 'wnid id name', since the ids "
                "do not follow the order of the lines"
            )
        if wnid_of.setdefault(fields[1], fields[0]) != fields[0]:
            raise ValueError(f"{id_map} gives the id {fields[1]} to two classes")
    ids = read_lines(path)
    if "" in ids:
        raise ValueError(
            f"{path}, line {ids.index('') + 1} is empty: line i must be the id of picture i"
        )
    return [wnid_of[_devkit_id(picture, ids, wnid_of, path)] for picture in pictures]


def _devkit_id(picture: Path, ids: list[str], wnid_of: dict[str, str], path: Path) -> str:
    """The devkit's id of ILSVRC2012_val_00000001.JPEG is on line 1, and so on."""
    match = re.fullmatch(r"ILSVRC2012_val_([0-9]{8})", picture.stem)
    number = int(match.group(1)) if match else 0
    if not 1 <= number <= len(ids):
        raise ValueError(f"{path} has no line for {picture.name}: remove the picture")
    if ids[number - 1] not in wnid_of:
        raise ValueError(f"{path} has the id {ids[number - 1]!r}, which is not in the map of ids")
    return ids[number - 1]
