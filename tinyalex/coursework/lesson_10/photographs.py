"""Figures of real photographs: their colours, grey ones among them, and near duplicates.

    python -m tinyalex.coursework.lesson_10.photographs PICTURES

PICTURES has train/ and val/, with a folder for each class, such as Imagenette. The lesson's text
has the results for Imagenette.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from tinyalex.data import find_pictures, read_picture
from tinyalex.data.statistics import compute_statistics

SIDE = 16  # of the thumbnails that are compared
NEAR = 10.0  # grey levels, root mean square, between two thumbnails


class Photographs:
    """Some photographs of a folder, evenly spread; a store for compute_statistics."""

    def __init__(self, paths: list, count: int) -> None:
        self.paths = [paths[i] for i in np.arange(count) * len(paths) // count]

    def __len__(self) -> int:
        return len(self.paths)

    def load(self, index: int) -> np.ndarray:
        return read_picture(self.paths[index], 256)


def thumbnail(picture: np.ndarray) -> np.ndarray:
    """(S, S, 3) → (16 · 16,): the mean grey level of each block."""
    step = len(picture) // SIDE
    grey = picture[: step * SIDE, : step * SIDE].mean(axis=-1)
    return grey.reshape(SIDE, step, SIDE, step).mean(axis=(1, 3)).ravel()


def is_grey(picture: np.ndarray) -> bool:
    return bool((np.ptp(picture, axis=-1) == 0).all())


def near_pairs(thumbnails: np.ndarray, near: float = NEAR, block: int = 1000) -> np.ndarray:
    """The pairs (i, j), i < j, whose thumbnails differ by less than `near`: (pairs, 2).

    Thumbnails that are almost flat, a sky or a wall, are alike without being the same picture:
    those with a spread below 20 grey levels are left out.
    """
    t = thumbnails.astype("float64")
    squares, lively = (t**2).sum(axis=1), t.std(axis=1) > 20
    found = []
    for start in range(0, len(t), block):
        some = t[start : start + block]
        distance = squares[start : start + block, None] + squares - 2 * some @ t.T
        i, j = np.nonzero(distance < near**2 * t.shape[1])
        keep = (i + start < j) & lively[i + start] & lively[j]
        found.append(np.stack([i[keep] + start, j[keep]], axis=1))
    return np.concatenate(found)


def main(folder: str) -> None:
    train, val, _ = find_pictures(Path(folder))
    statistics = compute_statistics(Photographs(train.paths, 1000), progress=False)
    print("deviations", statistics.deviations.round(1))
    print(statistics.eigenvectors.round(2), flush=True)
    paths, n = [*train.paths, *val.paths], len(train.paths)
    labels = np.concatenate([train.labels, val.labels])
    thumbnails, grey = [], 0
    for path in paths:
        picture = read_picture(path, 128)
        thumbnails.append(thumbnail(picture))
        grey += is_grey(picture)
    i, j = near_pairs(np.stack(thumbnails)).T
    print(f"{len(paths)} pictures, {grey} grey; {len(i)} near pairs")
    across, two = (i < n) & (j >= n), labels[i] != labels[j]
    print(f"across the split: {across.sum()}; with two labels: {two.sum()}")
    for a, b in list(zip(i, j, strict=True))[:60]:
        print(paths[a], paths[b])


if __name__ == "__main__":
    main(sys.argv[1])
