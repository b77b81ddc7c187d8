"""All mutants of a task."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from tinyalex.coursework.engine.task import Lesson, Task
from tinyalex.coursework.mutation import calls, expressions, statements  # noqa: F401  (the rules)
from tinyalex.coursework.mutation.domains import DOMAINS
from tinyalex.coursework.mutation.rules import changed_lines, changes
from tinyalex.coursework.mutation.situations import in_situations
from tinyalex.coursework.mutation.solutions import Unit, units_of, written


@dataclass(frozen=True)
class Mutant:
    """A solution with one change.

    id: the number of the task's part. unit: the changed function. line: in its file.
    old, new: the changed lines. make: builds the class or function.
    """

    id: str
    unit: str
    line: int
    rule: str
    old: str
    new: str
    make: Callable[[], Any]

    @property
    def key(self) -> str:
        """What it changes, without where that is in the file: a line of `equal.txt`."""
        return f"{self.id} {self.unit}: {self.old} → {self.new}"


def mutants_of(
    task: Task, lesson: Lesson | None = None, domains: dict[str, dict] | None = None
) -> list[Mutant]:
    """Every mutant of a task, in the order of the text; no two are the same.

    domains: what the arguments may be, as in `domains.py`.
    """
    found: dict[str, Mutant] = {}
    for unit in units_of(task, lesson):
        for mutant in changed(unit, partial(written, task)):
            _add(found, mutant)
    domains = DOMAINS if domains is None else domains
    for number, name, where, wrong, make in in_situations(task, domains):
        _add(found, Mutant(number, name, 0, "situation", where, wrong, make))
    return list(found.values())


def _add(found: dict[str, Mutant], mutant: Mutant) -> None:
    """The same change of an equal line further down gets a number."""
    number, new = 1, mutant.new
    while mutant.key in found:
        number += 1
        mutant = replace(mutant, new=f"{new}  #{number}")
    found[mutant.key] = mutant


def changed(unit: Unit, make: Callable[[Unit, ast.AST], Any]) -> Iterator[Mutant]:
    """The mutants of one function; each is built by make(unit, the changed function)."""
    node = unit.node
    seen = {ast.unparse(node)}
    for rule, place, new_node in changes(node, defaults=unit.asked):
        text = ast.unparse(new_node)
        if text in seen:
            continue
        seen.add(text)
        old, new = changed_lines(node, new_node)
        yield Mutant(
            unit.id,
            unit.name,
            getattr(place, "lineno", node.lineno),
            rule,
            old,
            new,
            partial(make, unit, new_node),
        )
