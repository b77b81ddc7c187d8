"""python -m tinyalex.coursework.mutation 06: does the check find every change to a solution?"""

from __future__ import annotations

import argparse
from pathlib import Path

from tinyalex.support.commands import Parser, run_command

DESCRIPTION = """\
Makes mutants of the course's solutions by rule and runs the check on each. A mutant that passes is
a hole in the check, unless equal.txt says why it is as right as the original.

  python -m tinyalex.coursework.mutation                all lessons
  python -m tinyalex.coursework.mutation 06 12          two lessons
  python -m tinyalex.coursework.mutation --task 06.2    one task
  python -m tinyalex.coursework.mutation --gradcheck    mutants of backward, for check_gradients

Exit code: 0 if no mutant survives and equal.txt holds nothing stale, else 1.
"""


def parser() -> argparse.ArgumentParser:
    result = Parser(prog="python -m tinyalex.coursework.mutation", description=DESCRIPTION)
    result.add_argument("lessons", nargs="*", metavar="LESSON", help="numbers; all by default")
    result.add_argument("--task", metavar="06.2", help="one task only")
    result.add_argument("--gradcheck", action="store_true", help="check_gradients is tested instead")
    result.add_argument("--jobs", type=int, default=1, help="processes at a time (1)")
    result.add_argument("--seed", type=int, default=0, help="for the check's random cases (0)")
    result.add_argument("--output", metavar="FILE.csv", help="writes a row for each mutant")
    return result


def main(argv: list[str] | None = None) -> int:
    arguments = parser().parse_args(argv)
    if arguments.jobs < 1 or arguments.seed < 0:
        raise ValueError("--jobs must be at least 1, and --seed at least 0")
    from tinyalex.coursework.mutation import campaign, report

    if arguments.gradcheck and (arguments.lessons or arguments.task):
        raise ValueError("--gradcheck runs over the library's layers: name no lesson or task")
    if arguments.gradcheck:
        runs = campaign.of_gradcheck(arguments.seed, arguments.jobs)
    else:
        tasks = campaign.chosen(arguments.lessons, arguments.task)
        runs = campaign.of_tasks(tasks, arguments.seed, arguments.jobs)
    scores = []
    print(report.HEAD, flush=True)
    for score in runs:
        print(score.row(), flush=True)
        scores.append(score)
    print(report.total(scores).row())
    wrong = 0
    for score in scores:
        for trial in score.survivors:
            print(f"\nsurvives: {report.shown(trial)}")
            wrong += 1
        for trial in score.wrongly_listed:
            print(f"\nlisted as equal, but killed at {trial.stage}: {trial.mutant.key}")
            wrong += 1
        for key in score.stale:
            print(f"\nlisted as equal, but there is no such mutant: {key}")
            wrong += 1
    if arguments.output:
        report.write_table(Path(arguments.output), scores)
    return 1 if wrong else 0


if __name__ == "__main__":
    run_command(main)
