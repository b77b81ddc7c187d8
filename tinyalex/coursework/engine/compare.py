"""Comparing a result with what was expected, and reporting where they differ."""

from __future__ import annotations

import numpy as np

from tinyalex.coursework.engine.verdict import Failed

GRID = 8  # numbers in a row or column that still make a readable grid


def check_equal(
    what: str, found, expected, tolerance: float, hint: str = "", floor: float = 1e-30
) -> None:
    """Raises Failed, naming the worst place, unless found equals expected.

    tolerance: a share of the largest expected number, or of the floor if that is larger.
    hint: ends the message.
    """
    found, expected = np.asarray(found), np.asarray(expected)
    if found.shape != expected.shape:
        raise Failed(f"{what} has shape {found.shape}; expected {expected.shape}{hint}")
    wrong = wrong_places(found, expected, tolerance, floor)
    if not wrong.any():
        return
    size = np.where(wrong, np.abs(found - expected), -1)
    size = np.where(np.isnan(size), np.inf, size)
    worst = np.unravel_index(size.argmax(), size.shape)
    lines = [
        f"{what}{_index(worst)} is {_number(found[worst])}; expected {_number(expected[worst])}"
    ]
    if wrong.ndim:
        lines.append(f"{wrong.sum()} of {wrong.size} numbers differ{where(wrong)}")
    raise Failed("\n".join(lines) + hint)


def wrong_places(
    found: np.ndarray, expected: np.ndarray, tolerance: float, floor: float = 1e-30
) -> np.ndarray:
    """Where they differ by more than `tolerance` times the largest expected number or the floor."""
    finite = expected[np.isfinite(expected)] if expected.dtype.kind == "f" else expected
    allowed = tolerance * max(np.abs(finite).max(initial=0), floor)
    with np.errstate(invalid="ignore"):
        close = np.abs(found - expected) <= allowed
    return ~(close | (found == expected) | (np.isnan(found) & np.isnan(expected)))


def same_grid(what: str, found, expected, hint: str = "") -> None:
    """Raises Failed, showing both as small grids, unless found equals expected. hint: its end."""
    found, expected = np.asarray(found), np.asarray(expected)
    if found.shape != expected.shape:
        raise Failed(f"{what} has shape {found.shape}; expected {expected.shape}{hint}")
    if wrong_places(found, expected, 1e-6).any():
        raise Failed(f"{what}:\n{grids(found, expected)}{hint}")


def grids(found, expected) -> str:
    """Expected and found as two grids side by side, for arrays of at most two long axes."""
    one, other = (_grid(np.asarray(array)) for array in (expected, found))
    width = max(len("expected"), *(len(line) for line in one))
    height = max(len(one), len(other))
    one, other = (lines + [""] * (height - len(lines)) for lines in (one, other))
    rows = [f"{'expected':<{width}}    yours"]
    rows += [f"{a:<{width}}    {b}" for a, b in zip(one, other, strict=True)]
    return "\n".join(rows)


def where(wrong: np.ndarray) -> str:
    """A remark on what the wrong places have in common, or ""."""
    if wrong.all():
        return ": all of them"
    places = np.argwhere(wrong)
    names = {4: ("picture", "row", "column", "channel"), 2: ("example", "feature")}
    axes = names.get(wrong.ndim, tuple(f"axis {i}" for i in range(wrong.ndim)))
    common = [
        f"{axes[axis]} {places[0, axis]}"
        for axis in range(wrong.ndim)
        if wrong.shape[axis] > 1 and (places[:, axis] == places[0, axis]).all()
    ]
    if common and len(places) > 1:
        return f": all in {', '.join(common)}"
    if wrong.ndim == 4:
        last = np.array(wrong.shape)[1:3] - 1
        inside = ((places[:, 1:3] > 0) & (places[:, 1:3] < last)).all(axis=1)
        if not inside.any() and (last > 1).all():
            return ": all on the border of the map"
    return ""


def _grid(array: np.ndarray) -> list[str]:
    """An array's rows as text, without axes of length 1."""
    flat = np.squeeze(array)
    if flat.ndim == 0:
        return [_number(flat[()])]
    if flat.ndim > 2:
        lines = []
        for number, part in enumerate(np.moveaxis(flat, -1, 0)):
            lines += [f"[…, {number}]", *_grid(part)]
        return lines
    rows = np.atleast_2d(flat)[:GRID, :GRID]
    cells = [[_number(value) for value in row] for row in rows]
    width = max(len(cell) for row in cells for cell in row)
    return [" ".join(f"{cell:>{width}}" for cell in row) for row in cells]


def _number(value) -> str:
    return f"{value:.6g}" if np.issubdtype(np.asarray(value).dtype, np.number) else str(value)


def _index(index: tuple) -> str:
    return f"[{', '.join(str(i) for i in index)}]" if index else ""
