"""A student's file and what it defines, in the process where its code runs.

The check asks these objects for facts. From another process they are claims: the worst that a false
one does is to harm its author, or to leave the note on the library's code out.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tinyalex.coursework.engine.helpers import lend, names_called
from tinyalex.coursework.engine.library_used import Watch
from tinyalex.coursework.engine.student import (
    check_signatures,
    load_module,
    not_written,
    written_object,
)
from tinyalex.coursework.engine.task import Lesson, Task
from tinyalex.coursework.engine.verdict import Failed


class Submitted:
    """A class or function for one task, and what can be said of it without running it."""

    def __init__(self, written: Any, task: Task) -> None:
        self._written, self._task = written, task

    def complaint(self) -> str:
        """What is wrong with its parameters; "" if nothing is."""
        try:
            check_signatures(self._written, self._task)
        except Failed as failure:
            return str(failure)
        return ""

    def missing(self) -> dict[str, str]:
        """The methods that are still the library's, each with what to do about it."""
        return not_written(self._written, self._task)

    def names_called(self) -> list[str]:
        """The global names that its code uses."""
        return sorted(names_called(self._written))

    def written(self, missing: dict[str, str]) -> Any:
        """The object itself, but the missing methods raise NotImplementedError."""

        def stub(message: str) -> Callable:
            def method(self, *arguments, **options):
                raise NotImplementedError(message)

            return method

        if not missing:
            return self._written
        methods = {name: stub(message) for name, message in missing.items()}
        return type(self._written)(self._written.__name__, (self._written,), methods)

    def watch(self) -> None:
        """From now on, notes what of the library's runs on its behalf."""
        self._watch = Watch(self._task)

    def used(self) -> list[str]:
        """What ran since `watch`."""
        return self._watch.stop()


class Exercise:
    """A lesson's file. Tasks are counted as in the lesson."""

    def __init__(self, lesson: Lesson, path: Path) -> None:
        self._lesson, self._path, self._module = lesson, path, None
        self.at_each_task: Callable[[], object] = lambda: None

    def load(self) -> str:
        """Runs the file. Returns why it does not run; "" if it does."""
        try:
            self._module = load_module(self._path)
        except Failed as failure:
            return str(failure)
        return ""

    def begin(self, place: int, lent: tuple[int, ...]) -> str:
        """Begins a task. Returns why there is nothing to check for it; "" if there is.

        lent: tasks in whose place the library's functions are put.
        """
        self.at_each_task()
        lend(self._module, [self._lesson.tasks[other] for other in lent])
        try:
            written_object(self._module, self._lesson.tasks[place])
        except Failed as failure:
            return str(failure)
        return ""

    def end(self) -> None:
        """There are no more tasks."""
        self.at_each_task()

    def submitted(self, place: int) -> Submitted:
        task = self._lesson.tasks[place]
        return Submitted(written_object(self._module, task), task)
