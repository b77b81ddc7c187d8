"""Text for terminals and files: tables, counts, external names, characters of all scripts."""

from __future__ import annotations

import codecs
import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TextIO

READABLE = "tinyalex.readable"  # for encode and reconfigure: errors=READABLE
PLAIN = {
    "×": "x", "−": "-", "–": "-", "±": "+-", "…": "...", "·": ".", "■": "#", "█": "#",
    "←": "<-", "→": "->", "≥": ">=", "≤": "<=", "≈": "~", "≠": "!=", "∂": "d", "Σ": "sum",
    "α": "alpha", "β": "beta", "γ": "gamma", "ε": "epsilon", "η": "eta", "θ": "theta",
    "λ": "lambda", "μ": "mu", "π": "pi", "σ": "sigma", "Δ": "delta ", "²": "^2", "³": "^3",
    "√": "sqrt", "∞": "inf", "∈": "in", "⌈": "ceil(", "⌉": ")", "⌊": "floor(", "⌋": ")",
}  # fmt: skip
HIDDEN = {"Cc", "Cs", "Zl", "Zp"}  # control characters, stray surrogates, line separators
NARROW = {"Mn", "Me", "Cf"}  # accents and joiners
TURNING = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}  # reading direction


def shown(name: str | Path) -> str:
    r"""An external name on one line, with invisible characters escaped (\n, \x1b, \u2028).

    Bytes that are not UTF-8, which Python keeps as surrogates, become \xff.
    """
    return "".join(
        escaped(letter)
        if unicodedata.category(letter) in HIDDEN or unicodedata.bidirectional(letter) in TURNING
        else letter
        for letter in str(name)
    )


def say(*lines: str, file: TextIO | None = None) -> None:
    """Prints strings that contain external names, each on one line, without buffering."""
    print(*map(shown, lines), sep="\n", file=file, flush=True)


def cut(text: str, most: int) -> str:
    """The text, shortened with an ellipsis if it has more than `most` characters."""
    return text if len(text) <= most else text[: most - 1] + "…"


def escaped(letter: str) -> str:
    """The character as a Python escape; a surrogate as the byte that it stands for."""
    code = ord(letter)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    return letter.encode("unicode_escape").decode("ascii")


def _readable(error: UnicodeError) -> tuple[str, int]:
    """The codec error handler: similar ASCII characters, or escapes, for what cannot be encoded."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    letters = error.object[error.start : error.end]
    return "".join(PLAIN.get(letter) or escaped(letter) for letter in letters), error.end


codecs.register_error(READABLE, _readable)


def as_csv(heads: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    """A table of comma-separated values, one line per row even if a name contains a line break."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(heads)
    for row in rows:
        writer.writerow([shown(cell) if isinstance(cell, str) else cell for cell in row])
    return text.getvalue()


def width_of(text: str) -> int:
    """A text's width in terminal columns: 2 for Chinese characters and emoji, 0 for accents."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return len(text) + wide - sum(unicodedata.category(letter) in NARROW for letter in text)


def columns(
    heads: Sequence[str],
    lines: Sequence[Sequence[str]],
    total: Sequence[str] | None = None,
    left: int = 1,
) -> str:
    """A table with column heads: the first `left` columns flush left, the others flush right."""
    lines = [[shown(cell) for cell in cells] for cells in lines]
    every = [heads, *lines, *([total] if total else [])]
    widths = [max(map(width_of, column)) for column in zip(*every, strict=True)]
    rule = "  ".join("-" * width for width in widths)

    def gap(cell: str, width: int) -> str:
        return " " * (width - width_of(cell))

    def line(cells: Sequence[str]) -> str:
        shown = [
            cell + gap(cell, width) if at < left else gap(cell, width) + cell
            for at, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        return "  ".join(shown).rstrip()

    end = [rule, line(total)] if total else []
    return "\n".join([line(heads), rule, *map(line, lines), *end])


def counted(number: int, noun: str) -> str:
    """ "1 picture", "2,000 pictures", "3 classes"."""
    ending = "" if number == 1 else "es" if noun.endswith("s") else "s"
    return f"{number:,} {noun}{ending}"


def rounded(number: float) -> str:
    """Two significant digits, or all digits before the point if there are more: 0.017, 3.4, 127."""
    return f"{number:.0f}" if abs(number) >= 10 else f"{number:.2g}"
