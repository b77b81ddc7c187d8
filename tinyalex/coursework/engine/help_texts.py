"""Hints, one more each time, and the library's solution."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

from tinyalex.coursework.engine.task import Lesson
from tinyalex.support.files import write_text


def next_hint(folder: Path) -> str:
    """The next level of the lesson's hints.md; a file beside it remembers the last one shown."""
    path, memory = folder / "hints.md", folder / ".hints_seen"
    if not path.is_file():
        raise ValueError(f"there are no hints at {path}")
    levels = re.split(r"^## ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    seen = int(memory.read_text()) if memory.is_file() else 0
    level = min(seen, len(levels) - 1)
    write_text(memory, str(level + 1))
    last = "" if level + 1 < len(levels) else "\n(That was the last hint; next: --solution)"
    return "## " + levels[level].strip() + last


def solution(lesson: Lesson) -> str:
    """The library's code for what the lesson asks for."""
    parts = []
    for task in lesson.tasks:
        where = Path(inspect.getsourcefile(task.reference))
        parts.append(f"# {where}\n{inspect.getsource(task.reference)}")
    return "\n\n".join(parts)
