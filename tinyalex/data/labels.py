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

    A line names its picture with or without suffix, and with or without folders. Spaces, a tab, a
    comma or a semicolon stand between picture and label; either may be in quotes. Unicode's
    composed form throughout. ValueError, in one line, for a picture without a label or with two.
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
    """The file name at the line's beginning, without its folders, and the rest of the line."""
    if match := QUOTED.match(line):
        return _file_name(unquoted(match)), line[match.end() :].strip(SEPARATORS)
    for wanted in (names, stems):
        if end := _longest(line, lambda start: _file_name(start) in wanted):  # noqa: B023
            return _file_name(line[:end]), line[end:].strip(SEPARATORS)
    first = re.split(f"[{SEPARATORS}]+", line, maxsplit=1)
    return _file_name(first[0]), "".join(first[1:])


def _label(rest: str, known: Container[str]) -> str:
    """The label that `rest` begins with. What follows it (boxes, say) is not needed.

    Names of classes hold spaces, so that `cat litter` is not the class cat, and `cat 0 0 9 9` is.
    """
    if match := QUOTED.match(rest):
        return unquoted(match).strip()
    if end := _longest(rest, lambda start: start in known and _is_complete(rest, len(start))):
        return rest[:end]
    field = re.split("[\t,;]", rest, maxsplit=1)[0].strip()
    number = re.match(r"[0-9]+(?=\s)", field)
    return number.group() if number else NUMBERS.split(field, maxsplit=1)[0]


def _longest(line: str, fits: Callable[[str], bool]) -> int:
    """The end of the longest beginning that fits and is followed by a separator; 0 for none."""
    ends = [match.start() for match in re.finditer(f"[{SEPARATORS}]+|$", line)]
    return next((end for end in reversed(ends) if fits(line[:end])), 0)


def _is_complete(rest: str, end: int) -> bool:
    after = rest[end:]
    return not after or after.lstrip(" ")[0] in "\t,;" or bool(NUMBERS.match(after))


def _file_name(path: str) -> str:
    """Without its folders, whichever way the slashes lean."""
    return re.split(r"[/\\]", path)[-1].strip()
