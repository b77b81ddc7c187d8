"""Ten digits as pictures of 7 × 12: the fixed centers of LeNet-5's output.

The paper takes its 84 features per class from a set of stylized characters (its figure 3), so that
characters that look alike are close to each other. These digits are our own drawings.
"""

from __future__ import annotations

import numpy as np

ROWS, COLUMNS = 12, 7

# The rows that digits are made of.
STROKES = {
    "b": ".#####.",
    "f": "#######",
    "s": "##...##",
    "l": "##.....",
    "r": ".....##",
    "m": "..###..",
    "i": "...##..",
    "n": "...###.",
    "w": ".##.##.",
    "x": "##..##.",
    "d": "....##.",
    "u": "..##...",
    ".": ".......",
}
DIGITS = (
    ".bsssssssb..",
    ".immiiiiif..",
    ".bsrrdiulf..",
    ".bsrrmrrsb..",
    ".dnwxxfddd..",
    ".fllbrrrsb..",
    ".bsllbsssb..",
    ".frrddiiuu..",
    ".bsssbsssb..",
    ".bsssbrrsb..",
)


def digit_bitmaps() -> np.ndarray:
    """(10, 84) of +1 (ink) and −1, row by row."""
    rows = [[STROKES[stroke] for stroke in digit] for digit in DIGITS]
    ink = [[[pixel == "#" for pixel in row] for row in digit] for digit in rows]
    return np.where(np.array(ink), 1.0, -1.0).reshape(10, ROWS * COLUMNS)
