"""A sheet of pictures with a few lines of text under each."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from tinyalex.figures.lettering import in_fonts, lettered, own_font
from tinyalex.support.files import write_whole

FONT_SIZE = 13  # pixels


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
    """Square pictures, uint8 (S, S, 3), scaled to `side` pixels, row by row on white.

    captions: the lines under each picture, shortened with an ellipsis if they are too long.
    """
    if not pictures:
        raise ValueError("a sheet needs at least one picture")
    line_height = sum(_font(own_font()).getmetrics()) + 1
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
            _write(pen, place, fitted(line.text, side), line.colour)
    return sheet


def draw_captioned_sheet(
    pictures: Sequence[np.ndarray], captions: Sequence[Sequence[Line]], path: Path
) -> None:
    """Writes captioned_sheet(pictures, captions) as a PNG."""
    sheet = captioned_sheet(pictures, captions)
    write_whole(path, lambda file: sheet.save(file, format="PNG"))


def fitted(name: str, width: int) -> str:
    """The name as it can be drawn, shortened to `width` pixels."""
    text = lettered(name)
    if _length(text) <= width:
        return text
    while text and _length(text + "…") > width:
        text = text[:-1]
    return text + "…"


def _write(pen: ImageDraw.ImageDraw, place: tuple[int, int], text: str, colour: str) -> None:
    """Draws each part in a font that has its characters, all on the same baseline."""
    left, top = place
    base = top + _font(own_font()).getmetrics()[0]
    for file, part in in_fonts(text):
        pen.text((left, base), part, fill=colour, font=_font(file), anchor="ls")
        left += _font(file).getlength(part)


def _length(text: str) -> float:
    """The text's width in pixels."""
    return sum(_font(file).getlength(part) for file, part in in_fonts(text))


@cache
def _font(file: str) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(file, FONT_SIZE)
