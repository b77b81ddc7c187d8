"""The staged check of a task: it stops at the first stage that fails and says why."""

from __future__ import annotations

import time
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from tinyalex.backend import current_backend, use_backend
from tinyalex.coursework.engine import function_stages, layer_stages
from tinyalex.coursework.engine.fingerprint import diagnose
from tinyalex.coursework.engine.helpers import lend, say_what_was_lent
from tinyalex.coursework.engine.student import (
    check_signatures,
    complaints,
    load_module,
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
    try:
        module = load_module(path)
    except Failed as failure:
        return [failed(task, "contract", failure) for task in lesson.tasks]
    verdicts, lent = [], []
    for task in lesson.tasks:
        verdict = _check_in(module, task, lent, seed)
        if not verdict.passed and isinstance(task, FunctionTask):
            lent.append(task)
        verdicts.append(verdict)
    return verdicts


def _check_in(module: ModuleType, task: Task, lent: list[Task], seed: int) -> Verdict:
    """The verdict on one task of a file, with the library's functions in the place of `lent`."""
    lend(module, lent)
    try:
        written = written_object(module, task)
    except Failed as failure:
        return failed(task, "contract", failure)
    return say_what_was_lent(check_task(written, task, seed), written, lent)


def check_task(written: Any, task: Task, seed: int = 0) -> Verdict:
    """The verdict on one class or function. Restores the backend that was in use."""
    started, before = time.perf_counter(), current_backend()
    use_backend("numpy")  # float64 on tiny arrays: nothing to compile
    try:
        with np.errstate(all="ignore"):
            verdict = _stages(written, task, seed)
    finally:
        use_backend(before)
    verdict.seconds = time.perf_counter() - started
    return verdict


def _stages(written: Any, task: Task, seed: int) -> Verdict:
    stages = LAYER if isinstance(task, LayerTask) else FUNCTION
    name = "contract"
    try:
        with complaints(task, task.name):
            check_signatures(written, task)
            for name, stage in stages:  # noqa: B007  (it says which stage raised)
                stage(written, task, seed)
    except Open as still_open:
        first = next(iter(task.ids.values()))
        message = (
            f"{still_open}\nwrite it in the lesson's exercise.py; the text is README.md beside it; "
            f"if you are stuck: python -m tinyalex.check {first[:2]} --hint"
        )
        return Verdict(first, task.name, name, False, message, open=True)
    except Failed as failure:
        mistake = diagnose(written, task) if failure.diagnose else None
        return failed(task, name, failure, mistake)
    return Verdict(_ids(task), task.name, "reward", True, _reward(written, task))


def failed(task: Task, stage: str, failure: Failed, mistake=None) -> Verdict:
    """The verdict on a task that stopped at a stage."""
    message = str(failure)
    if mistake is not None:
        message += f"\nYours equals a known mistake: {mistake.description}"
    verdict = Verdict(_ids(task), task.name, stage, False, message)
    verdict.mistake = mistake.id if mistake is not None else None
    return verdict


def _reward(written: Any, task: Task) -> str:
    if task.reward is not None:
        return task.reward(written)
    return layer_stages.timing(written, task) if isinstance(task, LayerTask) else ""


def _ids(task: Task) -> str:
    return ", ".join(task.ids.values())
