"""Going on with a run: which of its settings may change, and whether its pictures are the same."""

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

# Where things lie and what computes them: a run may go on elsewhere. All else decides the weights.
MAY_CHANGE = ("data", "classes", "workers", "backend")

NO_RECORD = (
    "note: {run} does not say which pictures it was trained on, as runs of earlier versions do "
    "not: it cannot be checked that those in {where} are the same"
)


def resumed_settings(run: Path, given: dict) -> Settings:
    """The settings in the run's folder with the `given` flags. ValueError where one contradicts."""
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
    """As one would type it: "--layer-lr fc8=10 conv1=0.1", "--strict"."""
    flag = f"--{name.replace('_', '-')}"
    if value is True:
        return flag
    return f"{flag} {' '.join(value) if isinstance(value, tuple) else value}"


def existing_data(settings: Settings, run: Path) -> None:
    """ValueError where the folder that the run was trained on is not there."""
    if settings.data and not Path(settings.data).is_dir():
        raise ValueError(
            f"there is no folder {settings.data}, which holds the pictures of {run}: say where "
            "they are now with --data DIR"
        )


def check_pictures(about: dict, now: dict, where: str, run: Path) -> list[str]:
    """Compares what the run's checkpoint says of its pictures with those found; returns notes.

    about: the checkpoint's facts. now: the record of the pictures in the folder `where`.
    ValueError, saying what differs, where the run would go on with other pictures.
    """
    before = about.get("data")
    if is_record(before):
        changes = differences(before, now)
    else:
        changes = differing_classes(about.get("classes") or (), list(now["train"]))
    if changes:
        raise ValueError(
            f"the pictures in {where} are not those that {run} was trained on: "
            f"{few(changes, 3)}; put them back, or say with --data DIR where they are now, or "
            f"start a new run (--init {run} begins with its weights)"
        )
    if not is_record(before):
        return [NO_RECORD.format(run=run, where=where)]
    if resized := differing_sizes(before, now):
        return [
            f"note: files in {few(resized, 3)} have changed their size since {run} began: if their "
            "pixels changed, it does not go on as it would have"
        ]
    return []
