"""Many pictures on one sheet."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from tinyalex.support.files import write_whole


def contact_sheet(
    pictures: Sequence[np.ndarray], columns: int = 12, side: int = 96, gap: int = 3
) -> Image.Image:
    """Square pictures, uint8 (S, S, 3), scaled to `side` pixels, row by row on white."""
    if not pictures:
        raise ValueError("a contact sheet needs at least one picture")
    columns = min(columns, len(pictures))
    rows = -(-len(pictures) // columns)
    step = side + gap
    sheet = Image.new("RGB", (columns * step + gap, rows * step + gap), "white")
    for number, picture in enumerate(pictures):
        small = Image.fromarray(picture).resize((side, side), Image.Resampling.BOX)
        sheet.paste(small, (gap + number % columns * step, gap + number // columns * step))
    return sheet


def draw_contact_sheet(pictures: Sequence[np.ndarray], path: Path) -> None:
    """Writes contact_sheet(pictures) as a PNG."""
    sheet = contact_sheet(pictures)
    write_whole(path, lambda file: sheet.save(file, format="PNG"))
