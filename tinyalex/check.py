"""python -m tinyalex.check 06: checks your code in a lesson."""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

from tinyalex.support.commands import Parser, run_command

DESCRIPTION = """\
Checks your code in lessons/NN_.../exercise.py stage by stage and stops at the first mistake.

  python -m tinyalex.check 06            check the lesson's exercise (also: maxpool2d)
  python -m tinyalex.check 06 --watch    check again whenever the file is saved
  python -m tinyalex.check 06 --hint     show one more hint each time
  python -m tinyalex.check --all         show your progress through the course

In a notebook: from tinyalex.check import check; check(MaxPool2d)
"""
MARKS = {True: "right", False: "wrong"}


def parser() -> argparse.ArgumentParser:
    result = Parser(prog="python -m tinyalex.check", description=DESCRIPTION)
    result.add_argument("lesson", nargs="?", metavar="LESSON", help="a lesson's number or name")
    result.add_argument("--all", action="store_true", help="check every lesson")
    result.add_argument("--watch", action="store_true", help="check again when the file changes")
    result.add_argument("--hint", action="store_true", help="show the next of three hints")
    result.add_argument("--solution", action="store_true", help="show the library's code")
    result.add_argument(
        "--student", metavar="DIR", help="one student's folder, laid out like lessons/"
    )
    result.add_argument("--seed", type=int, default=0, help="for the random cases (0)")
    result.add_argument("--json", action="store_true", help="print the verdicts as JSON")
    return result


def main(argv: list[str] | None = None) -> int:
    arguments = parser().parse_args(argv)
    from tinyalex.coursework.engine import help_texts
    from tinyalex.coursework.engine.lessons import FOLDER, find_all, lessons

    if bool(arguments.lesson) == arguments.all:
        raise ValueError("name one lesson, such as 06, or give --all")
    if arguments.seed < 0:
        raise ValueError(f"--seed must be at least 0; got {arguments.seed}")
    folder = Path(arguments.student) if arguments.student else FOLDER
    if not folder.is_dir():
        raise ValueError(f"there is no folder {folder}: give one laid out like lessons/")
    chosen = list(lessons().values()) if arguments.all else find_all(arguments.lesson)
    if arguments.hint:
        name = chosen[0].folder
        print(help_texts.next_hint(FOLDER / name / "hints.md", folder / name))
        return 0
    if arguments.solution:
        print(help_texts.solution(chosen[0]))
        return 0
    if arguments.watch:
        return watch(chosen[0], folder, arguments.seed)
    return report(chosen, folder, arguments)


def report(chosen: list, folder: Path, arguments: argparse.Namespace) -> int:
    """Checks the lessons and prints the verdicts. Returns 0 if all are right, else 1."""
    from tinyalex.coursework.engine.submission import check_isolated
    from tinyalex.coursework.engine.verdict import STAGES

    rows = []
    if arguments.all and not arguments.json:
        print(f"■ = one stage passed: {', '.join(STAGES)}\n")
    for lesson in chosen:
        path = folder / lesson.folder / "exercise.py"
        # Without --student it is one's own code: what it prints is shown.
        verdicts = check_isolated(lesson, path, arguments.seed, apart=bool(arguments.student))
        rows += [{"lesson": lesson.number, **verdict.as_dict()} for verdict in verdicts]
        if not arguments.json:
            print(_lines(lesson, verdicts, brief=arguments.all))
    if arguments.json:
        print(json.dumps(rows, indent=2))
    return 0 if all(row["passed"] for row in rows) else 1


def _lines(lesson, verdicts: list, brief: bool) -> str:
    from tinyalex.coursework.engine.verdict import STAGES, in_one

    if not brief:
        return "\n".join(map(str, in_one(verdicts)))
    lines = []
    for verdict in verdicts:
        state = "open" if verdict.open else MARKS[verdict.passed]
        bar = "■" * verdict.stages_passed + "·" * (len(verdict.stages) - verdict.stages_passed)
        name = f"{lesson.title:<36} {verdict.name:<24}"
        lines.append(f"{lesson.number} {name} {bar:<{len(STAGES)}} {state}")
    return "\n".join(lines)


def watch(lesson, folder: Path, seed: int) -> int:
    """Checks in a new process whenever the file is saved, until everything is right."""
    from tinyalex.coursework.engine.submission import check_isolated

    path, seen = folder / lesson.folder / "exercise.py", None
    print(f"watching {path} until everything is right (Ctrl-C stops)")
    while True:
        changed = path.stat().st_mtime_ns if path.is_file() else 0
        if changed != seen:
            seen = changed
            verdicts = check_isolated(lesson, path, seed, apart=False)
            print(
                f"\n{time.strftime('%H:%M:%S')}\n{_lines(lesson, verdicts, brief=False)}",
                flush=True,
            )
            if all(verdict.passed for verdict in verdicts):
                return 0
        time.sleep(0.3)


def check(written: Any, seed: int = 0, lesson: str | int | None = None) -> None:
    """For notebooks: prints the verdict on your class or function.

    Its task is found by its name, with or without a leading "My", or by the name of a base class.
    lesson: which lesson to check ("05") where two lessons write parts of one class; by default the
    one whose methods yours defines.
    """
    from tinyalex.coursework.engine.checker import check_task
    from tinyalex.coursework.engine.printed import few_lines

    task = _task_of(written, lesson)
    with few_lines():
        verdict = check_task(written, task, seed, own=True)
    print(verdict)


def _task_of(written: Any, lesson: str | int | None) -> Any:
    from tinyalex.coursework.engine.lessons import find, lessons

    if not callable(written) or not hasattr(written, "__name__"):
        raise ValueError(
            f"check takes your class or function; got {written!r}. "
            "On the command line: python -m tinyalex.check 05"
        )
    chosen = list(lessons().values()) if lesson is None else [find(str(lesson))]
    tasks = {}
    for task in (task for each in chosen for task in each.tasks):
        tasks.setdefault(task.name.lower(), []).append(task)
    for kind in getattr(written, "__mro__", (written,)):
        found = tasks.get(kind.__name__.removeprefix("My").lower(), [])
        own = [task for task in found if set(task.ids) & set(vars(written))]
        if found:
            return (own or found)[0]
    where = "no lesson has" if lesson is None else f"lesson {chosen[0].number} does not have"
    raise ValueError(f"{where} a task {written.__name__}: give yours the name used in the lesson")


if __name__ == "__main__":
    run_command(main)
