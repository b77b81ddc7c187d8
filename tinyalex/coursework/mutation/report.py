"""The score: a table, the survivors, and a file with a row for each mutant."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from tinyalex.coursework.mutation.equal import entry_of
from tinyalex.coursework.mutation.trial import Trial

HEAD = f"{'task':<28} {'mutants':>8} {'killed':>8} {'equal':>8} {'surviving':>10} {'seconds':>8}"


@dataclass
class Score:
    """What became of the mutants of a task.

    equal: the reasons by key. stale: keys that no mutant has.
    """

    name: str
    trials: list[Trial] = field(default_factory=list)
    equal: dict[str, str] = field(default_factory=dict)
    stale: list[str] = field(default_factory=list)

    def outcome(self, trial: Trial) -> str:
        if trial.stage:
            return "killed"
        return "equal" if self.reason(trial) else "surviving"

    def reason(self, trial: Trial) -> str:
        """Why the mutant is listed as equal; "" if it is not."""
        entry = entry_of(trial.mutant, self.equal)
        return "" if entry is None else self.equal[entry]

    def count(self, outcome: str) -> int:
        return sum(self.outcome(trial) == outcome for trial in self.trials)

    @property
    def survivors(self) -> list[Trial]:
        return [trial for trial in self.trials if self.outcome(trial) == "surviving"]

    @property
    def wrongly_listed(self) -> list[Trial]:
        return [trial for trial in self.trials if trial.stage and self.reason(trial)]

    def row(self) -> str:
        counts = [self.count(outcome) for outcome in ("killed", "equal", "surviving")]
        seconds = sum(trial.seconds for trial in self.trials)
        return (
            f"{self.name:<28} {len(self.trials):8,} {counts[0]:8,} {counts[1]:8,} "
            f"{counts[2]:10,} {seconds:8.1f}"
        )


def total(scores: Iterable[Score]) -> Score:
    """All scores in one."""
    result = Score("total")
    for score in scores:
        result.trials += score.trials
        result.equal |= score.equal
    return result


def shown(trial: Trial) -> str:
    """A survivor: where it is, and its change."""
    mutant = trial.mutant
    place = f"{mutant.unit}, line {mutant.line}" if mutant.line else mutant.unit
    return f"{mutant.id} {place} ({mutant.rule})\n    - {mutant.old}\n    + {mutant.new}"


COLUMNS = ("task", "unit", "line", "rule", "old", "new", "outcome", "stage", "seconds", "reason")


def write_rows(file: TextIO, score: Score) -> None:
    """One row for each mutant."""
    writer = csv.writer(file)
    for trial in score.trials:
        mutant, outcome = trial.mutant, score.outcome(trial)
        reason = score.reason(trial) if outcome == "equal" else ""
        row = [mutant.id, mutant.unit, mutant.line, mutant.rule, mutant.old, mutant.new]
        writer.writerow([*row, outcome, trial.stage, f"{trial.seconds:.3f}", reason])
    file.flush()


def survivors_in(path: Path) -> set[str]:
    """The keys of the mutants that survived when the file was written."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    if rows and set(COLUMNS) - set(rows[0]):
        raise ValueError(f"{path} is not a file that --output wrote")
    alive = (row for row in rows if row["outcome"] == "surviving")
    return {f"{row['task']} {row['unit']}: {row['old']} → {row['new']}" for row in alive}


def complaints(score: Score) -> list[str]:
    """What to look at: survivors, and what `equal.txt` says wrongly."""
    lines = [f"survives: {shown(trial)}" for trial in score.survivors]
    for trial in score.wrongly_listed:
        lines.append(f"listed as equal, but killed at {trial.stage}: {trial.mutant.key}")
    return lines + [f"listed as equal, but there is no such mutant: {key}" for key in score.stale]
