"""Who judges the mutants: the course's check, or the gradient check."""

from __future__ import annotations

from tinyalex.coursework.engine import layer_stages
from tinyalex.coursework.engine.checker import check_task
from tinyalex.coursework.engine.task import Task
from tinyalex.coursework.mutation.mutants import Mutant
from tinyalex.coursework.mutation.trial import Judge


def course_check(task: Task, seed: int) -> Judge:
    """The verdict that a student would get."""

    def judge(mutant: Mutant) -> str:
        # In this process nobody reads the message, so no plainer settings are tried for it.
        layer_stages.narrow = lambda *arguments: ""
        try:
            made = mutant.make()
        except Exception:
            return "does not run"
        verdict = check_task(made, task, seed, explain=False)
        return "" if verdict.passed else verdict.stage

    return judge
