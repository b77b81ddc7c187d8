"""Mutants that are as right as the original, each with the reason: `equal.txt`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from tinyalex.coursework.engine.task import Task
from tinyalex.coursework.mutation.mutants import Mutant

LISTED = Path(__file__).with_name("equal.txt")


ANY_TASK = "*"


def listed(path: Path = LISTED) -> dict[str, str]:
    """{key of a mutant, or the key with * for the task: why it is equal}.

    ValueError for a line without a reason above it.
    """
    found: dict[str, str] = {}
    reason = ""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if line.startswith("= "):
            reason = line[2:].strip()
        elif line.strip() and not line.startswith("#"):
            if not reason or " → " not in line:
                raise ValueError(f"{path.name}, line {number}: give '= reason', then mutants")
            if line in found:
                raise ValueError(f"{path.name}, line {number}: listed twice: {line}")
            found[line] = reason
    return found


def entry_of(mutant: Mutant, equal: dict[str, str]) -> str | None:
    """The line of the list that holds for a mutant."""
    anywhere = f"{ANY_TASK} {mutant.key.removeprefix(mutant.id + ' ')}"
    return next((key for key in (mutant.key, anywhere) if key in equal), None)


def stale(equal: dict[str, str], tasks: Sequence[Task], mutants: Iterable[Mutant]) -> list[str]:
    """The lines about these tasks that no mutant has."""
    numbers = {number for task in tasks for number in task.ids.values()}
    held = {entry_of(mutant, equal) for mutant in mutants}
    starts = tuple(f"{number} " for number in numbers)
    return [key for key in equal if key.startswith(starts) and key not in held]
