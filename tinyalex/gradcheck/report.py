"""What a check found, in words."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from tinyalex.gradcheck.numerical import largest_relative_error


class GradientError(AssertionError):
    """A gradient is wrong, or a forward or backward breaks the layers' contract.

    `report` holds the whole report where the numbers were compared, else None.
    """

    def __init__(self, message: str, report: Report | None = None) -> None:
        super().__init__(message)
        self.report = report


@dataclass
class Outcome:
    """One entry (or one direction) compared.

    error: relative to the larger of the two values. accuracy: how far finite differences could be
    trusted here, relative too.
    verdict: "right" or "wrong"; "unsure" where rounding hides the gradient, and "faint" where the
    gradient itself is rounding, beside the largest of its array; "kink" where there is no slope to
    compare with, and "rounded" where forward rounds its values away.
    """

    index: tuple[int, ...] | str
    analytic: float
    numeric: float
    error: float
    verdict: str
    moved: bool = False  # judged a little beside its place, because that is a kink
    accuracy: float = 0.0
    reach: float = 0.0  # the size of the terms that the slope is the sum of

    @property
    def relative_error(self) -> float:
        """As lesson 01 defines it, from the two values alone."""
        return largest_relative_error(self.analytic, self.numeric)


@dataclass
class ArrayResult:
    """What was found for one gradient array, such as dx or dW."""

    name: str
    shape: tuple[int, ...]
    available: int  # entries (or directions) that there are
    outcomes: list[Outcome] = field(default_factory=list)
    unclear: bool = False  # too many entries are at kinks for a verdict

    def having(self, verdict: str) -> list[Outcome]:
        return [outcome for outcome in self.outcomes if outcome.verdict == verdict]

    @property
    def without_slope(self) -> list[Outcome]:
        return self.having("kink") + self.having("rounded")

    @property
    def checked(self) -> int:
        return len(self.outcomes) - len(self.without_slope)

    @property
    def accuracy(self) -> float:
        """How far its worst entry could be judged, relative to that entry; 0 is exact."""
        return max((o.accuracy for o in self.outcomes if o.verdict != "faint"), default=0.0)

    @property
    def nothing_shows(self) -> bool:
        """Whether backward and finite differences say 0 for all entries."""
        return bool(self.outcomes) and not any(o.analytic or o.numeric for o in self.outcomes)

    @property
    def wrong(self) -> int:
        return len(self.having("wrong"))

    @property
    def worst(self) -> Outcome | None:
        """The entry of the largest relative error; a wrong one if there is any."""
        among = self.having("wrong") or self.having("right") or self.outcomes
        return max(among, key=lambda outcome: outcome.error, default=None)

    def sentence(self) -> str:
        """What is wrong with this array, in one line."""
        if not self.wrong:
            return (
                f"{self.name} cannot be judged: at {len(self.without_slope)} of the first "
                f"{len(self.outcomes)} entries forward has no slope, wherever they are moved "
                "(does forward round, or compute in float32?)"
            )
        entry, where = self.worst, describe_where(self)
        count = f"{self.wrong} of {self.checked} {self._unit} are wrong"
        still = not any(outcome.numeric for outcome in self.outcomes)
        hint = "; forward does not use it, or uses a copy of it" if still else ""
        return (
            f"{self.name}{_index(entry.index)}: backward says {entry.analytic:.9g}, finite "
            f"differences say {entry.numeric:.9g} (relative error {entry.relative_error:.1e}); "
            f"{count}{': ' + where if where else ''}{hint}"
        )

    @property
    def _unit(self) -> str:
        return "directions" if self.outcomes and self._along_directions else "entries"

    @property
    def _along_directions(self) -> bool:
        return isinstance(self.outcomes[0].index, str)


@dataclass
class Report:
    """The result of a check: one `ArrayResult` for each gradient, and notes. Prints as a table.

    failures: what went wrong when the layer was asked again, at another point or in another way.
    """

    subject: str
    mode: str
    arrays: list[ArrayResult]
    notes: list[str]
    forwards: int = 0
    failures: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        return not self.failures and not any(array.wrong or array.unclear for array in self.arrays)

    @property
    def accuracy(self) -> float:
        """How far the worst entry of all could be judged, relative to that entry."""
        return max((array.accuracy for array in self.arrays), default=0.0)

    @property
    def worst_error(self) -> float:
        """The largest relative error of all."""
        return max((array.worst.error for array in self.arrays if array.worst), default=0.0)

    def __getitem__(self, name: str) -> ArrayResult:
        return next(array for array in self.arrays if array.name == name)

    def complaint(self) -> str:
        """The GradientError's message: the worst entry first, then the other wrong arrays."""
        bad = [array for array in self.arrays if array.wrong or array.unclear]
        bad.sort(key=lambda array: -array.worst.error if array.wrong else 0.0)
        sentences = [*(array.sentence() for array in bad), *self.failures]
        return f"{self.subject}: " + "\n  also ".join(sentences)

    def __str__(self) -> str:
        head = ("array", "checked", "wrong", "worst error", "at", "backward", "finite differences")
        rows = [head] + [_row(array) for array in self.arrays]
        widths = [max(len(row[k]) for row in rows) for k in range(len(head))]
        padded = [[cell.ljust(w) for cell, w in zip(row, widths, strict=True)] for row in rows]
        lines = ["  ".join(row).rstrip() for row in padded]
        verdict = "gradients right" if self.passed else "gradients WRONG"
        title = f"{self.subject}: {verdict} ({self.mode}, {self.forwards} forward passes)"
        return "\n".join([title, *lines, *self.notes])


