"""python -m tinyalex.grade: checks a folder of submissions and writes a table of verdicts."""

from __future__ import annotations

import argparse
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from difflib import get_close_matches
from pathlib import Path

from tinyalex.support.commands import Parser, run_command

DESCRIPTION = """\
Checks every student's exercises and writes a table with one row per task.

  python -m tinyalex.grade submissions/ grades.csv --seed 2026

submissions/ada/06_overlapping_pooling/exercise.py is Ada's lesson 06. Each file runs in separate
processes with limited time and memory. Lessons that were not handed in get no rows; files and
folders that are not graded get a warning.
"""
COLUMNS = (
    "student",
    "lesson",
    "task",
    "name",
    "passed",
    "open",
    "stages_passed",
    "stages",
    "stage",
    "mistake",
    "library",
    "seconds",
    "message",
)


FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def parser() -> argparse.ArgumentParser:
    result = Parser(prog="python -m tinyalex.grade", description=DESCRIPTION)
    result.add_argument("submissions", metavar="DIR", help="folder with one folder per student")
    result.add_argument("table", metavar="OUT.csv", help="the table to write")
    seed = "for the random cases; use one that students do not know (0)"
    result.add_argument("--seed", type=int, default=0, help=seed)
    result.add_argument("--seconds", type=float, default=30, help="time limit per task (30)")
    result.add_argument("--memory", type=float, default=4, help="memory limit per file, in GB (4)")
    return result


def main(argv: list[str] | None = None) -> int:
    arguments = parser().parse_args(argv)
    if arguments.seed < 0 or arguments.seconds <= 0 or arguments.memory <= 0:
        raise ValueError("--seed must be at least 0; --seconds and --memory must be above 0")
    from tinyalex.support.files import destination, write_text
    from tinyalex.support.text import as_csv, counted, say

    destination(Path(arguments.table))  # a wrong name fails before the work
    found, warnings = find(Path(arguments.submissions))
    for warning in warnings:
        say(f"warning: {warning}", file=sys.stderr)
    rows = grade(found, arguments)
    cells = ([_safe(row.get(column, "")) for column in COLUMNS] for row in rows)
    write_text(Path(arguments.table), as_csv(COLUMNS, cells))
    students = {row["student"] for row in rows}
    right = sum(row["passed"] for row in rows)
    say(f"{counted(len(students), 'student')}, {right} of {len(rows)} tasks right")
    say(f"wrote {arguments.table}")
    return 0


def find(folder: Path) -> tuple[list[tuple[str, object, Path]], list[str]]:
    """(student, lesson, file) for everything handed in, and a warning for all that is not graded.

    ValueError if there is nothing to grade.
    """
    if not folder.is_dir():
        raise ValueError(f"there is no folder {folder}: give one with a folder per student")
    found, warnings = [], []
    for student in sorted(folder.iterdir()):
        if not student.is_dir():
            warnings.append(f"{student.name} is not a student's folder")
            continue
        try:
            some, others = _handed_in(student)
        except OSError as error:
            some, others = [], [f"cannot be read: {error.strerror}"]
        if not some and not others:
            others = ["empty"]
        found += [(student.name, lesson, path) for lesson, path in some]
        warnings += [f"{student.name}: {text}" for text in others]
    if not found:
        more = f" ({warnings[0]})" if warnings else ""
        raise ValueError(
            f"no submissions in {folder}: expected STUDENT/NN_lesson/exercise.py{more}"
        )
    return found, warnings


def _handed_in(student: Path) -> tuple[list[tuple[object, Path]], list[str]]:
    """(lesson, exercise.py) in a student's folder, and a remark on everything else in it."""
    from tinyalex.coursework.engine.lessons import lessons

    known = {lesson.folder: lesson for lesson in lessons().values()}
    found, others = [], []
    for folder in sorted(student.iterdir()):
        path = folder / "exercise.py"
        if folder.is_symlink() or path.is_symlink():
            others.append(f"{folder.name} is not graded: links are not followed")
        elif folder.name == "exercise.py":
            others.append("exercise.py is not graded: it belongs in the lesson's folder")
        elif folder.name not in known:
            near = get_close_matches(folder.name, known, 1, 0.4)
            meant = f" (is {near[0]} meant?)" if near else ""
            others.append(f"{folder.name} is not graded: no lesson has this name{meant}")
        elif not folder.is_dir():
            others.append(f"{folder.name} is not graded: it is not a folder")
        elif not os.path.lexists(path):
            inside = ", ".join(sorted(other.name for other in folder.iterdir())[:5])
            others.append(f"{folder.name} has no exercise.py, only: {inside or 'nothing'}")
        else:
            found.append((known[folder.name], path))
    return found, others


def grade(found: list, arguments: argparse.Namespace) -> list[dict]:
    """The rows of the table. Checks as many files at a time as there are cores."""
    from tinyalex.coursework.engine.submission import check_isolated
    from tinyalex.data.threads import usable_cores
    from tinyalex.support.progress import progress_bar

    memory = int(arguments.memory * 2**30)

    def check(entry) -> list[dict]:
        student, lesson, path = entry
        verdicts = check_isolated(lesson, path, arguments.seed, arguments.seconds, memory)
        return [
            {"student": student, "lesson": lesson.number, **_row(verdict)} for verdict in verdicts
        ]

    rows: list[dict] = []
    with ThreadPoolExecutor(usable_cores()) as pool, progress_bar(total=len(found)) as bar:
        for some in pool.map(check, found):
            rows += some
            bar.update()
    return rows


def _row(verdict) -> dict:
    from tinyalex.coursework.engine.verdict import LONGEST
    from tinyalex.support.text import cut

    message = cut(" | ".join(verdict.message.splitlines()), LONGEST)
    return {**verdict.as_dict(), "message": message, "seconds": f"{verdict.seconds:.2f}"}


def _safe(cell):
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell


if __name__ == "__main__":
    run_command(main)
