"""python -m tinyalex.grade: checks a folder of submissions and writes a table of verdicts."""

from __future__ import annotations

import argparse
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tinyalex.support.commands import Parser, run_command

DESCRIPTION = """\
Checks every student's exercises and writes a table with one row per task.

  python -m tinyalex.grade submissions/ grades.csv --seed 2026

submissions/ada/06_overlapping_pooling/exercise.py is Ada's lesson 06. Each file runs in a separate
process with limited time and memory. Lessons that were not handed in get no rows.
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
    "seconds",
    "message",
)


def parser() -> argparse.ArgumentParser:
    result = Parser(prog="python -m tinyalex.grade", description=DESCRIPTION)
    result.add_argument("submissions", metavar="DIR", help="folder with one folder per student")
    result.add_argument("table", metavar="OUT.csv", help="the table to write")
    seed = "for the random cases; use one that students do not know (0)"
    result.add_argument("--seed", type=int, default=0, help=seed)
    result.add_argument("--seconds", type=float, default=30, help="time limit per file (30)")
    result.add_argument("--memory", type=float, default=4, help="memory limit per file, in GB (4)")
    return result


def main(argv: list[str] | None = None) -> int:
    arguments = parser().parse_args(argv)
    if arguments.seed < 0 or arguments.seconds <= 0 or arguments.memory <= 0:
        raise ValueError("--seed must be at least 0; --seconds and --memory must be above 0")
    from tinyalex.support.files import destination, write_text
    from tinyalex.support.text import as_csv, counted, say

    destination(Path(arguments.table))  # a wrong name fails before the work
    rows = grade(find(Path(arguments.submissions)), arguments)
    cells = ([row.get(column, "") for column in COLUMNS] for row in rows)
    write_text(Path(arguments.table), as_csv(COLUMNS, cells))
    students = {row["student"] for row in rows}
    right = sum(row["passed"] for row in rows)
    say(f"{counted(len(students), 'student')}, {right} of {len(rows)} tasks right")
    say(f"wrote {arguments.table}")
    return 0


def find(folder: Path) -> list[tuple[str, object, Path]]:
    """(student, lesson, file) for everything handed in. Raises ValueError if there is nothing."""
    from tinyalex.coursework.engine.lessons import lessons

    if not folder.is_dir():
        raise ValueError(f"there is no folder {folder}: give one with a folder per student")
    found = [
        (student.name, lesson, student / lesson.folder / "exercise.py")
        for student in sorted(path for path in folder.iterdir() if path.is_dir())
        for lesson in lessons().values()
        if (student / lesson.folder / "exercise.py").is_file()
    ]
    if not found:
        raise ValueError(f"no submissions in {folder}: expected STUDENT/NN_lesson/exercise.py")
    return found


def grade(found: list, arguments: argparse.Namespace) -> list[dict]:
    """The rows of the table. Checks as many files at a time as there are cores."""
    from tinyalex.coursework.engine.submission import check_isolated
    from tinyalex.data.threads import usable_cores
    from tinyalex.support.progress import progress_bar

    memory = int(arguments.memory * 2**30)

    def check(entry) -> list[dict]:
        student, lesson, path = entry
        verdicts = check_isolated(lesson, path, arguments.seed, arguments.seconds, memory)
        for verdict in verdicts:
            verdict["message"] = " | ".join(verdict["message"].splitlines())
            verdict["seconds"] = f"{verdict['seconds']:.2f}"
        return [{"student": student, "lesson": lesson.number, **verdict} for verdict in verdicts]

    rows: list[dict] = []
    with ThreadPoolExecutor(usable_cores()) as pool, progress_bar(total=len(found)) as bar:
        for some in pool.map(check, found):
            rows += some
            bar.update()
    return rows


if __name__ == "__main__":
    run_command(main)
