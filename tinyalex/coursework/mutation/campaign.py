"""Which mutants are tried, and on what."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from functools import partial

from tinyalex.coursework.engine.lessons import find, lessons
from tinyalex.coursework.engine.task import Lesson, Task
from tinyalex.coursework.mutation.domains import ASKED
from tinyalex.coursework.mutation.equal import listed, stale
from tinyalex.coursework.mutation.judges import backward_tasks, course_check, gradient_check
from tinyalex.coursework.mutation.mutants import Mutant, mutants_of
from tinyalex.coursework.mutation.report import Score
from tinyalex.coursework.mutation.solutions import written
from tinyalex.coursework.mutation.trial import Judge, trials


def chosen(names: Sequence[str], number: str | None) -> list[tuple[Lesson, Task]]:
    """The tasks of some lessons, or all; or the one that a number such as 06.2 belongs to."""
    if number is not None:
        names = [*names, number]
    some = [find(name) for name in names] or list(lessons().values())
    every = [(lesson, task) for lesson in some for task in lesson.tasks]
    if number is None:
        return every
    found = [(lesson, task) for lesson, task in every if number in task.ids.values()]
    if not found:
        numbers = [one for _, task in every for one in task.ids.values()]
        raise ValueError(f"there is no task {number}: choose one of {', '.join(numbers)}")
    return found[:1]


def of_tasks(
    tasks: Sequence[tuple[Lesson, Task]], seed: int, jobs: int, only: set[str] | None = None
) -> Iterator[Score]:
    """One score for each task. only: the keys of the mutants to try; all by default."""
    for lesson, task in tasks:
        yield _scored(task, mutants_of(task, lesson), course_check(task, seed), jobs, only)


def of_gradcheck(seed: int, jobs: int, only: set[str] | None = None) -> Iterator[Score]:
    """One score for each of the library's layers."""
    for task in backward_tasks():
        yield _scored(task, mutants_of(task, domains=ASKED), gradient_check(task, seed), jobs, only)


def _scored(
    task: Task, mutants: list[Mutant], judge: Judge, jobs: int, only: set[str] | None
) -> Score:
    equal = listed()
    name = f"{', '.join(task.ids.values())} {task.name}"
    score = Score(name, equal=equal, stale=stale(equal, [task], mutants))
    mutants = [mutant for mutant in mutants if only is None or mutant.key in only]
    score.trials = list(trials(mutants, judge, jobs, _limit(judge, task)))
    return score


def _limit(judge: Judge, task: Task) -> int:
    """Seconds for each mutant, from what the right solution takes; ValueError if it fails."""
    started = time.process_time()
    right = Mutant(task.name, "", 0, "", "", "", partial(written, task))
    stage = judge(right)
    if stage:
        raise ValueError(f"the library's own {task.name} does not pass {stage}")
    return 3 + math.ceil(10 * (time.process_time() - started))
