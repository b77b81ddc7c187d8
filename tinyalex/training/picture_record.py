"""Which pictures a run was trained on, kept in its checkpoints so that other ones are noticed.

A run resumes bit for bit only with the same pictures under the same labels in the same order.
All of that follows from the classes and, class by class, the sorted file names. The record does
not depend on where the folder lies.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

from tinyalex.data import Pictures
from tinyalex.data.listing import few
from tinyalex.support.text import counted

SPLITS = ("train", "val")


def record(train: Pictures, val: Pictures, builtin: str | None = None) -> dict:
    """{"builtin": …, "train": {class: …}, "val": {class: …}}, JSON-able; see `by_class`.

    builtin: the name of the built-in set. Its files are compressed here, and another release of
    Pillow may write the same pixels in another number of bytes: they are not compared.
    """
    sizes = builtin is None
    return {"builtin": builtin, "train": by_class(train, sizes), "val": by_class(val, sizes)}


def by_class(pictures: Pictures, sizes: bool = False) -> dict:
    """Of each class, in the order of the labels: {"pictures": how many, "names": a digest of the
    file names in their order, "bytes": the files' size, None unless `sizes`}."""
    paths: list[list[Path]] = [[] for _ in pictures.classes]
    for path, label in zip(pictures.paths, pictures.labels, strict=True):
        paths[label].append(path)
    return {
        name: {
            "pictures": len(some),
            "names": _digest([path.name for path in some]),
            "bytes": sum(path.stat().st_size for path in some) if sizes else None,
        }
        for name, some in zip(pictures.classes, paths, strict=True)
    }


def _digest(names: Sequence[str]) -> str:
    """No file name holds a NUL, so that it ends each without ambiguity."""
    return hashlib.sha256(b"".join(os.fsencode(name) + b"\0" for name in names)).hexdigest()[:16]


def is_record(value: object) -> bool:
    """Whether this is what `record` makes: checkpoints may come from anywhere."""
    splits = [value.get(split) for split in SPLITS] if isinstance(value, dict) else []
    if not splits or not all(isinstance(split, dict) for split in splits):
        return False
    rows = [row for split in splits for row in split.values()]
    return splits[0].keys() == splits[1].keys() and all(
        isinstance(row, dict)
        and isinstance(row.get("pictures"), int)
        and isinstance(row.get("names"), str)
        and isinstance(row.get("bytes"), int | None)
        for row in rows
    )


def differences(before: dict, now: dict) -> list[str]:
    """What is not as it was, in words; empty where the same training would follow."""
    if before.get("builtin") and now["builtin"] and before["builtin"] != now["builtin"]:
        return [f"it has the built-in {now['builtin']} in place of {before['builtin']}"]
    changed_classes = differing_classes(list(before["train"]), list(now["train"]))
    return changed_classes or [
        line for split in SPLITS for line in differing_files(before[split], now[split], split)
    ]


def differing_classes(before: Sequence[str], now: Sequence[str]) -> list[str]:
    """The classes that have gone or come."""
    lines = []
    if gone := [name for name in before if name not in set(now)]:
        lines.append(f"{counted(len(gone), 'class')} gone ({few(gone, 3)})")
    if new := [name for name in now if name not in set(before)]:
        lines.append(f"{counted(len(new), 'class')} new ({few(new, 3)})")
    if not lines and list(before) != list(now):
        lines.append("its classes are in another order")
    return lines


def differing_files(before: dict, now: dict, split: str) -> list[str]:
    """Of one split, for classes that are in both: other numbers of pictures, other file names."""
    lines = []
    for name in (name for name in before if name in now):
        had, has = before[name], now[name]
        if had["pictures"] != has["pictures"]:
            pictures = counted(has["pictures"], "picture")
            lines.append(f"{split}/{name} has {pictures}, not {had['pictures']:,}")
        elif had["names"] != has["names"]:
            lines.append(f"{split}/{name} has other file names")
    return lines


def differing_sizes(before: dict, now: dict) -> list[str]:
    """The classes whose files have the same names but not the same size, as "train/ant"."""
    return [
        f"{split}/{name}"
        for split in SPLITS
        for name, row in before[split].items()
        if None not in (row["bytes"], now[split][name]["bytes"])
        and row["bytes"] != now[split][name]["bytes"]
    ]
