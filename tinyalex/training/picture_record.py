"""A record of the pictures that a run was trained on, kept in its checkpoints to detect changes.

A run resumes bit for bit only with the same pictures, labels and order. The classes and each
class's sorted file names determine all three. The record does not depend on the folder's location.
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
    """{"builtin": …, "train": {class: …}, "val": {class: …}}, JSON-serializable; see `by_class`.

    builtin: the name of the built-in set. Its file sizes are not recorded: another release of
    Pillow may compress the same pixels to a different size.
    """
    sizes = builtin is None
    return {"builtin": builtin, "train": by_class(train, sizes), "val": by_class(val, sizes)}


def by_class(pictures: Pictures, sizes: bool = False) -> dict:
    """For each class, in label order: {"pictures": their number, "names": a digest of the ordered
    file names, "bytes": the files' total size, or None unless `sizes`}."""
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
    """File names cannot contain NUL, so it separates them unambiguously."""
    return hashlib.sha256(b"".join(os.fsencode(name) + b"\0" for name in names)).hexdigest()[:16]


def is_record(value: object) -> bool:
    """Whether this has the form of a `record`: checkpoints may come from anywhere."""
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
    """What has changed, as text; empty if training would be the same."""
    if before.get("builtin") and now["builtin"] and before["builtin"] != now["builtin"]:
        return [f"it has the built-in {now['builtin']} instead of {before['builtin']}"]
    changed_classes = differing_classes(list(before["train"]), list(now["train"]))
    return changed_classes or [
        line for split in SPLITS for line in differing_files(before[split], now[split], split)
    ]


def differing_classes(before: Sequence[str], now: Sequence[str]) -> list[str]:
    """The classes that are missing or new, or a changed order."""
    lines = []
    if gone := [name for name in before if name not in set(now)]:
        lines.append(f"{counted(len(gone), 'class')} missing ({few(gone, 3)})")
    if new := [name for name in now if name not in set(before)]:
        lines.append(f"{counted(len(new), 'class')} new ({few(new, 3)})")
    if not lines and list(before) != list(now):
        lines.append("its classes are in a different order")
    return lines


def differing_files(before: dict, now: dict, split: str) -> list[str]:
    """Changed numbers of pictures or file names in one split, for classes that are in both."""
    lines = []
    for name in (name for name in before if name in now):
        had, has = before[name], now[name]
        if had["pictures"] != has["pictures"]:
            pictures = counted(has["pictures"], "picture")
            lines.append(f"{split}/{name} has {pictures}, not {had['pictures']:,}")
        elif had["names"] != has["names"]:
            lines.append(f"{split}/{name} has different file names")
    return lines


def differing_sizes(before: dict, now: dict) -> list[str]:
    """The classes whose files have the same names but a different total size, as "train/ant"."""
    return [
        f"{split}/{name}"
        for split in SPLITS
        for name, row in before[split].items()
        if None not in (row["bytes"], now[split][name]["bytes"])
        and row["bytes"] != now[split][name]["bytes"]
    ]
