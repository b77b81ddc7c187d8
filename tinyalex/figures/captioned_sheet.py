"""Pictures with a few lines of text under each."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from tinyalex.files import write_whole


class Line(NamedTuple):
    """A line of a caption; `colour` is any name or #rrggbb that Pillow knows."""

    text: str
    colour: str = "black"


def captioned_sheet(
    pictures: Sequence[np.ndarray],
    captions: Sequence[Sequence[Line]],
    columns: int = 6,
    side: int = 200,
    gap: int = 12,
) -> Image.Image:
    """Square pictures, uint8 (S, S, 3), made `side` pixels wide, row by row on white.

    captions: the lines under each picture, cut with an ellipsis where they are too long.
    """
    if not pictures:
        raise ValueError("a sheet needs at least one picture")
    font = _font(13)
    line_height = sum(font.getmetrics()) + 1
    columns = min(columns, len(pictures))
    width = side + gap
    height = side + max(map(len, captions)) * line_height + gap
    rows = -(-len(pictures) // columns)
    sheet = Image.new("RGB", (columns * width + gap, rows * height + gap), "white")
    pen = ImageDraw.Draw(sheet)
    for number, (picture, lines) in enumerate(zip(pictures, captions, strict=True)):
        left, top = gap + number % columns * width, gap + number // columns * height
        small = Image.fromarray(picture).resize((side, side), Image.Resampling.LANCZOS)
        sheet.paste(small, (left, top))
        for row, line in enumerate(lines):
            place = (left, top + side + 2 + row * line_height)
            pen.text(place, _cut(line.text, side, font), fill=line.colour, font=font)
    return sheet


def draw_captioned_sheet(
    pictures: Sequence[np.ndarray], captions: Sequence[Sequence[Line]], path: Path
) -> None:
    """Writes captioned_sheet(pictures, captions) as a PNG."""
    sheet = captioned_sheet(pictures, captions)
    write_whole(path, lambda file: sheet.save(file, format="PNG"))


def _font(size: int) -> ImageFont.FreeTypeFont:
    """DejaVu Sans, which comes with matplotlib: class names may have any letters."""
    from tinyalex.figures.plotting import get_data_path

    path = Path(get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
    return ImageFont.truetype(str(path), size)  # Pillow before 10.1 takes no Path


def _cut(text: str, width: int, font: ImageFont.FreeTypeFont) -> str:
    """The text, or as much of it as fits into so many pixels."""
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(text + "…") > width:
        text = text[:-1]
    return text + "…"
