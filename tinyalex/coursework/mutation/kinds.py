"""Situations by the kind of argument that they are about: {in words: test of the value}."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Tests = dict[str, Callable[[Any], bool]]


def _largest(array: np.ndarray) -> float:
    return float(np.abs(array).max()) if array.dtype.kind in "fiu" else 0.0


def _strided(array: np.ndarray, fortran: bool) -> bool:
    flags = array.flags
    return not flags.c_contiguous and flags.f_contiguous == fortran


def _numbers(value: Any) -> list:
    """A number, or the numbers in nested tuples."""
    if isinstance(value, tuple | list):
        return [number for item in value for number in _numbers(item)]
    return [value]


def _over(*bounds: int) -> Tests:
    return {f"{{}} is over {b}": lambda value, b=b: max(_numbers(value)) > b for b in bounds}


LARGE: Tests = {
    "a number of {} is over 20": lambda a: _largest(a) > 20,
    "a number of {} is over 1000": lambda a: _largest(a) > 1000,
    "all numbers of {} are below .01": lambda a: _largest(a) < 0.01,
}
MANY: Tests = {
    "{} has over 3 rows": lambda a: len(a) > 3,
    "{} has over 6 rows": lambda a: len(a) > 6,
}
ARRAYS: dict[str, Tests] = {
    "dtype": {"{} is float32": lambda a: a.dtype == np.float32},
    "memory": {
        "{} is in Fortran order": lambda a: _strided(a, fortran=True),
        "{} is a view with gaps": lambda a: _strided(a, fortran=False),
    },
    "gaps": {"{} is a view with gaps": lambda a: _strided(a, fortran=False)},
    "rows": {"{} has one row": lambda a: len(a) == 1, **MANY},
    "many": MANY,
    "axis": {
        "the last axis of {} is 1 long": lambda a: a.shape[-1] == 1,
        "the last axis of {} is over 4 long": lambda a: a.shape[-1] > 4,
        "the last axis of {} is over 8 long": lambda a: a.shape[-1] > 8,
        "the last axis of {} is odd": lambda a: a.shape[-1] % 2 == 1,
    },
    "map": {
        "the height of {} is odd": lambda a: a.ndim == 4 and a.shape[1] % 2 == 1,
        "the width of {} is even": lambda a: a.ndim == 4 and a.shape[2] % 2 == 0,
        "{} is wider than high": lambda a: a.ndim == 4 and a.shape[2] > a.shape[1],
        "{} is higher than wide": lambda a: a.ndim == 4 and a.shape[1] > a.shape[2],
        "{} is square": lambda a: a.ndim == 4 and a.shape[1] == a.shape[2],
        "{} is over 8 high": lambda a: a.ndim == 4 and a.shape[1] > 8,
    },
    "sizes": {
        "the height of {} is odd": lambda a: a.shape[0] % 2 == 1,
        "the width of {} is even": lambda a: a.shape[1] % 2 == 0,
        "{} is wider than high": lambda a: a.shape[1] > a.shape[0],
        "{} is higher than wide": lambda a: a.shape[0] > a.shape[1],
        "{} is square": lambda a: a.shape[0] == a.shape[1],
        "{} is over 8 high": lambda a: a.shape[0] > 8,
    },
    "large": LARGE,
    "far": {"a number of {} is over 20": lambda a: _largest(a) > 20},
    "asked": {
        "a number of {} is over 20": lambda a: _largest(a) > 20,
        "a number of {} is 0": lambda a: (a == 0).any(),
        "no number of {} is 0": lambda a: (a != 0).all(),
    },
    "values": {
        **LARGE,
        "no number of {} is negative": lambda a: a.min() >= 0,
        "no number of {} is positive": lambda a: a.max() <= 0,
        "a number of {} is 0": lambda a: (a == 0).any(),
        "two numbers of {} are equal": lambda a: np.unique(a).size < a.size,
    },
}
COUNT: Tests = {
    **_over(1, 2, 4, 8),
    "{} is 1": lambda value: value == 1,
    "{} is even": lambda value: value > 0 and value % 2 == 0,
}
PAIR: Tests = {
    **_over(1, 2, 3),
    "the numbers of {} differ": lambda value: len(set(_numbers(value))) > 1,
    "{} falls": lambda value: _numbers(value)[0] > _numbers(value)[-1],
    "{} rises": lambda value: _numbers(value)[0] < _numbers(value)[-1],
}
STEP: Tests = {
    "{} is over .5": lambda value: value > 0.5,
    "{} is below .05": lambda value: 0 < value < 0.05,
}
KINDS: dict[str, Tests] = {
    **ARRAYS,
    "count": COUNT,
    "count0": {**COUNT, "{} is 0": lambda value: value == 0},
    "pair": {**PAIR, "{} is 1": lambda value: set(_numbers(value)) == {1}},
    "sides": {
        **_over(0, 1, 2),
        "the numbers of {} differ": PAIR["the numbers of {} differ"],
        "{} falls": PAIR["{} falls"],
        "{} rises": PAIR["{} rises"],
        "{} is 0": lambda value: not any(_numbers(value)),
    },
    "step": STEP,
    "share": {**STEP, "{} is 0": lambda value: value == 0},
    "factor": {
        "{} is over 1": lambda value: value > 1,
        "{} is over 4": lambda value: value > 4,
        "{} is below .1": lambda value: value < 0.1,
        "{} is .5 to .9": lambda value: 0.5 <= value < 0.9,
    },
    "number": {"{} is positive": lambda value: value > 0},
    "switch": {
        "{} is on": lambda value: value is True,
        "{} is off": lambda value: value is False,
    },
    "text": {
        "{} comes early in the alphabet": lambda value: value < "f",
        "{} comes late in the alphabet": lambda value: value >= "f",
    },
}
