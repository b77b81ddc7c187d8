"""Tables, counts and numbers as text."""

from __future__ import annotations

from collections.abc import Sequence


def columns(
    heads: Sequence[str],
    lines: Sequence[Sequence[str]],
    total: Sequence[str] | None = None,
    left: int = 1,
) -> str:
    """Aligned columns under their heads: the first `left` to the left, the others to the right."""
    every = [heads, *lines, *([total] if total else [])]
    widths = [max(map(len, column)) for column in zip(*every, strict=True)]
    rule = "  ".join("-" * width for width in widths)

    def line(cells: Sequence[str]) -> str:
        shown = [
            cell.ljust(width) if at < left else cell.rjust(width)
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
    """Two significant digits, and no fewer than all of those before the point: 0.017, 3.4, 127."""
    return f"{number:.0f}" if abs(number) >= 10 else f"{number:.2g}"
