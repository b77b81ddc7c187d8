"""Reads class names from a text file."""

from __future__ import annotations

import csv
import re
from pathlib import Path

from tinyalex.support.text_files import read_lines

WNID = re.compile(r"n\d{8}")  # WordNet id, which ImageNet uses for its classes


def read_class_names(path: str | Path) -> tuple[list[str], list[str] | None]:
    """The names in the order of the network's outputs, and their wnids if the file has them.

    One class per line: "name", "wnid name", or columns separated by tabs, commas or semicolons: an
    optional index counting from 0, an optional wnid, the name. Raises ValueError naming the line.
    """
    lines = read_lines(path)
    if not all(lines):
        raise ValueError(
            f"{path}, line {lines.index('') + 1} is empty: give one class per line, in the order "
            "of the network's outputs"
        )
    if not lines:
        raise ValueError(f"{path} names no classes: give one class per line")
    separator = _separator(lines)
    pairs = [_class(line, separator, number, path) for number, line in enumerate(lines)]
    names, wnids = ([pair[i] for pair in pairs] for i in (0, 1))
    if any(wnids) and not all(wnids):
        raise ValueError(f"{path}, line {wnids.index('') + 1} has no wnid, but other lines do")
    return names, wnids if all(wnids) else None


def _separator(lines: list[str]) -> str:
    """The column separator. Names may contain commas, so a comma separates columns only if every
    line begins with an index or a wnid and a comma; the same goes for semicolons."""
    for separator in ",;":
        begins = re.compile(rf'"?(\d+|n\d{{8}})"?{separator}')
        if all(map(begins.match, lines)):
            return separator
    return "\t"


def _class(line: str, separator: str, number: int, path: str | Path) -> tuple[str, str]:
    """The name and wnid ("" if none) in a line; `number` counts from 0."""
    try:
        cells = [cell.strip() for cell in next(csv.reader([line], delimiter=separator))]
    except csv.Error as error:
        raise ValueError(f"{path}, line {number + 1}: {error}") from None
    if len(cells) > 1 and cells[0].isdecimal():
        if int(cells[0]) != number:
            raise ValueError(f"{path}, line {number + 1} is class {cells[0][:20]}, not {number}")
        cells = cells[1:]
    if len(cells) == 1:
        first, _, rest = cells[0].partition(" ")
        cells = [first, rest] if WNID.fullmatch(first) else ["", cells[0]]
    glue = " " if separator == "\t" else f"{separator} "
    wnid, name = cells[0], glue.join(cells[1:]).strip()
    if wnid and not WNID.fullmatch(wnid):
        wnid, name = "", glue.join(cells)
    return name or wnid, wnid
