"""The closing line of a right verdict tells what the layer does in AlexNet: recomputed here."""

import math
import re

import pytest

from tinyalex.coursework.engine.in_alexnet import FACTS, fact
from tinyalex.coursework.engine.lessons import lessons
from tinyalex.coursework.engine.task import LayerTask
from tinyalex.models import alexnet
from tinyalex.summary import summarize

ROWS = summarize(alexnet(1000, variant="paper"), (1, 224, 224, 3))
PARAMETERS, MULTIPLY_ADDS = (
    sum(getattr(row, what) for row in ROWS) for what in ("parameters", "multiply_adds")
)
COUNTS = {"two": 2, "three": 3, "five": 5, "seven": 7}


def told(name):
    found = [
        float(word.replace(",", "")) for word in re.findall(r"\d[\d,]*(?:\.\d+)?", FACTS[name])
    ]
    return found, [
        COUNTS[word] for word in re.findall(r"\w+", FACTS[name].lower()) if word in COUNTS
    ]


def rows(kind):
    return [row for row in ROWS if row.layer == kind]


def test_linear():
    found, (count,) = told("Linear")
    share, work = (
        sum(getattr(r, w) for r in rows("Linear")) for w in ("parameters", "multiply_adds")
    )
    assert count == len(rows("Linear"))
    assert found == [
        round(share / 1e6, 1),
        round(PARAMETERS / 1e6, 1),
        round(100 * share / PARAMETERS, 1),
        round(100 * work / MULTIPLY_ADDS, 1),
    ]


def test_convolution():
    found, (count,) = told("Conv2d")
    share, work = (
        sum(getattr(r, w) for r in rows("Conv2d")) for w in ("parameters", "multiply_adds")
    )
    assert count == len(rows("Conv2d"))
    assert found == [
        round(work / 1e6, 1),
        round(MULTIPLY_ADDS / 1e6, 1),
        round(100 * work / MULTIPLY_ADDS, 1),
        round(100 * share / PARAMETERS, 1),
    ]


@pytest.mark.parametrize("name", ["ReLU", "LocalResponseNorm"])
def test_numbers_that_pass(name):
    found, (count,) = told(name)
    assert count == len(rows(name))
    assert sum(math.prod(row.shape) for row in rows(name)) in found


def test_pooling():
    found, (count,) = told("MaxPool2d")
    sizes = [row.shape[0] for row in rows("MaxPool2d")]
    assert count == len(sizes)
    assert found == [3, 3, 2, 55, 55, *(size for size in sizes for _ in range(2))]


def test_dropout():
    found, (count,) = told("Dropout")
    assert count == len(rows("Dropout"))
    sizes = [math.prod(row.shape) for row in rows("Dropout")]
    assert found == [6, 7, sizes[0], 2, sum(sizes)]


def test_loss():
    assert told("SoftmaxCrossEntropy")[0] == [1000, 0, 1000, round(math.log(1000), 2)]


def test_each_layer_of_the_course_has_a_fact():
    tasks = [task for lesson in lessons().values() for task in lesson.tasks]
    assert all(fact(task.name) for task in tasks if isinstance(task, LayerTask))
