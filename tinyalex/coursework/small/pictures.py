"""The built-in pictures made small, with labels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tinyalex.data.builtin import CLASS_NAMES, draw_picture

# The built-in classes are ten patterns in each of ten colors: "red-rings".
PATTERNS = sorted({name.split("-")[1] for name in CLASS_NAMES})


def names_of(colors: Sequence[str], patterns: Sequence[str]) -> list[str]:
    """The classes of some colors and patterns."""
    return [f"{color}-{pattern}" for color in colors for pattern in patterns]


def shrunk(picture: np.ndarray, side: int) -> np.ndarray:
    """(256, 256, 3) → (side, side, 3) float32: the mean of each block of pixels."""
    step = len(picture) // side
    return picture.reshape(side, step, side, step, 3).mean(axis=(1, 3), dtype="float32")


def of_classes(
    names: Sequence[str], per_class: int, side: int, split: str = "train"
) -> tuple[np.ndarray, np.ndarray]:
    """x (N, side, side, 3) of 0 to 255 and labels (N,): the classes in turn."""
    x = [
        shrunk(draw_picture(CLASS_NAMES.index(name), number, split), side)
        for name in names
        for number in range(per_class)
    ]
    return np.stack(x), np.repeat(np.arange(len(names)), per_class)


def of_patterns(per_class: int, seed: int = 0, side: int = 32) -> tuple[np.ndarray, np.ndarray]:
    """x (N, side, side, 3) of mean 0 and σ 1, with their patterns as labels (N,).

    Each of the ten patterns comes in all ten colors in turn.
    """
    x = [
        shrunk(draw_picture(len(PATTERNS) * (number % 10) + pattern, number, seed=seed), side)
        for pattern in range(len(PATTERNS))
        for number in range(per_class)
    ]
    labels = np.repeat(np.arange(len(PATTERNS)), per_class)
    return (x - np.mean(x, axis=0)) / np.std(x), labels
