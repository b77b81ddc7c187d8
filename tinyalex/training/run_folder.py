"""The folder that a run writes: configuration, log, pictures and checkpoints."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

from tinyalex.support.files import make_folder, write_text


class RunFolder:
    """runs/<name>/, which holds

    config.json         the settings
    classes.txt         the run's copy of --classes FILE, which may change later
    log.jsonl           one line of JSON per step and per epoch ("kind" says which), for scripts
    pictures.png        some of the training pictures
    curves.png          loss and accuracy
    filters.png         the kernels of conv1 (Figure 3)
    filters_change.png  how training has changed them
    last.npz            the newest checkpoint, from which --resume continues
    best.npz            the weights with the best validation top-1
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.config = path / "config.json"
        self.classes = path / "classes.txt"
        self.log = path / "log.jsonl"
        self.last = path / "last.npz"
        self.best = path / "best.npz"
        self.pictures = path / "pictures.png"
        self.curves = path / "curves.png"
        self.filters = path / "filters.png"
        self.filters_change = path / "filters_change.png"
        self._file = None

    @staticmethod
    def check(parent: Path, name: str | None) -> None:
        """Raises ValueError if `create` would fail, without creating anything."""
        if name and os.path.lexists(parent / name):
            raise _taken(parent / name)
        places = (parent, *parent.absolute().parents)
        existing = next(place for place in places if os.path.lexists(place))
        if not existing.is_dir():
            make_folder(parent, "--out")  # raises, saying what is in the way
        if not os.access(existing, os.W_OK | os.X_OK):
            raise ValueError(f"cannot write {parent}: {existing} is read-only; choose --out")

    @classmethod
    def create(cls, parent: Path, name: str | None, default_name: str, space: int = 0) -> RunFolder:
        """Creates a new folder. Without a name: default_name with the first free number.

        space: bytes that the run will need. Raises ValueError if the disk has less, the folder
        cannot be written, or the name is taken.
        """
        number = 1
        while name is None and os.path.lexists(parent / f"{default_name}-{number}"):
            number += 1
        path = parent / (name or f"{default_name}-{number}")
        try:
            _check_space(parent, space)
            make_folder(parent, "--out")
            path.mkdir()
        except FileExistsError:
            raise _taken(path) from None
        except OSError as error:
            raise ValueError(f"cannot write {path}: {error.strerror}; choose --out") from None
        return cls(path)

    def write_config(self, text: str) -> None:
        write_text(self.config, text)

    def write_classes(self, names: list[str]) -> None:
        write_text(self.classes, "".join(f"{name}\n" for name in names))

    def write(self, kind: str, **values: Any) -> None:
        """Appends a line to the log and flushes it. Raises ValueError if the disk is full."""
        try:
            if self._file is None:
                self._file = open(self.log, "a", encoding="utf-8")  # noqa: SIM115
            self._file.write(json.dumps({"kind": kind, **values}) + "\n")
            self._file.flush()
        except OSError as error:
            raise ValueError(f"cannot write {self.log}: {error.strerror}") from None

    def read(self) -> list[dict]:
        """The log's rows, without a last line that a crash cut off."""
        rows = []
        if self.log.is_file():
            for line in self.log.read_text(encoding="utf-8").splitlines():
                try:
                    rows.append(json.loads(line))
                except json.JSONDecodeError:
                    break
        return rows

    def cut_log(self, step: int) -> None:
        """Drops the lines after this step, which the checkpoint does not include."""
        rows = [row for row in self.read() if row["step"] <= step]
        self.close()
        write_text(self.log, "".join(json.dumps(row) + "\n" for row in rows))

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def _taken(path: Path) -> ValueError:
    """The error for a folder that exists. A run's folder may be resumed instead."""
    advice = f", or --resume {path}" if (path / "config.json").is_file() else ""
    return ValueError(f"{path} already exists: choose another --name{advice}")


def _check_space(folder: Path, space: int) -> None:
    """Raises ValueError if the folder's disk has fewer bytes left. The folder need not exist."""
    existing = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    free = shutil.disk_usage(existing).free
    if free < space:
        raise ValueError(
            f"{folder}: {free / 1e9:.1f} GB free, but a run needs {space / 1e9:.1f} GB: "
            "free some space, or choose another --out"
        )
