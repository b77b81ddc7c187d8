"""The score: a table, the survivors, and a file with a row for each mutant."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

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
        return "equal" if trial.mutant.key in self.equal else "surviving"

    def count(self, outcome: str) -> int:
        return sum(self.outcome(trial) == outcome for trial in self.trials)

    @property
    def survivors(self) -> list[Trial]:
        return [trial for trial in self.trials if self.outcome(trial) == "surviving"]

    @property
    def wrongly_listed(self) -> list[Trial]:
        return [trial for trial in self.trials if trial.stage and trial.mutant.key in self.equal]

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


def write_table(path: Path, scores: Iterable[Score]) -> None:
    """One row for each mutant."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow("task unit line rule old new outcome stage seconds reason".split())
        for score in scores:
            for trial in score.trials:
                mutant, outcome = trial.mutant, score.outcome(trial)
                reason = score.equal[mutant.key] if outcome == "equal" else ""
                row = [mutant.id, mutant.unit, mutant.line, mutant.rule, mutant.old, mutant.new]
                writer.writerow([*row, outcome, trial.stage, f"{trial.seconds:.3f}", reason])
