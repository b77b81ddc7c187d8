"""What each lesson asks for, and against what it is checked: a file a lesson."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from pathlib import Path

from tinyalex.coursework.task import Lesson

FOLDER = Path(__file__).parents[3] / "lessons"


@cache
def lessons() -> dict[str, Lesson]:
    """All lessons by number ("06")."""
    found = {}
    for module in sorted(m.name for m in pkgutil.iter_modules(__path__)):
        lesson = importlib.import_module(f"{__name__}.{module}").LESSON
        found[lesson.number] = lesson
    return found


def find(name: str) -> Lesson:
    """By number ("06", "6"), by folder, or by what is to be written there ("maxpool2d").

    ValueError, naming the choices, for anything else.
    """
    wanted = name.lower().strip("/")
    if wanted.isdecimal() and wanted.zfill(2) in lessons():
        return lessons()[wanted.zfill(2)]
    for lesson in lessons().values():
        names = {task.name.lower() for task in lesson.tasks} | {lesson.folder, lesson.folder[3:]}
        if wanted in names:
            return lesson
    choices = ", ".join(f"{number} {lesson.folder[3:]}" for number, lesson in lessons().items())
    raise ValueError(f"there is no lesson {name!r}: choose one of {choices}")
