"""Resuming a run: which settings may change, and whether the pictures are the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tinyalex.data.listing import few
from tinyalex.training.picture_record import (
    differences,
    differing_classes,
    differing_sizes,
    is_record,
)
from tinyalex.training.settings import PATHS, Settings, absolute

# A run may resume on another machine, so these may change. All others affect the weights.
MAY_CHANGE = ("data", "classes", "workers", "backend")

NO_RECORD = (
    "note: {run} comes from an earlier version, which did not record its training pictures: "
    "cannot check whether those in {where} are the same"
)


def resumed_settings(run: Path, given: dict) -> Settings:
    """The settings in the run's folder, updated by the `given` flags. Raises ValueError for a flag
    that contradicts the run."""
    settings = Settings.from_json(run / "config.json")
    for name, value in given.items():
        own = getattr(settings, name)
        same = str(absolute(value)) == own if name in PATHS and value else value == own
        if name not in MAY_CHANGE and not same:
            had = "was started without it"
            if own not in (None, False, (), ""):
                had = f"has {_as_flag(name, own)}"
            raise ValueError(
                f"{_as_flag(name, value)} does not fit the run {run}, which {had}: leave it out, "
                f"or start a new run (--init {run} begins with its weights)"
            )
    changed = {name: given[name] for name in MAY_CHANGE if name in given}
    settings = replace(settings, **changed)
    settings.check()
    return settings.with_absolute_paths()


def _as_flag(name: str, value: object) -> str:
    """The flag as typed: "--layer-lr fc8=10 conv1=0.1", "--strict"."""
    flag = f"--{name.replace('_', '-')}"
    if value is True:
        return flag
    return f"{flag} {' '.join(value) if isinstance(value, tuple) else value}"


def existing_data(settings: Settings, run: Path) -> None:
    """Raises ValueError if the folder that the run was trained on is missing."""
    if settings.data and not Path(settings.data).is_dir():
        raise ValueError(
            f"there is no folder {settings.data}, where the pictures of {run} were: give their "
            "new location with --data DIR"
        )


def check_pictures(about: dict, now: dict, where: str, run: Path) -> list[str]:
    """Compares the pictures recorded in the run's checkpoint with those found; returns notes.

    about: the checkpoint's facts. now: the record of the pictures in the folder `where`.
    Raises ValueError, listing the differences, if the pictures have changed.
    """
    before = about.get("data")
    if is_record(before):
        changes = differences(before, now)
    else:
        changes = differing_classes(about.get("classes") or (), list(now["train"]))
    if changes:
        raise ValueError(
            f"the pictures in {where} are not those that {run} was trained on: "
            f"{few(changes, 3)}; put them back, give their new location with --data DIR, or start "
            f"a new run (--init {run} begins with its weights)"
        )
    if not is_record(before):
        return [NO_RECORD.format(run=run, where=where)]
    if resized := differing_sizes(before, now):
        return [
            f"note: files in {few(resized, 3)} have changed size since {run} began: if their "
            "pixels changed, training will not resume bit for bit"
        ]
    return []
