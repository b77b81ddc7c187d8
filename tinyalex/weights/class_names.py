"""The names of classes, from a text file."""

from __future__ import annotations

import re
from pathlib import Path

WNID = re.compile(r"n\d{8}")  # ImageNet's and WordNet's number of a class


def read_class_names(path: str | Path) -> tuple[list[str], list[str] | None]:
    """The names in the order of the network's outputs, and their wnids where the file has them.

    One class a line: "name", "wnid name", or columns with tabs between them: an index from 0 on,
    where there is one, the wnid, where there is one, the name. ValueError, naming the line.
    """
    try:
        lines = Path(path).read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no UTF-8 text"
        raise ValueError(f"cannot read the class names in {path}: {reason}") from None
    pairs = [_class(line, number, path) for number, line in enumerate(lines) if line.strip()]
    if len(pairs) != len(lines) or not pairs:
        raise ValueError(f"{path} names no classes, or has empty lines: give one class a line")
    names, wnids = ([pair[i] for pair in pairs] for i in (0, 1))
    if any(wnids) and not all(wnids):
        raise ValueError(f"{path}, line {wnids.index('') + 1} has no wnid, as others have")
    return names, wnids if all(wnids) else None


def _class(line: str, number: int, path: str | Path) -> tuple[str, str]:
    """Name and wnid ("" without one) of the line with this number, from 0 on."""
    cells = [cell.strip() for cell in line.split("\t")]
    if len(cells) > 1 and cells[0].isdecimal():
        if int(cells[0]) != number:
            raise ValueError(f"{path}, line {number + 1} is class {cells[0][:20]}, not {number}")
        cells = cells[1:]
    if len(cells) == 1:
        first, _, rest = cells[0].partition(" ")
        cells = [first, rest] if WNID.fullmatch(first) else ["", cells[0]]
    wnid, name = cells[0], " ".join(cells[1:]).strip()
    if wnid and not WNID.fullmatch(wnid):
        wnid, name = "", " ".join(cells)
    return name or wnid, wnid
