"""Starting or resuming a run, from its settings, weights and pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from tinyalex.data import Statistics, compute_statistics
from tinyalex.support.process import prepare_for_training
from tinyalex.training.assemble import build_trainer, load_data
from tinyalex.training.resume import check_pictures, existing_data
from tinyalex.training.run_folder import RunFolder
from tinyalex.training.session import Session
from tinyalex.training.settings import Settings
from tinyalex.training.start import layers_named, take_over
from tinyalex.weights import load_checkpoint, load_weights

Tell = Callable[[str], None]


def new_session(
    settings: Settings,
    given: dict[str, Any],
    parent: Path,
    name: str | None,
    tell: Tell,
    started_at: float,
) -> Session:
    """A new run, in a new folder inside `parent`.

    given: the settings given explicitly, which trained weights must not contradict.
    tell: called with each note on the pictures. Raises ValueError if the run cannot start.
    """
    RunFolder.check(parent, name)  # before the pictures are loaded
    prepare_for_training()
    begin = _from_trained_weights if settings.init else _from_first_weights
    settings, data, statistics, trainer = begin(settings, given, tell)
    space = 5 * sum(array.nbytes for array in trainer.net.parameters().values())
    folder = RunFolder.create(parent, name, settings.variant, space)
    folder.write_config(settings.as_json())
    if settings.classes:
        folder.write_classes(data.classes)
    session = Session(settings, data, statistics, trainer, folder, started_at)
    session.draw_pictures()
    return session


def resumed_session(
    settings: Settings, run: Path, new_class_file: bool, tell: Tell, started_at: float
) -> Session:
    """The run in this folder, restored from its last checkpoint.

    new_class_file: read the classes from settings.classes instead of the run's copy.
    """
    prepare_for_training()
    folder = RunFolder(run)
    groups, about = load_checkpoint(folder.last)
    if "statistics" not in groups:
        raise ValueError(
            f"{folder.last} has no picture statistics: it is not a training checkpoint"
        )
    statistics = Statistics.from_arrays(groups["statistics"])
    existing_data(settings, folder.path)
    chosen = settings
    if settings.classes and not new_class_file:
        if not folder.classes.is_file():  # a run from an earlier version
            folder.write_classes(about.get("classes") or [])
        chosen = replace(settings, classes=str(folder.classes))
    data = load_data(
        chosen,
        size=statistics.mean.shape[0],
        warp=statistics.warp,
        check=lambda record, source: check_pictures(about, record, source, folder.path),
    )
    _tell_all(data.notes, tell)
    trainer = build_trainer(settings, data, statistics)
    session = Session(settings, data, statistics, trainer, folder, started_at)
    session.restore()
    folder.write_config(settings.as_json())
    return session


def _from_first_weights(settings: Settings, given: dict[str, Any], tell: Tell) -> tuple:
    data = load_data(settings)
    _tell_all(data.notes, tell)
    statistics = compute_statistics(data.train)
    # These initializations expect standardized inputs: see models/alexnet.py.
    if settings.initialization == "he" or settings.variant == "torchvision":
        statistics = statistics.standardized()
    return settings, data, statistics, build_trainer(settings, data, statistics)


def _from_trained_weights(settings: Settings, given: dict[str, Any], tell: Tell) -> tuple:
    weights = load_weights(settings.init)
    if given.get("variant", weights.variant) != weights.variant:
        raise ValueError(
            f"--variant {given['variant']} does not fit {settings.init}, whose variant is "
            f"{weights.variant}: leave it out"
        )
    # Published initialization for new layers: it suits the range of trained features.
    initialization = given.get("initialization", "source")
    settings = replace(settings, variant=weights.variant, initialization=initialization)
    prepared = weights.preprocessing
    data = load_data(settings, size=prepared.size, warp=prepared.warp)
    _tell_all(data.notes, tell)
    statistics = replace(
        compute_statistics(data.train),
        mean=prepared.mean,
        scale=prepared.scale,
        warp=prepared.warp,
    )
    trainer = build_trainer(settings, data, statistics)
    take_over(trainer.net, weights, layers_named(settings.reset, "--reset"), data.classes)
    return settings, data, statistics, trainer


def _tell_all(notes: list[str], tell: Tell) -> None:
    for note in notes:
        tell(note)
