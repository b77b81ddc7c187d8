"""The stages of a function's check."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np

from tinyalex.coursework.engine.compare import check_equal, same_grid
from tinyalex.coursework.engine.drawn import ARRAYS, IN_MEMORY, TOLERANCE, arranged
from tinyalex.coursework.engine.fingerprint import flatten
from tinyalex.coursework.engine.student import calls
from tinyalex.coursework.engine.task import FunctionTask
from tinyalex.coursework.engine.verdict import Failed
from tinyalex.coursework.engine.wording import call_text

FLOOR = 1e-6  # smaller numbers are compared as if they were this large: some should be 0
SINGLE = TOLERANCE["float32"]


def hand_example(written: Any, task: FunctionTask, seed: int) -> None:
    arguments, expected = task.hand
    found = calls(task, task.name, task.run, written, *copy.deepcopy(arguments))
    found, expected = flatten(found), flatten(expected)
    _same_parts(found, expected)
    for name, right in expected.items():
        what = f"\nof {call_text(task, arguments)}"
        same_grid(f"the worked example{name}", found[name], right, what)


def specification(written: Any, task: FunctionTask, seed: int) -> None:
    """Every case as it is, with its arrays in another memory order, and in float32."""
    cases = task.cases(np.random.default_rng(seed))
    rng = np.random.default_rng([seed, 5])
    for arguments in cases:
        given = copy.deepcopy(arguments)
        _meets_specification(written, task, given, arguments, "", task.tolerance)
    for arguments in filter(_has_arrays, cases):
        order = str(rng.choice(ARRAYS["order"][1:]))
        turned = each_array(arguments, lambda array, order=order: arranged(array, order))
        remark = f" with arrays {IN_MEMORY[order]}"
        _meets_specification(written, task, turned, arguments, remark, task.tolerance)
        if task.float32:
            single, double = (each_array(arguments, to) for to in (_rounded, _rounded_float64))
            _meets_specification(written, task, single, double, " in float32", SINGLE)


def _meets_specification(
    written: Any, task: FunctionTask, given: tuple, exact: tuple, remark: str, tolerance: float
) -> None:
    """Compares the result for the given arguments with the reference's for the exact ones."""
    expected = flatten(task.run(task.reference, *copy.deepcopy(exact)))
    what = f"{call_text(task, exact)}{remark}"
    found = flatten(calls(task, what, task.run, written, *given))
    _same_parts(found, expected)
    for name, right in expected.items():
        check_equal(f"the result{name}", found[name], right, tolerance, f"\nof {what}", FLOOR)


def _has_arrays(arguments: tuple) -> bool:
    found = []
    each_array(arguments, lambda array: found.append(array) or array)
    return bool(found)


def each_array(item: Any, change: Callable[[np.ndarray], np.ndarray]) -> Any:
    """The same arguments with every array in them replaced; other objects are copied."""
    if isinstance(item, np.ndarray):
        return change(item.copy())
    if isinstance(item, dict):
        return {key: each_array(value, change) for key, value in item.items()}
    if isinstance(item, tuple):
        return tuple(each_array(value, change) for value in item)
    copied = copy.deepcopy(item)
    if isinstance(item, list):  # or one of its subclasses
        copied[:] = [each_array(value, change) for value in item]
    return copied


def _rounded(array: np.ndarray) -> np.ndarray:
    return array.astype("float32") if array.dtype.kind == "f" else array


def _rounded_float64(array: np.ndarray) -> np.ndarray:
    return array.astype("float32").astype("float64") if array.dtype.kind == "f" else array


def side_effects(written: Any, task: FunctionTask, seed: int) -> None:
    """Arguments stay unchanged, and bad ones are refused."""
    for arguments in filter(_has_arrays, task.cases(np.random.default_rng(seed))):
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
