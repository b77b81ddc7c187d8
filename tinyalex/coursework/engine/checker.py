"""The staged check of a task: it stops at the first stage that fails and says why."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tinyalex.backend import current_backend, use_backend
from tinyalex.coursework.engine import function_stages, layer_stages
from tinyalex.coursework.engine.diagnosis import diagnose
from tinyalex.coursework.engine.exercise import Exercise, Submitted
from tinyalex.coursework.engine.helpers import say_what_was_lent
from tinyalex.coursework.engine.in_alexnet import fact
from tinyalex.coursework.engine.library_used import UNKNOWN, names_of
from tinyalex.coursework.engine.student import complaints, text_of
from tinyalex.coursework.engine.task import FunctionTask, LayerTask, Lesson, Task
from tinyalex.coursework.engine.verdict import Ended, Failed, Open, Verdict

LAYER = (
    ("shapes", layer_stages.shapes),
    ("worked example", layer_stages.hand_example),
    ("specification", layer_stages.specification),
    ("side effects", layer_stages.side_effects),
    ("gradients", layer_stages.gradients),
    ("integration", layer_stages.integration),
)
FUNCTION = (
    ("worked example", function_stages.hand_example),
    ("specification", function_stages.specification),
    ("side effects", function_stages.side_effects),
)


def check_lesson(lesson: Lesson, path: Path, seed: int = 0) -> list[Verdict]:
    """A verdict on the student's file, which runs in this process, for each task of a lesson."""
    found = each_verdict(lesson, Exercise(lesson, path), seed)
    return [verdict for verdict in found if verdict is not None]


def each_verdict(
    lesson: Lesson, exercise: Any, seed: int = 0, judged: Sequence[bool] = ()
) -> Iterator[Verdict | None]:
    """None when the file has been run, then a verdict for each task that is not judged yet.

    exercise: an Exercise, or a stand-in for one in another process. If that process ends, the task
    that ended it has a verdict that says so; do not ask for another one then.
    judged: whether the tasks before were right. The library's functions stand in for wrong ones.
    """
    lent = [place for place, right in enumerate(judged) if not right and _lendable(lesson, place)]
    places = range(len(judged), len(lesson.tasks))
    try:
        complaint = str(exercise.load())
    except (Ended, Exception) as error:
        complaint = text_of(error)
    if complaint:
        failure = Failed(complaint, diagnose=False)
        yield from (failed(lesson.tasks[place], "contract", failure) for place in places)
        return
    yield None
    for place in places:
        try:
            verdict = _verdict(lesson, exercise, place, lent, seed)
        except Ended as ended:
            verdict = failed(lesson.tasks[place], "contract", Failed(str(ended), diagnose=False))
        if not verdict.passed and _lendable(lesson, place):
            lent.append(place)
        yield verdict


def _lendable(lesson: Lesson, place: int) -> bool:
    return isinstance(lesson.tasks[place], FunctionTask)


def _verdict(lesson: Lesson, exercise: Any, place: int, lent: list[int], seed: int) -> Verdict:
    """The verdict on one task of a file, with the library's functions in the place of `lent`."""
    task = lesson.tasks[place]
    try:
        reason = str(exercise.begin(place, tuple(lent)))
        if reason:
            return failed(task, "contract", Failed(reason, diagnose=False))
        submitted = exercise.submitted(place)
        names = {name for name in submitted.names_called() if isinstance(name, str)}
        verdict = check_submitted(submitted, task, seed, own=True)
        return say_what_was_lent(verdict, names, [lesson.tasks[other] for other in lent])
    except Failed as failure:
        return failed(task, "contract", failure)
    except Exception as error:  # unforeseen, such as a class without a name
        failure = Failed(f"{task.name} cannot be checked: {type(error).__name__}: {text_of(error)}")
        return failed(task, "contract", failure)


def check_task(
    written: Any, task: Task, seed: int = 0, own: bool = False, explain: bool = True
) -> Verdict:
    """The verdict on one class or function. Restores the backend that was in use.

    own: the task's methods must be the student's, not the library's.
    explain: also name the mistake, say whose code does the work, and give the reward.
    """
    return check_submitted(Submitted(written, task), task, seed, own, explain)


