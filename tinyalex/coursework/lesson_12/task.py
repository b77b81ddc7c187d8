"""Lesson 12: measuring."""

from __future__ import annotations

import numpy as np

from tinyalex import metrics
from tinyalex.coursework.engine.drawn import KINDS, drawn_numbers
from tinyalex.coursework.engine.pairs import every_pair
from tinyalex.coursework.engine.task import FunctionTask, Lesson
from tinyalex.coursework.lesson_12 import mistakes
from tinyalex.coursework.mistakes import mistakes_in

LABELS = np.array([0, 2, 1, 0])
SCORES = np.array([[5.0, 3, 1], [4, 1, 2], [2, 2, 0], [1, 3, 2]])
POSITIVE = np.array([True, False, False, False, True, True])
ONE_CLASS = np.array([2.0, 3.0, 1.0, 2.0, 4.0, 5.0])


def many_classes(rng: np.random.Generator) -> list[tuple]:
    """Whole numbers for scores, so that classes tie; a constant network; k from 1 to all."""
    labels, scores = rng.integers(0, 7, 40), rng.integers(0, 5, (40, 7)).astype(float)
    fine = rng.normal(size=(25, 10))
    cases = [(labels, scores, k, ties) for k in (1, 2, 5) for ties in ("against", "share")]
    cases += [(labels, scores, 7, "against"), (np.arange(4), np.zeros((4, 4)), 1, "against")]
    cases += [(np.arange(4), np.zeros((4, 4)), 3, "share")]
    options = {"n": (5, 1, 9), "C": (3, 1, 2, 9), "k": (1, 2, 9), "numbers": KINDS}
    for choice in every_pair({**options, "ties": ("against", "share")}, rng, {"C": (12,)}):
        n, C, k, kind, ties = choice.values()
        some = drawn_numbers(kind, (n, C), rng)
        cases.append((rng.integers(0, C, n), some, min(k, C), ties))
    return [*cases, (rng.integers(0, 10, 25), fine, 1), (rng.integers(0, 10, 25), fine, 5)]


def one_column(rng: np.random.Generator) -> list[tuple]:
    some = rng.integers(0, 6, 20)
    options = {"n": (2, 1, 3, 9, 30), "numbers": KINDS}
    drawn = [
        (drawn_numbers(choice["numbers"], (choice["n"],), rng),)
        for choice in every_pair(options, rng)
    ]
    return [
        *drawn,
        (rng.normal(size=15),),
        (some.astype(float),),
        (np.full(5, 2.0),),
        (some,),
        (some[:1],),
    ]


def two_classes(rng: np.random.Generator) -> list[tuple]:
    positive = rng.permutation(np.arange(30) < 8)
    shifted = rng.normal(size=30) + positive
    drawn = []
    for choice in every_pair({"n": (2, 3, 9, 30), "share": (0.1, 0.5, 0.9), "numbers": KINDS}, rng):
        n, share, kind = choice.values()
        classes = rng.permutation(np.arange(n) < np.clip(int(share * n), 1, n - 1))
        drawn.append((classes, drawn_numbers(kind, (n,), rng)))
    return [
        *drawn,
        (positive, rng.permuted(np.arange(30.0))),
        (positive, shifted),
        (positive, shifted.round()),  # many ties
        (positive, np.zeros(30)),
        (positive, rng.integers(0, 4, 30)),
        (np.array([False, True]), np.array([0.5, 0.5])),
        (np.array([False, True, False]), np.array([-1.0, 2.0, 1.0])),
    ]


LESSON = Lesson(
    "12",
    "12_measuring",
    "Measuring",
    (
        FunctionTask(
            ids={"": "12.1"},
            reference=metrics.top_k_error,
            cases=many_classes,
            float32=True,
            hand=((LABELS, SCORES, 1), 0.75),
            mistakes=mistakes_in(mistakes, of="top_k_error"),
            raises=((LABELS, SCORES, 0), (LABELS, SCORES, 4), (LABELS, SCORES, 1, "neither")),
        ),
        FunctionTask(
            ids={"": "12.2"},
            reference=metrics.average_ranks,
            cases=one_column,
            float32=True,
            hand=((ONE_CLASS,), np.array([2.5, 4, 1, 2.5, 5, 6])),
            mistakes=mistakes_in(mistakes, of="average_ranks"),
        ),
        FunctionTask(
            ids={"": "12.3"},
            reference=metrics.auc,
            cases=two_classes,
            float32=True,
            hand=((POSITIVE, ONE_CLASS), 7.5 / 9),
            mistakes=mistakes_in(mistakes, of="auc"),
            raises=((np.ones(3, bool), np.arange(3.0)), (np.zeros(3, bool), np.arange(3.0))),
        ),
    ),
)
