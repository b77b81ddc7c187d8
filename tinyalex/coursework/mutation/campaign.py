"""Which mutants are tried, and on what."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from functools import partial

from tinyalex.coursework.engine.lessons import find, lessons
from tinyalex.coursework.engine.task import Lesson, Task
from tinyalex.coursework.mutation.equal import listed
from tinyalex.coursework.mutation.judges import course_check
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


def of_tasks(tasks: Sequence[tuple[Lesson, Task]], seed: int, jobs: int) -> Iterator[Score]:
    """One score for each task."""
    equal = listed()
    for lesson, task in tasks:
        numbers = tuple(task.ids.values())
        mutants = mutants_of(task, lesson)
        keys = {mutant.key for mutant in mutants}
        stale = [key for key in equal if key.startswith(numbers) and key not in keys]
        score = Score(f"{', '.join(numbers)} {task.name}", equal=equal, stale=stale)
        judge = course_check(task, seed)
        score.trials = list(trials(mutants, judge, jobs, _limit(judge, task)))
        yield score


def _limit(judge: Judge, task: Task) -> int:
    """Seconds for each mutant, from what the right solution takes; ValueError if it fails."""
    started = time.process_time()
    right = Mutant(task.name, "", 0, "", "", "", partial(written, task))
    stage = judge(right)
    if stage:
        raise ValueError(f"the library's own {task.name} does not pass {stage}")
    return 3 + math.ceil(10 * (time.process_time() - started))