def _row(array: ArrayResult) -> tuple[str, ...]:
    checked = f"{array.checked} of {array.available}"
    entry = array.worst
    if entry is None:
        return array.name, checked, str(array.wrong), "-", "-", "-", "-"
    values = (f"{entry.analytic:.9g}", f"{entry.numeric:.9g}")
    return (
        array.name,
        checked,
        str(array.wrong),
        f"{entry.relative_error if entry.verdict == 'wrong' else entry.error:.1e}",
        _index(entry.index).strip(),
        *values,
    )


def _index(index: tuple[int, ...] | str) -> str:
    if isinstance(index, str):
        return f" along {index}"
    return f"[{', '.join(str(i) for i in index)}]"


def describe_where(array: ArrayResult) -> str:
    """Which entries are wrong and by what, where that is simple to say; else ""."""
    bad = array.having("wrong")
    hints = [_common_factor(bad)]
    if not array._along_directions and array.wrong < array.checked:
        hints.insert(0, _common_place(array, np.array([outcome.index for outcome in bad])))
    return ", ".join(hint for hint in hints if hint)


def _common_factor(bad: list[Outcome]) -> str:
    analytic = np.array([outcome.analytic for outcome in bad])
    numeric = np.array([outcome.numeric for outcome in bad])
    they = "each of them is" if len(bad) > 1 else "it is"
    if not analytic.any():
        return they + " 0"
    if not numeric.any() or len(bad) == 1:
        return ""
    factor = float(analytic @ numeric / (numeric @ numeric))
    close = np.allclose(analytic, factor * numeric, rtol=1e-4, atol=1e-6 * np.abs(numeric).max())
    if close and f"{factor:.4g}" != "1":
        return f"{they} {factor:.4g} × the right value"
    return ""


def _common_place(array: ArrayResult, indices: np.ndarray) -> str:
    """indices: (wrong entries, axes)."""
    names = _axis_names(array.name, len(array.shape))
    common = []
    for axis, size in enumerate(array.shape):
        place = int(indices[0, axis])
        if size > 1 and (indices[:, axis] == place).all():
            last = " (the last)" if place == size - 1 else ""
            common.append(f"{names[axis]} {place}{last}")
    if common and len(indices) > 1:
        return f"all of them at {', '.join(common)}"
    if len(array.shape) == 4 and names[1] == "row":
        last = np.array(array.shape)[1:3] - 1
        inner = ((indices[:, 1:3] > 0) & (indices[:, 1:3] < last)).all(axis=1)
        if not inner.any() and (last > 1).all():
            return "all of them on the map's border"
    return ""


def _axis_names(name: str, dimensions: int) -> tuple[str, ...]:
    of_input = name in ("dx", "dlogits")
    if dimensions == 4 and of_input:
        return ("picture", "row", "column", "channel")
    if dimensions == 4:
        return ("kernel row", "kernel column", "input channel", "output channel")
    if dimensions == 2:
        return ("example", "feature") if of_input else ("input", "output")
    if dimensions == 1:
        return ("output",)
    return tuple(f"axis {axis}, place" for axis in range(dimensions))
