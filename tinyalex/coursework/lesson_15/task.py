"""Lesson 15: making it fast."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from tinyalex.coursework.engine.drawn import KINDS, drawn_numbers
from tinyalex.coursework.engine.pairs import every_pair
from tinyalex.coursework.engine.task import FunctionTask, Lesson
from tinyalex.coursework.lesson_15 import mistakes
from tinyalex.coursework.lesson_15 import solution as winograd_line
from tinyalex.coursework.mistakes import mistakes_in
from tinyalex.support.beside import runs_beside

D = np.array([[1.0], [4], [2], [3], [5]])
G = np.reshape([2.0, 1, 4], (3, 1, 1))


def lines(rng: np.random.Generator) -> list[tuple]:
    """Lines with even and odd numbers of outputs, down to one."""
    options = {"W": (10, 11, 3, 4, 5), "C": (3, 2, 1, 4, 5, 9), "numbers": KINDS}
    return [(drawn_numbers(kind, (W, C), rng),) for W, C, kind in _choices(options, rng)]


def kernels(rng: np.random.Generator) -> list[tuple]:
    options = {"C": (3, 1, 2, 5, 9), "K": (2, 1, 3, 5, 9), "numbers": KINDS}
    return [(drawn_numbers(kind, (3, C, K), rng),) for C, K, kind in _choices(options, rng)]


def both(rng: np.random.Generator) -> list[tuple]:
    options = {"W": (10, 11, 3, 4, 5), "C": (3, 1, 2, 5, 9), "K": (2, 1, 3, 5, 9)}
    options |= {"d": KINDS, "g": KINDS}
    return [
        (drawn_numbers(d, (W, C), rng), drawn_numbers(g, (3, C, K), rng))
        for W, C, K, d, g in _choices(options, rng)
    ]


def _choices(options: dict, rng: np.random.Generator) -> list[tuple]:
    return [tuple(choice.values()) for choice in every_pair(options, rng)]


def timing(written: Callable) -> str:
    """Yours beside three plain products, on a line short enough for plain loops as well."""
    rng = np.random.default_rng(0)
    d = rng.normal(size=(202, 32)).astype("float32")
    g = rng.normal(size=(3, 32, 32)).astype("float32")
    yours, plain = (
        1e3 * min(_seconds(way, d, g) for _ in range(3)) for way in (written, _three_products)
    )
    return f"200 places, 32 → 32 channels: yours {yours:.2f} ms, plainly {plain:.2f} ms"


def _three_products(d: np.ndarray, g: np.ndarray) -> np.ndarray:
    return sum(d[i : i + 200] @ g[i] for i in range(3))


@runs_beside  # the way to another process would take longer
def _seconds(way: Callable, d: np.ndarray, g: np.ndarray) -> float:
    started = time.perf_counter()
    way(d, g)
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
            float32=True,
            hand=((D,), np.reshape([[1.0, 3], [6, 8], [-2, 2], [-1, -3]], (4, 2, 1))),
            mistakes=mistakes_in(mistakes, of="transform_input"),
            raises=((np.zeros((2, 3)),),),
        ),
        FunctionTask(
            ids={"": "15.2"},
            reference=winograd_line.transform_kernel,
            cases=kernels,
            float32=True,
            hand=((G,), np.reshape([-2.0, 3.5, 2.5, 4], (4, 1, 1))),
            mistakes=mistakes_in(mistakes, of="transform_kernel"),
        ),
        FunctionTask(
            ids={"": "15.3"},
            reference=winograd_line.winograd_convolve,
            cases=both,
            float32=True,
            hand=((D, G), np.array([[14.0], [22], [27]])),
            mistakes=mistakes_in(mistakes, of="winograd_convolve"),
            reward=timing,
        ),
    ),
)
