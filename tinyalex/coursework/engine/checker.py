"""The staged check of a task: it stops at the first stage that fails and says why."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from tinyalex.backend import current_backend, use_backend
from tinyalex.coursework.engine import function_stages, guard, layer_stages
from tinyalex.coursework.engine.diagnosis import diagnose
from tinyalex.coursework.engine.helpers import lend, say_what_was_lent
from tinyalex.coursework.engine.library_used import UNKNOWN, watched
from tinyalex.coursework.engine.student import (
    check_signatures,
    complaints,
    load_module,
    not_written,
    text_of,
    written_object,
)
from tinyalex.coursework.engine.task import FunctionTask, LayerTask, Lesson, Task
from tinyalex.coursework.engine.verdict import Failed, Open, Verdict

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
    """A verdict on the student's file for each task of a lesson."""
    return [verdict for verdict in each_verdict(lesson, path, seed) if verdict is not None]


def each_verdict(
    lesson: Lesson, path: Path, seed: int = 0, judged: Sequence[bool] = ()
) -> Iterator[Verdict | None]:
    """None when the file has been run, then a verdict for each task that is not judged yet.

    judged: whether the tasks before were right. The library's functions stand in for wrong ones.
    """
    before_these = zip(lesson.tasks, judged, strict=False)
    lent = [task for task, right in before_these if not right and isinstance(task, FunctionTask)]
    tasks = lesson.tasks[len(judged) :]
    before = guard.snapshot(lesson)
    try:
        module = load_module(path)
    except Failed as failure:
        yield from (failed(task, "contract", failure) for task in tasks)
        return
    yield None
    for task in tasks:
        verdict = _verdict(module, task, lent, seed)
        name = guard.changed(before, lesson)
        if name is not None:
            failure = Failed(f"exercise.py must not change {name}", diagnose=False)
            verdict = failed(task, "contract", failure)
        if not verdict.passed and isinstance(task, FunctionTask):
            lent.append(task)
        yield verdict


def _verdict(module: ModuleType, task: Task, lent: list[Task], seed: int) -> Verdict:
    """The verdict on one task of a file, with the library's functions in the place of `lent`."""
    lend(module, lent)
    try:
        written = written_object(module, task)
        return say_what_was_lent(check_task(written, task, seed, own=True), written, lent)
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
    started, before = time.perf_counter(), current_backend()
    use_backend("numpy")  # float64 on tiny arrays: nothing to compile
    try:
        with np.errstate(all="ignore"), watched(task) if explain else nullcontext(set()) as used:
            verdict = _judged(written, task, seed, own, explain)
    finally:
        use_backend(before)
    verdict.library = ", ".join(sorted(used if verdict.passed else used - {UNKNOWN}))
    verdict.seconds = time.perf_counter() - started
    return verdict


def _judged(written: Any, task: Task, seed: int, own: bool, explain: bool) -> Verdict:
    try:
        check_signatures(written, task)
    except Failed as failure:
        return failed(task, "contract", failure)
    missing = not_written(written, task) if own else {}
    if len(missing) == len(task.ids):
        return _open(task, "contract", next(iter(missing.values())))
    return _stages(_with_stubs(written, missing), task, seed, explain)


def _with_stubs(written: Any, missing: dict[str, str]) -> Any:
    """The class, but methods that it inherits from the library raise NotImplementedError."""

    def stub(message: str) -> Callable:
        def method(self, *arguments, **options):
            raise NotImplementedError(message)

        return method

    methods = {name: stub(message) for name, message in missing.items()}
    return type(written)(written.__name__, (written,), methods) if methods else written


def _stages(written: Any, task: Task, seed: int, explain: bool) -> Verdict:
    name = "contract"
    try:
        with complaints(task, task.name):
            for name, stage in _checks(task):  # noqa: B007  (it says which stage raised)
                stage(written, task, seed)
            message = _reward(written, task) if explain else ""
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
        message += f"\nYours equals a known mistake: {mistake.description}"
    stages = stages_of(task)
    verdict = Verdict(_ids(task), task.name, stage, False, message, stages=stages)
    verdict.mistake = mistake.id if mistake is not None else None
    return verdict


def _reward(written: Any, task: Task) -> str:
    if task.reward is not None:
        return task.reward(written)
    return layer_stages.timing(written, task) if isinstance(task, LayerTask) else ""


def _ids(task: Task) -> str:
    return ", ".join(task.ids.values())
