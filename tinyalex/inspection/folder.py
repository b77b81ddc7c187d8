"""Runs the pictures of a folder through a network in batches."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from tinyalex.data import Batch, EvalTransform, Loader, Pictures, PictureStore
from tinyalex.data.listing import class_folders, existing_folder, list_pictures
from tinyalex.inspection.activations import output
from tinyalex.models import Sequential
from tinyalex.support.progress import progress_bar
from tinyalex.support.text import say
from tinyalex.weights import Preprocessing

BATCH = 32


def pictures_in(folder: str | Path, limit: int | None = None) -> Pictures:
    """The pictures in DIR/CLASS/*, or in DIR/*, which then counts as one class.

    limit: at most this many, evenly spaced and therefore from all classes. Raises ValueError for a
    folder without pictures.
    """
    folder = existing_folder(Path(folder))
    if limit is not None and limit < 1:
        raise ValueError(f"--limit must be at least 1; got {limit}")
    files = {name: _pictures_of(folder / name) for name in class_folders(folder)}
    files = {name: paths for name, paths in files.items() if paths}
    files = files or {folder.resolve().name: list_pictures(folder)}
    paths = [path for members in files.values() for path in members]
    if not paths:
        raise ValueError(f"no pictures in {_hint(folder)}: expected DIR/CLASS/* or DIR/*")
    labels = np.repeat(np.arange(len(files)), [len(members) for members in files.values()])
    kept = np.arange(len(paths))
    if limit is not None and limit < len(paths):
        kept = np.linspace(0, len(paths) - 1, limit).round().astype(int)
    return Pictures([paths[k] for k in kept], labels[kept].astype(np.int64), list(files))


def _pictures_of(folder: Path) -> list[Path]:
    """The pictures in a class folder, or in the `images` folder inside it (Tiny ImageNet)."""
    paths, inner = list_pictures(folder), folder / "images"
    return list_pictures(inner) if not paths and inner.is_dir() else paths


def _hint(folder: Path) -> str:
    """The folder's name; if it holds data sets such as train and val, suggests one of them."""
    sets = [name for name in class_folders(folder) if class_folders(folder / name)]
    return f"{folder} itself (did you mean {folder / sets[0]}?)" if sets else str(folder)


def batches(
    pictures: Pictures,
    preprocessing: Preprocessing,
    description: str = "",
    progress: bool = True,
    batch_size: int = BATCH,
) -> Iterator[Batch]:
    """The pictures as network inputs, in order, decoded ahead by threads.

    Broken pictures are left out and reported at the end. Raises ValueError if none can be read.
    """
    store = PictureStore(pictures, preprocessing.size, cache_bytes=0, warp=preprocessing.warp)
    transform = EvalTransform(preprocessing.statistics, preprocessing.crop)
    loader = Loader(store, transform, batch_size, shuffle=False, seed=0)
    bar = progress_bar(total=len(pictures), desc=description, unit="pic", disable=not progress)
    with bar:
        for batch in loader.epoch(0):
            yield batch
            bar.update(len(batch.indices))
    for line in store.broken.values():
        say(f"skipped: {line}", file=sys.stderr)
    if len(store.broken) == len(pictures):
        raise ValueError(f"none of the {len(pictures)} pictures could be read")


def features(
    net: Sequential, pictures: Pictures, preprocessing: Preprocessing, progress: bool = True
) -> tuple[np.ndarray, np.ndarray]:
    """The last layer's outputs (n, d), float32, with maps flattened in the order H, W, C; and the
    indices (n,) of their pictures, all but the broken ones."""
    shape = net.output_shape((1, preprocessing.crop, preprocessing.crop, 3))
    values = np.empty((len(pictures), math.prod(shape[1:])), np.float32)
    indices = np.empty(len(pictures), np.int64)
    done = 0
    for batch in batches(pictures, preprocessing, net.layers[-1][0], progress):
        end = done + len(batch.x)
        values[done:end] = output(net, batch.x).reshape(len(batch.x), -1)
        indices[done:end] = batch.indices
        done = end
    return values[:done], indices[:done]
