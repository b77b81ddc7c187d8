"""`train --own-layers`: the student's layers instead of the library's."""

from __future__ import annotations

from pathlib import Path

from tinyalex.coursework.engine.checker import check_task, failed
from tinyalex.coursework.engine.lessons import FOLDER, lessons
from tinyalex.coursework.engine.student import load_module
from tinyalex.coursework.engine.task import LayerTask, Lesson
from tinyalex.coursework.engine.verdict import Failed
from tinyalex.models import Sequential


def own_layers(
    folder: Path = FOLDER, names: set[str] | None = None
) -> tuple[dict[str, type], list[str]]:
    """The student's classes that pass their check, by name, and a note on each of the others.

    names: the classes to look for; all by default. If two lessons write parts of one class
    (Conv2d: forward, then backward), the parts are joined.
    """
    found: dict[str, list[type]] = {}
    notes = []
    for lesson in lessons().values():
        tasks = [task for task in lesson.tasks if isinstance(task, LayerTask)]
        tasks = [task for task in tasks if names is None or task.name in names]
        if not tasks:
            continue
        for task, verdict, written in _verdicts(lesson, tasks, folder):
            what = f"{task.name}.{' and '.join(task.ids)} (lesson {lesson.number})"
            if verdict is None or verdict.open:
                notes.append(f"{what}: not written yet, using the library's")
            elif verdict.passed:
                found.setdefault(task.name, []).append(written)
            else:
                notes.append(f"{what}: not right yet, using the library's")
    joined = {
        name: classes[0] if len(classes) == 1 else type(name, tuple(reversed(classes)), {})
        for name, classes in found.items()
    }
    return joined, notes


def _verdicts(lesson: Lesson, tasks: list[LayerTask], folder: Path):
    """(task, its verdict or None if there is no file, the student's class) for each task."""
    path = folder / lesson.folder / "exercise.py"
    if not path.is_file():
        return [(task, None, None) for task in tasks]
    try:
        module = load_module(path)
    except Failed as failure:
        return [(task, failed(task, "contract", failure), None) for task in tasks]
    written = [getattr(module, task.name, None) for task in tasks]
    return [
        (task, check_task(kind, task, own=True) if isinstance(kind, type) else None, kind)
        for task, kind in zip(tasks, written, strict=True)
    ]


def swap_in(net: Sequential, folder: Path = FOLDER) -> list[str]:
    """Replaces a network's layers by the student's own where these are right.

    Returns the notes to show: what is used, and what is not and why.
    """
    own, notes = own_layers(folder, {type(layer).__name__ for _, layer in net})
    used = set()
    for _, layer in net:
        written = own.get(type(layer).__name__)
        # A student's class derives from the library's, so a layer's class can be replaced by it.
        if written is not None and issubclass(written, type(layer)):
            layer.__class__ = written
            used.add(written.__name__)
    names = ", ".join(sorted(used)) or "none"
    slow = ["training with them may take many times as long: see --subset and --epochs"]
    return [f"your own layers in this network: {names}", *(slow if used else []), *notes]
