"""The folder that a run leaves behind: configuration, log, pictures and checkpoints."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

from tinyalex.support.files import make_folder, write_text


class RunFolder:
    """runs/<name>/ with

    config.json   the settings
    classes.txt   the names in --classes FILE when the run began, which may change or go
    log.jsonl     a line of JSON a step and an epoch ("kind" tells which), to be read by scripts
    pictures.png  some of the training pictures
    curves.png    loss and accuracy
    filters.png   the kernels of conv1 (Figure 3); filters_change.png what training added to them
    last.npz      the newest checkpoint, from which --resume continues
    best.npz      the weights with the best validation top-1
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

    @classmethod
    def create(cls, parent: Path, name: str | None, default_name: str, space: int = 0) -> RunFolder:
        """A new folder. Without a name, default_name with the first free number.

        space: bytes that the run will need. ValueError where there is less, where it cannot be
        written or where the name is taken.
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
            run = (path / "config.json").is_file()
            advice = f", or --resume {path}" if run else ""
            raise ValueError(f"{path} is there already: choose another --name{advice}") from None
        except OSError as error:
            raise ValueError(f"cannot write {path}: {error.strerror}; choose --out") from None
        return cls(path)

    def write_config(self, text: str) -> None:
        write_text(self.config, text)

    def write_classes(self, names: list[str]) -> None:
        write_text(self.classes, "".join(f"{name}\n" for name in names))

    def write(self, kind: str, **values: Any) -> None:
        """Appends a line to the log, at once on the disk. ValueError where it is full."""
        try:
            if self._file is None:
                self._file = open(self.log, "a", encoding="utf-8")  # noqa: SIM115
            self._file.write(json.dumps({"kind": kind, **values}) + "\n")
            self._file.flush()
        except OSError as error:
            raise ValueError(f"cannot write {self.log}: {error.strerror}") from None

    def read(self) -> list[dict]:
        """The log's lines. A last line cut off by a crash is left out."""
        rows = []
        if self.log.is_file():
            for line in self.log.read_text(encoding="utf-8").splitlines():
                try:
                    rows.append(json.loads(line))
                except json.JSONDecodeError:
                    break
        return rows

    def cut_log(self, step: int) -> None:
        """Drops the lines after a step: those that the checkpoint does not know of."""
        rows = [row for row in self.read() if row["step"] <= step]
        self.close()
        write_text(self.log, "".join(json.dumps(row) + "\n" for row in rows))

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def _check_space(folder: Path, space: int) -> None:
    """ValueError if the disk that the folder is on, or will be on, has not so many bytes left."""
    existing = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    free = shutil.disk_usage(existing).free
    if free < space:
        raise ValueError(
            f"{folder}: {free / 1e9:.1f} GB free and a run needs {space / 1e9:.1f} GB; "
            "free some space or choose another --out"
        )
