"""Label files: lines `picture label`, as people and programs write them."""

from __future__ import annotations

import re
from collections.abc import Callable, Container
from pathlib import Path

from tinyalex.support.text_files import QUOTED, composed, read_lines, unquoted

SEPARATORS = " \t,;"
NUMBERS = re.compile(r"(\s+-?[0-9.]+){4,}")  # the corners of boxes


def read_labels(path: Path, pictures: list[Path], classes: list[str]) -> tuple[list[str], set[str]]:
    """A label for each picture, and all labels of the file, those of other pictures included.

    A line names its picture with or without its suffix and folders. Spaces, a tab, a comma or a
    semicolon separate picture and label; either may be in quotes. All names are in Unicode's
    composed form. ValueError if a picture has no label or two labels.
    """
    names = {composed(picture.name) for picture in pictures}
    stems = {composed(picture.stem) for picture in pictures}
    known = {composed(name) for name in classes}
    label_of: dict[str, str] = {}
    every: set[str] = set()
    for line in read_lines(path, [*classes, *names]):
        name, rest = _picture(line, names, stems)
        if not rest:
            continue  # reported below, as a picture without a label
        label = _label(rest, known)
        every.add(label)
        if (name in names or name in stems) and label_of.setdefault(name, label) != label:
            raise ValueError(
                f"{path} gives the picture {name} two labels, {label_of[name]!r} and {label!r}: "
                "remove one of the lines"
            )
    labels = [
        label_of.get(composed(picture.name)) or label_of.get(composed(picture.stem), "")
        for picture in pictures
    ]
    if "" in labels:
        unlabelled = pictures[labels.index("")]
        raise ValueError(
            f"{path} has no label for {labels.count(''):,} of the {len(pictures):,} pictures in "
            f"{unlabelled.parent}, among them {unlabelled.name}: add the lines 'filename class'"
        )
    return labels, every


def _picture(line: str, names: Container[str], stems: Container[str]) -> tuple[str, str]:
    """The file name at the start of the line, without its folders, and the rest of the line."""
    if match := QUOTED.match(line):
        return _file_name(unquoted(match)), line[match.end() :].strip(SEPARATORS)
    for wanted in (names, stems):
        if end := _longest(line, lambda start: _file_name(start) in wanted):  # noqa: B023
            return _file_name(line[:end]), line[end:].strip(SEPARATORS)
    first = re.split(f"[{SEPARATORS}]+", line, maxsplit=1)
    return _file_name(first[0]), "".join(first[1:])


def _label(rest: str, known: Container[str]) -> str:
    """The label that `rest` begins with; anything after it, such as boxes, is ignored.

    Class names may contain spaces: `cat litter` is not the class cat, but `cat 0 0 9 9` is.
    """
    if match := QUOTED.match(rest):
        return unquoted(match).strip()
    if end := _longest(rest, lambda start: start in known and _is_complete(rest, len(start))):
        return rest[:end]
    field = re.split("[\t,;]", rest, maxsplit=1)[0].strip()
    number = re.match(r"[0-9]+(?=\s)", field)
    return number.group() if number else NUMBERS.split(field, maxsplit=1)[0]


def _longest(line: str, fits: Callable[[str], bool]) -> int:
    """The end of the longest prefix that fits and is followed by a separator; 0 for none."""
    ends = [match.start() for match in re.finditer(f"[{SEPARATORS}]+|$", line)]
    return next((end for end in reversed(ends) if fits(line[:end])), 0)


def _is_complete(rest: str, end: int) -> bool:
    after = rest[end:]
    return not after or after.lstrip(" ")[0] in "\t,;" or bool(NUMBERS.match(after))


def _file_name(path: str) -> str:
    """The name without its folders, with slashes or backslashes."""
    return re.split(r"[/\\]", path)[-1].strip()
