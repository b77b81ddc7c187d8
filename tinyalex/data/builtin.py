"""The built-in pictures: 100 classes (10 colours × 10 patterns) that are drawn, not downloaded.

With them, anyone can train the full AlexNet right away. The same seed gives the same pixels on
every machine, and the folder has ImageNet's layout, so the rest of the code sees no difference.
"""

from __future__ import annotations

import os
import shutil
import uuid
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from threading import Lock

import numpy as np
from PIL import Image

from tinyalex.data.drawing import COLOURS, draw
from tinyalex.data.patterns import PATTERNS
from tinyalex.data.threads import submit
from tinyalex.support.progress import progress_bar

VERSION = 1  # raise it whenever a pixel changes, so that old caches are not used
SPLITS = {"train": 0, "val": 1}
CLASS_NAMES = sorted(f"{colour}-{pattern}" for colour in COLOURS for pattern in PATTERNS)

# Only one thread draws at a time, while the others compress: drawing has many small steps, and two
# threads would compete for the interpreter's lock (about 15% more processor time).
DRAWING = Lock()


def draw_picture(
    class_index: int, picture_index: int, split: str = "train", seed: int = 0
) -> np.ndarray:
    """Draws one picture, uint8 (256, 256, 3). The four arguments determine every pixel."""
    if split not in SPLITS:
        raise ValueError(f"split is {split!r}: give one of {', '.join(SPLITS)}")
    if not 0 <= class_index < len(CLASS_NAMES):
        raise ValueError(f"class_index is {class_index}: give 0 to {len(CLASS_NAMES) - 1}")
    colour, pattern = CLASS_NAMES[class_index].split("-")
    rng = np.random.default_rng([seed, SPLITS[split], class_index, picture_index])
    return draw(colour, pattern, rng)


def builtin_pictures(
    folder: Path | None = None,
    seed: int = 0,
    train_per_class: int = 16,
    val_per_class: int = 10,
    progress: bool = True,
) -> Path:
    """Returns a folder ROOT/{train,val}/<class>/<nnnn>.webp, and draws it if it does not exist.

    `folder` contains ROOT; by default it is a cache folder (see `cache_folder`).
    """
    parent = cache_folder() if folder is None else Path(folder)
    root = parent / f"pictures-v{VERSION}-seed{seed}-{train_per_class}+{val_per_class}"
    if root.is_dir():
        return root
    # Drawn beside its final place and renamed when complete: no reader sees half a data set.
    unfinished = parent / f".{root.name}-{uuid.uuid4().hex}"
    try:
        unfinished.mkdir(parents=True)
        draw_folder(unfinished, seed, {"train": train_per_class, "val": val_per_class}, progress)
        rename_unless_there(unfinished, root)
    except OSError as error:
        raise ValueError(
            f"cannot write the built-in pictures to {root} ({error.strerror or error}): "
            "set TINYALEX_CACHE to a writable folder"
        ) from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return root


def cache_folder() -> Path:
    """$TINYALEX_CACHE, else $XDG_CACHE_HOME/tinyalex, else ~/.cache/tinyalex."""
    if chosen := os.environ.get("TINYALEX_CACHE"):
        return Path(chosen).expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()) / "tinyalex"


def rename_unless_there(unfinished: Path, root: Path) -> None:
    """Moves the finished folder to its place; if another process was faster, keeps that one."""
    try:
        unfinished.rename(root)
    except OSError:
        if not root.is_dir():
            raise


def draw_folder(root: Path, seed: int, counts: dict[str, int], progress: bool) -> None:
    """Draws and writes every class of every split, in threads."""
    total = len(CLASS_NAMES) * sum(counts.values())
    bar = progress_bar(total=total, desc="drawing the pictures", disable=not progress)
    pool = ThreadPoolExecutor(os.cpu_count())
    try:
        tasks = [
            submit(pool, draw_class, root, index, split, count, seed)
            for split, count in counts.items()
            for index in range(len(CLASS_NAMES))
        ]
        for task in as_completed(tasks):
            bar.update(task.result())
    finally:
        pool.shutdown(cancel_futures=True)  # on an error or Ctrl-C, do not draw the rest first
        bar.close()


def draw_class(root: Path, class_index: int, split: str, count: int, seed: int) -> int:
    """Writes `count` pictures of one class; returns how many."""
    folder = root / split / CLASS_NAMES[class_index]
    folder.mkdir(parents=True)
    for index in range(count):
        with DRAWING:
            picture = draw_picture(class_index, index, split, seed)
        # Lossless, and faster than PNG, which tries five filters on every row.
        image = Image.fromarray(picture)
        image.save(folder / f"{index:04d}.webp", lossless=True, method=0, quality=0)
    return count
