"""What training runs record about their pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tinyalex.data import Pictures
from tinyalex.data.listing import few
from tinyalex.training.picture_record import by_class, differing_files, is_record
from tinyalex.training.resume import NO_RECORD
from tinyalex.training.settings import Settings
from tinyalex.weights.checkpoint import load_facts
from tinyalex.weights.trained import weights_file


class TrainingRun(NamedTuple):
    """path: as the user gave it. record: see training/picture_record.py; None for runs from earlier
    versions."""

    path: Path
    settings: Settings
    record: dict | None


def training_run(path: str | Path) -> TrainingRun | None:
    """The run with this folder or checkpoint, or None for other weights."""
    file = weights_file(path)
    config = file.parent / "config.json"
    if file.name not in ("best.npz", "last.npz") or not config.is_file():
        return None
    record = load_facts(file).get("data")
    return TrainingRun(
        Path(path), Settings.from_json(config), record if is_record(record) else None
    )


def check_own(run: TrainingRun, pictures: Pictures, split: str, where: str) -> list[str]:
    """Notes on a run's own pictures. Raises ValueError, listing changes, if they have changed."""
    if run.record is None:
        return [NO_RECORD.format(run=run.path, where=where)]
    if changes := differing_files(run.record[split], by_class(pictures), split):
        raise ValueError(
            f"the pictures in {where} are not those of {run.path}: {few(changes, 3)}; put them "
            f"back, give their new location with --data DIR, or use these with --data {where}"
        )
    return []


def unlike_held_out(runs: Sequence[TrainingRun | None], pictures: Pictures) -> list[str]:
    """A note for each run that held out other pictures: it may have seen some of these."""
    now = by_class(pictures)
    return [
        f"note: {run.path} held out different pictures: it may have been trained on some of these"
        for run in runs
        if run is not None and run.record and differing_files(run.record["val"], now, "val")
    ]
