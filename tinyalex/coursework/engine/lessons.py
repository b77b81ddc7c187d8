"""Finds the lessons: each is a folder lesson_NN whose task.py defines its tasks."""

from __future__ import annotations

import importlib
import pkgutil
from difflib import get_close_matches
from functools import cache
from pathlib import Path

from tinyalex import coursework
from tinyalex.coursework.engine.task import Lesson

FOLDER = Path(__file__).parents[3] / "lessons"


@cache
def lessons() -> dict[str, Lesson]:
    """All lessons by number ("06")."""
    return {number: by_number(number) for number in _numbers()}


@cache
def by_number(number: str) -> Lesson:
    """One lesson, without the work of loading the others."""
    return importlib.import_module(f"tinyalex.coursework.lesson_{number}.task").LESSON


@cache
def _numbers() -> list[str]:
    names = sorted(module.name for module in pkgutil.iter_modules(coursework.__path__))
    return [name.removeprefix("lesson_") for name in names if name.startswith("lesson_")]


def find(name: str) -> Lesson:
    """The first lesson of `find_all`."""
    return find_all(name)[0]


def find_all(name: str) -> list[Lesson]:
    """By number ("06", "6", "6.1"), by folder, or by what the student writes there ("maxpool2d").

    More than one if lessons share a class (Conv2d). Part of a name is enough if only one lesson
    matches. ValueError, naming the choices, for anything else.
    """
    wanted = Path(str(name).lower()).name
    number = wanted.split(".")[0].zfill(2)
    if number in _numbers():
        return [by_number(number)]
    every = list(lessons().values())
    same = [lesson for lesson in every if wanted in _names(lesson)]
    if same:
        return same
    part = [lesson for lesson in every if len(wanted) > 2 and wanted in " ".join(_names(lesson))]
    if len(part) == 1:
        return part
    near = get_close_matches(wanted, sorted(set().union(*map(_names, every))))
    meant = part or [lesson for lesson in every if _names(lesson) & set(near)]
    choices = ", ".join(f"{lesson.number} {lesson.folder[3:]}" for lesson in meant)
    asked = f"did you mean {choices}?" if meant else "give a number or a class's name"
    raise ValueError(f"there is no lesson {name!r}: {asked} (--all lists them)")


def _names(lesson: Lesson) -> set[str]:
    return {task.name.lower() for task in lesson.tasks} | {lesson.folder, lesson.folder[3:]}
