"""Lesson 15: making it fast."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from tinyalex.coursework.engine.task import FunctionTask, Lesson
from tinyalex.coursework.lesson_15 import mistakes
from tinyalex.coursework.lesson_15 import solution as winograd_line
from tinyalex.coursework.mistakes import mistakes_in

D = np.array([[1.0], [4], [2], [3], [5]])
G = np.reshape([2.0, 1, 4], (3, 1, 1))


def lines(rng: np.random.Generator) -> list[tuple]:
    """Lines with even and odd numbers of outputs, down to one."""
    return [(rng.normal(size=(W, C)),) for W, C in ((10, 3), (11, 2), (3, 4), (4, 1), (5, 1))]


def kernels(rng: np.random.Generator) -> list[tuple]:
    return [(rng.normal(size=(3, C, K)),) for C, K in ((3, 5), (1, 1), (4, 2))]


def both(rng: np.random.Generator) -> list[tuple]:
    sizes = ((10, 3, 5), (11, 2, 4), (3, 4, 2), (4, 2, 1), (5, 2, 3))
    return [(rng.normal(size=(W, C)), rng.normal(size=(3, C, K))) for W, C, K in sizes]


def timing(written: Callable) -> str:
    """Yours beside three plain products, on a line short enough for plain loops as well."""
    rng = np.random.default_rng(0)
    d = rng.normal(size=(202, 32)).astype("float32")
    g = rng.normal(size=(3, 32, 32)).astype("float32")
    ways = (lambda: written(d, g), lambda: sum(d[i : i + 200] @ g[i] for i in range(3)))
    yours, plain = (1e3 * min(_seconds(way) for _ in range(3)) for way in ways)
    return f"200 places, 32 → 32 channels: yours {yours:.2f} ms, plainly {plain:.2f} ms"


def _seconds(way: Callable) -> float:
    started = time.perf_counter()
    way()
    return time.perf_counter() - started


LESSON = Lesson(
    "15",
    "15_making_it_fast",
    "Making it fast",
    (
        FunctionTask(
            ids={"": "15.1"},
            reference=winograd_line.transform_input,
            cases=lines,
            hand=((D,), np.reshape([[1.0, 3], [6, 8], [-2, 2], [-1, -3]], (4, 2, 1))),
            mistakes=mistakes_in(mistakes, of="transform_input"),
            raises=((np.zeros((2, 3)),),),
        ),
        FunctionTask(
            ids={"": "15.2"},
            reference=winograd_line.transform_kernel,
            cases=kernels,
            hand=((G,), np.reshape([-2.0, 3.5, 2.5, 4], (4, 1, 1))),
            mistakes=mistakes_in(mistakes, of="transform_kernel"),
        ),
        FunctionTask(
            ids={"": "15.3"},
            reference=winograd_line.winograd_convolve,
            cases=both,
            hand=((D, G), np.array([[14.0], [22], [27]])),
            mistakes=mistakes_in(mistakes, of="winograd_convolve"),
            reward=timing,
        ),
    ),
)
