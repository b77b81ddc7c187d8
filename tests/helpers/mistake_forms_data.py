"""Lesson 10: mistakes in crops, noise and views."""

import random

import numpy as np
from mistake_forms import form


def places(picture, size):
    rows, columns = (n - size for n in picture.shape[:2])
    if size < 1 or min(rows, columns) < 0:
        raise ValueError(f"no place for {size}")
    return rows, columns


@form("10", "10-crop_misses_last")
def random_crop(picture, size, rng):
    H, W = picture.shape[:2]
    top, left = rng.integers(H - size), rng.integers(W - size)
    return picture[top : top + size, left : left + size]


@form("10", "10-crop_misses_last")
def random_crop_guarded(picture, size, rng):
    rows, columns = places(picture, size)
    top = rng.integers(0, rows) if rows else 0
    left = rng.integers(0, columns) if columns else 0
    return picture[top : top + size, left : left + size]


@form("10", "10-crop_diagonal")
def random_crop_one_draw(picture, size, rng):
    rows, _ = places(picture, size)
    at = rng.integers(rows + 1)
    return picture[at : at + size, at : at + size]


@form("10", "10-crop_own_randomness")
def random_crop_global(picture, size, rng):
    rows, columns = places(picture, size)
    top, left = random.randint(0, rows), random.randint(0, columns)
    return picture[top : top + size, left : left + size]


@form("10", "10-noise_own_randomness")
def colour_noise(eigenvectors, deviations, sigma, rng):
    return eigenvectors @ (sigma * np.random.default_rng().normal(size=3) * deviations)


@form("10", "10-views_concatenated")
def ten_crop(pictures, size):
    bottom, right = places(pictures[0], size)
    starts = ((0, 0), (0, right), (bottom, 0), (bottom, right), (bottom // 2, right // 2))
    crops = np.concatenate([pictures[:, y : y + size, x : x + size] for y, x in starts])
    return np.concatenate([crops, crops[:, :, ::-1]])
