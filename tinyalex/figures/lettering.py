"""Prepares external names for matplotlib and Pillow, so that any of them can be drawn."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

from tinyalex.support.text import cut, escaped, shown

# Fonts that draw a box for every character, or contain coloured pictures, which cannot be drawn.
USELESS = ("last resort", "lastresort", ".lastresort", "adobe blank", "noto color", "apple color")


def drawn(name: str | Path, most: int | None = None) -> str:
    """A name as text for matplotlib, shortened to `most` characters.

    A dollar sign does not start a formula, and a leading underscore does not hide it in a legend.
    """
    text = lettered(name, most).replace("$", r"\$")
    return " " + text if text.startswith("_") else text


def lettered(name: str | Path, most: int | None = None) -> str:
    """A name on one line; characters that no font has are described: \\u732b, <cat face>."""
    text = "".join(letter if font_of(letter) else _described(letter) for letter in shown(name))
    text = text if text.strip() or not str(name) else ascii(str(name))
    return text if most is None else cut(text, most)


def first_name(name: str) -> str:
    """The first of a class's names, as ImageNet lists several: "tench, Tinca tinca"."""
    first = name.split(",")[0]
    return first if first.strip() else name


def in_fonts(text: str) -> Iterator[tuple[str, str]]:
    """Splits a lettered text into parts that one font can draw: (the font's file, the part)."""
    part, file = "", ""
    for letter in text:
        of_letter = font_of(letter)
        if of_letter != file and part:
            yield file, part
            part = ""
        file, part = of_letter, part + letter
    if part:
        yield file, part


def own_font() -> str:
    """The file of DejaVu Sans, which comes with matplotlib and has most characters."""
    return _own()[0]


def font_of(letter: str) -> str:
    """The file of a font with this character, preferably matplotlib's own; "" if none has it."""
    own, codes = _own()
    if ord(letter) in codes:
        return own
    return _others().get(ord(letter), ("", ""))[0]


def letter_figure(figure) -> None:
    """Gives all texts of a figure the fonts for characters that their own font lacks."""
    from tinyalex.figures.plotting import Text

    for axes in figure.get_axes():  # this creates the ticks' texts
        axes.get_xticklabels(), axes.get_yticklabels()
    for text in figure.findobj(Text):
        text.set_usetex(False)
        codes = {ord(letter) for letter in text.get_text() if not letter.isascii()}
        if codes:
            others = {_others()[code][1] for code in codes - _own()[1] if code in _others()}
            text.set_fontfamily([*text.get_fontfamily(), "DejaVu Sans", *sorted(others)])


def _described(letter: str) -> str:
    name = unicodedata.name(letter, "")
    if unicodedata.category(letter) == "So" and name:  # emoji, among other symbols
        return f"<{name.lower()}>"
    return "" if _joins(letter) else escaped(letter)


def _joins(letter: str) -> bool:
    """Whether the character only changes how its neighbours look."""
    name = unicodedata.name(letter, "")
    return unicodedata.category(letter) == "Cf" or name.startswith("VARIATION SELECTOR")


@cache
def _own() -> tuple[str, frozenset[int]]:
    """The file of DejaVu Sans, which comes with matplotlib, and the characters that it has."""
    from tinyalex.figures.plotting import FT2Font, get_data_path

    file = str(Path(get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf")
    return file, frozenset(FT2Font(file).get_charmap())


@cache
def _others() -> dict[int, tuple[str, str]]:
    """For each character that DejaVu Sans lacks: the file and family of an installed font with it.

    Looked up once, and only if such a character is drawn.
    """
    from tinyalex.figures.plotting import FT2Font, fontManager, get_data_path

    found: dict[int, tuple[str, str]] = {}
    for entry in sorted(fontManager.ttflist, key=_rank):
        # matplotlib's other fonts are for formulas, with symbols at the codes of letters.
        if entry.fname.startswith(get_data_path()) or entry.name.lower().startswith(USELESS):
            continue
        with suppress(RuntimeError, OSError):  # a damaged font, or one that was removed
            font = FT2Font(entry.fname)
            codes = font.get_charmap() if font.scalable else ()
            for code in set(codes) - _own()[1] - found.keys():
                found[code] = entry.fname, entry.name
    return found


def _rank(entry) -> tuple:
    """Sorts upright, regular and sans-serif fonts first."""
    regular = str(entry.weight) in ("400", "normal", "regular", "book")
    return entry.style != "normal", not regular, "sans" not in entry.name.lower(), entry.name
