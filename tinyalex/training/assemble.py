"""Builds the pictures, network and trainer of a run from its settings."""

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
    """The pictures of a run, their folder, notes on them and their record (picture_record.py)."""

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
    """Finds the pictures (drawing the built-in ones if needed) and reads every file's header.

    size, warp: how they are made square, see `read_picture`. settings.strict: also decode every
    picture. check: called with the pictures' record and folder before any file is opened; returns
    notes, or raises if a run cannot resume with them. Raises ValueError if they do not fit.
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
            f"{counted(len(train), 'training picture')} in {root}: choose at most {len(train)}"
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
    """An initialized network with its optimizer, loaders and schedule.

    Layers with a rate of 0 are frozen in the network, so the optimizer does not change them.
    """
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
    rates = settings.rates()
    net.freeze([name for name, rate in rates.items() if rate == 0])
    optimizer = SGD(
        net,
        settings.lr,
        settings.momentum,
        settings.weight_decay,
        bias_lr=settings.bias_lr,
        layer_rates={name: rate for name, rate in rates.items() if rate > 0},
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
