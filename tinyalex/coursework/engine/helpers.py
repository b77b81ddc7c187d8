"""Tasks that build on an earlier task of the same file."""

from __future__ import annotations

import inspect
from types import ModuleType
from typing import Any

from tinyalex.coursework.engine.task import Task
from tinyalex.coursework.engine.verdict import Verdict


def lend(module: ModuleType, tasks: list[Task]) -> None:
    """Puts the library's functions in the place of those that are not right yet.

    What builds on them is then judged for itself.
    """
    for task in tasks:
        setattr(module, task.name, task.reference)


def say_what_was_lent(verdict: Verdict, names: set[str], lent: list[Task]) -> Verdict:
    """Names the earlier tasks that this one calls and that the library stood in for."""
    for task in lent:
        if task.name in names:
            number = next(iter(task.ids.values()))
            verdict.message = (
                f"{task.name} ({number}) is not right yet: fix it first. "
                f"This task was checked with the library's {task.name}.\n{verdict.message}"
            ).rstrip()
    return verdict


def names_called(written: Any) -> set[str]:
    """The global names that a function, or the methods of a class, use."""
    members = vars(written).values() if inspect.isclass(written) else [written]
    functions = [inspect.unwrap(member) for member in members if inspect.isfunction(member)]
    return {name for function in functions for name in function.__code__.co_names}
