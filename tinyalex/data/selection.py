"""Choosing classes and pictures: the first N classes, a list of classes, a random split."""

from collections.abc import Container
from pathlib import Path
from zlib import crc32

import numpy as np

from tinyalex.data.listing import Files, few
from tinyalex.support.text_files import QUOTED, by_composed, read_lines, unquoted


def choose_classes(
    found: list[str], subset: int | None, class_file: str | Path | None
) -> tuple[list[str], list[str]]:
    """The classes to use, sorted, and notes."""
    classes = found if class_file is None else _read_class_file(Path(class_file), found)
    if subset is None or subset <= len(classes):
        return classes[:subset], []
    asked = f"asked for {subset} classes, found {len(classes)}"
    return classes, [f"{asked}: training on all {len(classes)}"]


def _read_class_file(path: Path, found: list[str]) -> list[str]:
    if not path.is_file():
        raise ValueError(
            f"there is no class file {path}: give a text file, one class name per line"
        )
    folder_of = by_composed(found)
    names = {_class_name(line, folder_of) for line in read_lines(path, found)} - {""}
    if not names:
        raise ValueError(f"the class file {path} names no classes: write one class name per line")
    if unknown := sorted(names - set(folder_of)):
        raise ValueError(f"{path} names classes that have no folder: {few(unknown)}")
    return sorted(folder_of[name] for name in names)


def _class_name(line: str, known: Container[str]) -> str:
    """The line without quotes and comment; a # may be part of a name."""
    if line in known:
        return line
    if match := QUOTED.match(line):
        return unquoted(match)
    return line.split("#")[0].strip()


def shuffled(paths: list[Path], name: str, seed: int) -> list[Path]:
    """The class's pictures in a random order that does not depend on the other classes."""
    order = np.random.default_rng([seed, crc32(name.encode("utf-8", "surrogatepass"))]).permutation(
        len(paths)
    )
    return [paths[i] for i in order]


def hold_out(files: Files, fraction: float, seed: int) -> tuple[Files, Files, list[str]]:
    """Training and validation pictures of each class, sorted, at least one of each; and a note."""
    train, val = {}, {}
    for name, paths in files.items():
        if len(paths) < 2:
            raise ValueError(
                f"the class folder {paths[0].parent} has only one picture: to hold some out for "
                "validation it needs two or more"
            )
        held_out = min(max(1, round(fraction * len(paths))), len(paths) - 1)
        drawn = shuffled(paths, name, seed)
        val[name], train[name] = sorted(drawn[:held_out]), sorted(drawn[held_out:])
    note = f"no validation folder: {fraction:.0%} of each class is held out for it (seed {seed})"
    return train, val, [note]


def draw(files: Files, count: int, seed: int) -> Files:
    """At most `count` pictures of each class, drawn with the seed, sorted by name."""
    return {name: sorted(shuffled(paths, name, seed)[:count]) for name, paths in files.items()}
