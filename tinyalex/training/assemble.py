"""From settings to pictures, a network and a trainer."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tinyalex import backend
from tinyalex.data import (
    EvalTransform,
    Loader,
    PictureStore,
    Statistics,
    TrainTransform,
    check_headers,
    find_pictures,
)
from tinyalex.data.builtin import builtin_pictures
from tinyalex.data.threads import map_in_threads
from tinyalex.models import VARIANTS, alexnet
from tinyalex.optim import SCHEDULES, SGD
from tinyalex.support.text import counted
from tinyalex.training.loop import Trainer
from tinyalex.training.picture_record import record
from tinyalex.training.settings import Settings


@dataclass
class Data:
    """The pictures of a run and what there is to say about them. record: see picture_record.py."""

    train: PictureStore
    val: PictureStore
    source: str
    notes: list[str]
    record: dict

    @property
    def classes(self) -> list[str]:
        return self.train.classes


def load_data(
    settings: Settings,
    progress: bool = True,
    size: int = 256,
    warp: bool = False,
    check: Callable[[dict, str], list[str]] = lambda record, source: [],
) -> Data:
    """Finds the pictures (draws the built-in ones first) and opens every file's header.

    size, warp: how they become squares, see `read_picture`. With `strict` every picture is decoded,
    too. check: gets the record of the pictures and their folder before any file is opened; raises
    where a run cannot go on with them, else returns notes. ValueError, in one line, for whatever is
    wrong.
    """
    root = Path(settings.data) if settings.data else builtin_pictures(progress=progress)
    train, val, notes = find_pictures(
        root,
        subset=settings.subset,
        class_file=Path(settings.classes) if settings.classes else None,
        per_class=settings.per_class,
        val_fraction=settings.val_fraction,
        seed=settings.seed,
    )
    found = record(train, val, builtin=None if settings.data else root.name)
    notes = notes + check(found, str(root))
    if settings.batch_size > len(train):
        raise ValueError(
            f"--batch-size {settings.batch_size} is more than the "
            f"{counted(len(train), 'training picture')} of {root}: choose at most {len(train)}"
        )
    for pictures in (train, val):
        check_headers(pictures, progress=progress)
    stores = [PictureStore(pictures, size, warp=warp) for pictures in (train, val)]
    data = Data(*stores, str(root), notes, found)
    if settings.strict:
        for store, what in ((data.train, "training"), (data.val, "validation")):
            map_in_threads(
                store.load,
                list(range(len(store))),
                description=f"checking {what} pictures",
                progress=progress,
            )
    return data


def build_trainer(settings: Settings, data: Data, statistics: Statistics) -> Trainer:
    """A network with first weights, its optimiser, loaders and schedule."""
    if settings.backend or "TINYALEX_BACKEND" in os.environ:
        backend.use_backend(settings.backend or os.environ["TINYALEX_BACKEND"])
    net = alexnet(
        len(data.classes),
        settings.variant,
        initialization=settings.initialization,
        dropout=settings.dropout_probability,
        rng=np.random.default_rng(settings.seed),
        dtype=settings.dtype,
    )
    net.freeze([name for name, rate in settings.rates().items() if rate == 0])
    optimizer = SGD(
        net,
        settings.lr,
        settings.momentum,
        settings.weight_decay,
        bias_lr=settings.bias_lr,
        layer_rates=settings.rates(),
    )
    crop = VARIANTS[settings.variant].input_size
    augment = TrainTransform(
        statistics, crop, noise=settings.colour_noise, dtype=np.dtype(settings.dtype)
    )
    plain = EvalTransform(statistics, crop, dtype=np.dtype(settings.dtype))
    common = {"seed": settings.seed, "workers": settings.workers, "strict": settings.strict}
    train_loader = Loader(data.train, augment, settings.batch_size, shuffle=True, **common)
    val_loader = Loader(data.val, plain, 64, shuffle=False, **common)
    schedule = SCHEDULES[settings.schedule]()
    return Trainer(net, optimizer, schedule, train_loader, val_loader, settings.epochs)
