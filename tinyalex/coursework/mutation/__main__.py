"""python -m tinyalex.coursework.mutation 06: does the check find every change to a solution?"""

from __future__ import annotations

import argparse
import csv
import io
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from tinyalex.support.commands import Parser, run_command
from tinyalex.support.files import destination, write_text

if TYPE_CHECKING:
    from tinyalex.coursework.mutation.report import Score

DESCRIPTION = """\
Makes mutants of the course's solutions by rule and runs the check on each. A mutant that passes is
a hole in the check, unless equal.txt says why it is as right as the original.

  python -m tinyalex.coursework.mutation                all lessons
  python -m tinyalex.coursework.mutation 06 12          two lessons
  python -m tinyalex.coursework.mutation --task 06.2    one task
  python -m tinyalex.coursework.mutation --gradcheck    mutants of backward, for check_gradients
  … --output all.csv, and after a change --again all.csv: only the survivors once more

Exit code: 0 if no mutant survives and equal.txt holds nothing stale, else 1.
"""


def parser() -> argparse.ArgumentParser:
    result = Parser(prog="python -m tinyalex.coursework.mutation", description=DESCRIPTION)
    result.add_argument("lessons", nargs="*", metavar="LESSON", help="numbers; all by default")
    result.add_argument("--task", metavar="06.2", help="one task only")
    result.add_argument(
        "--gradcheck", action="store_true", help="check_gradients is tested instead"
    )
    result.add_argument("--jobs", type=int, default=1, help="processes at a time (1)")
    result.add_argument("--seed", type=int, default=0, help="for the check's random cases (0)")
    result.add_argument(
        "--again", metavar="FILE.csv", help="only the mutants that survived in this file"
    )
    result.add_argument("--output", metavar="FILE.csv", help="writes a row for each mutant")
    return result


def main(argv: list[str] | None = None) -> int:
    arguments = parser().parse_args(argv)
    if arguments.jobs < 1 or arguments.seed < 0:
        raise ValueError("--jobs must be at least 1, and --seed at least 0")
    if arguments.gradcheck and (arguments.lessons or arguments.task):
        raise ValueError("--gradcheck runs over the library's layers: name no lesson or task")
    output = Path(arguments.output) if arguments.output else None
    if output is not None:
        destination(output)
    from tinyalex.coursework.mutation import campaign, report

    only = report.survivors_in(Path(arguments.again)) if arguments.again else None
    how = (arguments.seed, arguments.jobs, only)
    if arguments.gradcheck:
        scores = campaign.of_gradcheck(*how)
    else:
        scores = campaign.of_tasks(campaign.chosen(arguments.lessons, arguments.task), *how)
    rows = io.StringIO(newline="")
    csv.writer(rows).writerow(report.COLUMNS)
    try:
        return _report(scores, rows)
    finally:  # also of a run that was stopped
        if output is not None:
            write_text(output, rows.getvalue())


def _report(scores: Iterable[Score], file: TextIO) -> int:
    """Prints each score and what is wrong as soon as it is there. Returns the exit code."""
    from tinyalex.coursework.mutation import report

    done, wrong = [], False
    print(report.HEAD, flush=True)
    for score in scores:
        print(score.row(), flush=True)
        for line in report.complaints(score):
            print(f"    {line}", flush=True)
            wrong = True
        report.write_rows(file, score)
        done.append(score)
    print(report.total(done).row())
    return 1 if wrong else 0


if __name__ == "__main__":
    run_command(main)
