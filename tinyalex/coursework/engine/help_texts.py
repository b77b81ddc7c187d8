"""Hints, one more each time, and the library's solution."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

from tinyalex.coursework.engine.task import Lesson
from tinyalex.support.files import write_text

MEMORY = ".hints_seen"


def next_hint(path: Path, folder: Path) -> str:
    """The next hint of a hints.md, and after the last one the first again.

    folder: the student's, where a file remembers which hint was shown last.
    """
    if not path.is_file():
        raise ValueError(f"there are no hints at {path}")
    levels = re.split(r"^## ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    level = _shown(folder / MEMORY) % len(levels)
    if folder.is_dir():
        write_text(folder / MEMORY, str(level + 1))
    if level + 1 < len(levels):
        more = f"(Hint {level + 1} of {len(levels)}. For the next one: --hint again.)"
    else:
        more = "(That was the last hint; --hint starts over. To see the code: --solution.)"
    return f"## {levels[level].strip()}\n\n{more}"


def _shown(memory: Path) -> int:
    try:
        return max(0, int(memory.read_text(encoding="utf-8")))
    except (OSError, ValueError):  # none was shown, or the file holds something else
        return 0


def solution(lesson: Lesson) -> str:
    """The library's code for what the lesson asks for."""
    parts = []
    for task in lesson.tasks:
        where = Path(inspect.getsourcefile(task.reference))
        parts.append(f"# {where}\n{inspect.getsource(task.reference)}")
    return "\n\n".join(parts)
