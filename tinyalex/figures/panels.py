"""Shared by the figures of a network's inside: panels, captions, and numbers as pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from tinyalex.figures.lettering import letter_figure
from tinyalex.support.files import write_whole

DPI = 110


def new_figure(width: float, height: float):
    """A figure of width × height inches."""
    from tinyalex.figures.plotting import Figure  # slow to import: only when something is drawn

    return Figure(figsize=(width, height), dpi=DPI, layout="constrained")


def save(figure, path: Path) -> None:
    """Writes the figure as a PNG, with fonts for all of its characters."""
    letter_figure(figure)
    write_whole(path, lambda file: figure.savefig(file, format="png"))


def show(axes, picture: np.ndarray, title: str = "", **options):
    """Shows a picture without ticks; takes imshow's options and returns its result.

    title: names in it must have passed through `drawn`.
    """
    image = axes.imshow(picture, **options)
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)
    if title:
        axes.set_title(title, fontsize=9)
    return image


def signed(values: np.ndarray) -> np.ndarray:
    """Values of both signs (H, W, 3) as RGB in 0-1: 0 is grey, and R, G and B have the same scale.

    The scale ends at the 99.8th percentile, so that a few pixels do not turn the rest grey.
    """
    largest = np.percentile(np.abs(values), 99.8) or np.abs(values).max() or 1.0
    return 0.5 + 0.5 * np.clip(values / largest, -1, 1)


def tiled(pictures: list[np.ndarray], columns: int, side: int, gap: int = 4) -> np.ndarray:
    """RGB pictures (h, w, 3) in 0-1, scaled to at most `side`, row by row on white; uint8."""
    rows = -(-len(pictures) // columns)
    step = side + gap
    sheet = Image.new("RGB", (columns * step - gap, rows * step - gap), "white")
    for number, picture in enumerate(pictures):
        small = Image.fromarray(np.rint(255 * np.clip(picture, 0, 1)).astype(np.uint8))
        factor = side / max(small.size)
        size = tuple(max(1, round(factor * length)) for length in small.size)
        small = small.resize(size, Image.Resampling.BICUBIC)
        sheet.paste(small, (number % columns * step, number // columns * step))
    return np.asarray(sheet)
