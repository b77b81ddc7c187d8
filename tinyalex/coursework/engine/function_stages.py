"""The stages of a function's check."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from tinyalex.coursework.engine.compare import check_equal, same_grid
from tinyalex.coursework.engine.fingerprint import flatten
from tinyalex.coursework.engine.student import calls
from tinyalex.coursework.engine.task import FunctionTask
from tinyalex.coursework.engine.verdict import Failed
from tinyalex.coursework.engine.wording import call_text


def hand_example(written: Any, task: FunctionTask, seed: int) -> None:
    arguments, expected = task.hand
    found = calls(task, task.name, task.run, written, *copy.deepcopy(arguments))
    found, expected = flatten(found), flatten(expected)
    _same_parts(found, expected)
    for name, right in expected.items():
        what = f"\nof {call_text(task, arguments)}"
        same_grid(f"the worked example{name}", found[name], right, what)


def specification(written: Any, task: FunctionTask, seed: int) -> None:
    for arguments in task.cases(np.random.default_rng(seed)):
        expected = flatten(task.run(task.reference, *copy.deepcopy(arguments)))
        what = call_text(task, arguments)
        found = flatten(calls(task, what, task.run, written, *copy.deepcopy(arguments)))
        _same_parts(found, expected)
        for name, right in expected.items():
            check_equal(f"the result{name}", found[name], right, task.tolerance, f"\nof {what}")


def side_effects(written: Any, task: FunctionTask, seed: int) -> None:
    """Arguments stay unchanged, and bad ones are refused."""
    for arguments in task.cases(np.random.default_rng(seed)):
        given = copy.deepcopy(arguments)
        calls(task, task.name, task.run, written, *given)
        for place, (after, before) in enumerate(zip(given, arguments, strict=True)):
            if isinstance(before, np.ndarray) and after.tobytes() != before.tobytes():
                raise Failed(
                    f"argument {place + 1} was changed, but it belongs to the caller: use a copy"
                )
    for arguments in task.raises:
        try:
            task.run(written, *copy.deepcopy(arguments))
        except ValueError:
            continue
        except Exception as error:
            raise Failed(
                f"{call_text(task, arguments)} raised {type(error).__name__}; "
                "raise a ValueError for bad input"
            ) from None
        raise Failed(f"{call_text(task, arguments)} must raise a ValueError")


def _same_parts(found: dict, expected: dict) -> None:
    if found.keys() != expected.keys():
        names = [", ".join(name or "one value" for name in d) for d in (found, expected)]
        raise Failed(f"the result has the parts {names[0]}; expected {names[1]}")