def check_submitted(
    submitted: Any, task: Task, seed: int, own: bool, explain: bool = True
) -> Verdict:
    """submitted: a Submitted, or a stand-in for one in another process."""
    started, before = time.perf_counter(), current_backend()
    use_backend("numpy")  # float64 on tiny arrays: nothing to compile
    if explain:
        submitted.watch()
    try:
        with np.errstate(all="ignore"):
            verdict = _judged(submitted, task, seed, own, explain)
    finally:
        use_backend(before)
        used = _library_used(submitted, task) if explain else set()
    verdict.library = ", ".join(sorted(used if verdict.passed else used - {UNKNOWN}))
    verdict.seconds = time.perf_counter() - started
    return verdict


def _library_used(submitted: Any, task: Task) -> set[str]:
    try:
        return set(submitted.used()) & {*names_of(task).values(), UNKNOWN}
    except Ended:
        return set()


def _judged(submitted: Any, task: Task, seed: int, own: bool, explain: bool) -> Verdict:
    complaint = str(submitted.complaint())
    if complaint:
        return failed(task, "contract", Failed(complaint, diagnose=False))
    claimed = submitted.missing() if own else {}
    missing = {method: str(claimed[method]) for method in task.ids if method in claimed}
    if len(missing) == len(task.ids):
        return _open(task, "contract", next(iter(missing.values())))
    return _stages(submitted.written(missing), task, seed, explain)


def _stages(written: Any, task: Task, seed: int, explain: bool) -> Verdict:
    name = "contract"
    try:
        with complaints(task, task.name):
            for name, stage in _checks(task):  # noqa: B007  (it says which stage raised)
                stage(written, task, seed)
            message = _reward(written, task) if explain else ""
    except Ended as ended:
        return failed(task, name, Failed(str(ended), diagnose=False))
    except Open as still_open:
        return _open(task, name, str(still_open), written, seed)
    except Failed as failure:
        mistake = _diagnosed(written, task, failure) if explain else None
        return failed(task, name, failure, mistake)
    stages = stages_of(task)
    return Verdict(_ids(task), task.name, "reward", True, message, stages=stages)


def _diagnosed(written: Any, task: Task, failure: Failed | Open):
    """The named mistake, or None; also None if the student's code breaks the comparison."""
    try:
        with complaints(task, task.name):
            return diagnose(written, task) if getattr(failure, "diagnose", True) else None
    except (Failed, Open):
        return None


def _open(task: Task, stage: str, message: str, written: Any = None, seed: int = 0) -> Verdict:
    """The verdict on an unfinished task: which part is missing, and whether forward is right."""
    numbers = list(task.ids.values())
    number = next((n for n in numbers if f"task {n}:" in message), numbers[0])
    untouched = number == numbers[0]
    if not untouched and "forward" in task.ids:
        try:
            with complaints(task, task.name):
                layer_stages.specification(written, task, seed)
        except (Failed, Open) as failure:
            mistake = _diagnosed(written, task, failure)
            return failed(task, "specification", Failed(f"forward: {failure}"), mistake)
        message += f"\nforward ({task.ids['forward']}) is right"
    message += (
        "\nwrite it in the lesson's exercise.py; the text is README.md beside it; "
        f"if you are stuck: python -m tinyalex.check {number[:2]} --hint"
    )
    return Verdict(
        number,
        task.name,
        stage,
        False,
        message,
        open=True,
        untouched=untouched,
        stages=stages_of(task),
    )


def _checks(task: Task) -> tuple:
    if not isinstance(task, LayerTask):
        return FUNCTION
    return LAYER if task.net is not None else LAYER[:-1]


def stages_of(task: Task) -> tuple[str, ...]:
    """The names of the stages that a task has."""
    return ("contract", *(name for name, _ in _checks(task)), "reward")


def failed(task: Task, stage: str, failure: Failed, mistake=None) -> Verdict:
    """The verdict on a task that stopped at a stage."""
    message = str(failure)
    if mistake is not None:
        message += f"\nYours has a known mistake: {mistake.description}"
    stages = stages_of(task)
    verdict = Verdict(_ids(task), task.name, stage, False, message, stages=stages)
    verdict.mistake = mistake.id if mistake is not None else None
    return verdict


def _reward(written: Any, task: Task) -> str:
    if task.reward is not None:
        return task.reward(written)
    return fact(task.name)


def _ids(task: Task) -> str:
    return ", ".join(task.ids.values())
