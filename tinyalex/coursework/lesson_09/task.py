"""Lesson 09: the whole AlexNet."""

from __future__ import annotations

import numpy as np

from tinyalex.coursework.engine.pairs import every_pair
from tinyalex.coursework.engine.task import FunctionTask, Lesson
from tinyalex.coursework.engine.verdict import Failed
from tinyalex.coursework.lesson_09 import mistakes
from tinyalex.coursework.lesson_09.solution import conv_counts, paper_alexnet
from tinyalex.coursework.mistakes import mistakes_in
from tinyalex.models import Sequential
from tinyalex.support.beside import runs_beside

MANY = 10_000  # weights from which their deviation can be told
FAR = 6.0  # standard deviations: a right network comes that far off once in ten million checks

# Section 3.5 in numbers: output, parameters, multiply-adds. fc6 and fc7 have 16 neurons here, not
# 4,096, so that the check takes no time.
TABLE = """
    conv1   55 55 96   34944  105415200
    relu1   55 55 96       0          0
    norm1   55 55 96       0          0
    pool1   27 27 96       0          0
    conv2   27 27 256 307456  223948800
    relu2   27 27 256      0          0
    norm2   27 27 256      0          0
    pool2   13 13 256      0          0
    conv3   13 13 384 885120  149520384
    relu3   13 13 384      0          0
    conv4   13 13 384 663936  112140288
    relu4   13 13 384      0          0
    conv5   13 13 256 442624   74760192
    relu5   13 13 256      0          0
    pool5    6  6 256      0          0
    flatten      9216      0          0
    fc6            16 147472     147456
    relu6          16      0          0
    drop6          16      0          0
    fc7            16    272        256
    relu7          16      0          0
    drop7          16      0          0
    fc8          1000  17000      16000"""


def _rows() -> dict[str, list[int]]:
    lines = [line.split() for line in TABLE.strip().splitlines()]
    return {name: [int(text) for text in numbers] for name, *numbers in lines}


def by_hand() -> dict[str, dict]:
    """The table in the form of `described`."""
    return {
        name: {
            "place in the network": place,
            "output": np.array(numbers[:-2]),
            "parameters": numbers[-2],
            "multiply-adds": numbers[-1],
        }
        for place, (name, numbers) in enumerate(_rows().items(), start=1)
    }


NAMES = tuple(_rows())


@runs_beside  # a network has a thousand things to ask for
def described(builder, num_classes: int, image_size: int, hidden: int, seed=0, settings=False):
    """What each layer of the network outputs and costs, or how it is set."""
    net = builder(num_classes, image_size, hidden, np.random.default_rng(seed))
    if not isinstance(net, Sequential):
        raise Failed(f"{builder.__name__} returns a {type(net).__name__}, not a Sequential")
    names = [name for name, _ in net]
    if set(names) != set(NAMES):
        odd = sorted(set(names) ^ set(NAMES))
        raise Failed(f"missing or not expected: {', '.join(odd)}\nyour layers: {' '.join(names)}")
    shape, found = (1, image_size, image_size, 3), {}
    for place, (name, layer) in enumerate(net, start=1):
        before, shape = shape, layer.output_shape(shape)
        found[name] = {
            "place in the network": place,
            "output": np.array(shape[1:]),
            "parameters": sum(array.size for array in layer.params.values()),
            "multiply-adds": layer.multiply_adds(before),
        }
        if settings:
            found[name] |= _settings(layer)
    if settings:
        again = builder(num_classes, image_size, hidden, np.random.default_rng(seed))
        found["fc8"]["same rng, same weights"] = int(_same_weights(net, again))
    return {name: found[name] for name in NAMES}


def _same_weights(net: Sequential, other: Sequential) -> bool:
    """Whether two networks drawn from the same random numbers are equal."""
    pairs = zip(net.parameters().values(), other.parameters().values(), strict=True)
    return all(np.array_equal(one, another) for one, another in pairs)


def _deviates(weights: np.ndarray, deviation: float) -> int:
    """1 if the weights' own deviation is as near as independent normal draws have it, else 0."""
    found = weights.std(dtype=float) / deviation
    return int(abs(found - 1) < FAR / np.sqrt(2 * weights.size))


def _settings(layer) -> dict:
    """What the shapes do not tell."""
    found = {}
    for name in ("kernel_size", "stride", "padding", "groups"):
        if hasattr(layer, name):
            found[name] = np.ravel(getattr(layer, name))
    for name in ("size", "alpha", "beta", "k", "divide_by_size", "p"):
        if hasattr(layer, name):
            found[name] = float(getattr(layer, name))
    if layer.params:
        found["mean of the biases"] = float(layer.params["b"].mean())
        if layer.params["W"].size >= MANY:
            found["weights are drawn with deviation .01"] = _deviates(layer.params["W"], 0.01)
    return found | {f"is a {type(layer).__name__}": 1}


def five_convolutions(written) -> str:
    """A reward: AlexNet's convolutions in numbers, by the student's function."""
    rows = [written(*arguments) for arguments in ALEXNET]
    learned, adds = (sum(row[place] for row in rows) for place in (1, 2))
    return f"AlexNet's five convolutions: {learned:,} parameters, {adds:,} multiply-adds"


ALEXNET = (
    ((224, 224, 3), 96, 11, 4, (0, 3)),
    ((27, 27, 96), 256, 5, 1, (2, 2), 2),
    ((13, 13, 256), 384, 3, 1, (1, 1)),
    ((13, 13, 384), 384, 3, 1, (1, 1), 2),
    ((13, 13, 384), 256, 3, 1, (1, 1), 2),
)


def geometries(rng: np.random.Generator) -> list[tuple]:
    """AlexNet's five layers, other people's conv1, and sizes that no stride divides."""
    H, W = rng.integers(9, 20, 2).tolist()
    options = {"size": (3, 1, 2, 4), "stride": (1, 2, 3), "before": (0, 1, 2), "after": (0, 1, 3)}
    options |= {"groups": (1, 2, 3), "C": (1, 2, 3), "K": (1, 2, 3), "more": (0, 1, 5)}
    alone = {"size": (7, 10), "stride": (5, 9), "groups": (5, 9), "more": (12,)}
    drawn = []
    for choice in every_pair(options, rng, alone):
        size, stride, before, after, groups, C, K, more = choice.values()
        shape = (
            max(size - before - after, 1) + more,
            max(size - before - after, 1) + 2,
            groups * C,
        )
        drawn.append((shape, groups * K, size, stride, (before, after), groups))
    return [
        *drawn,
        *ALEXNET,
        ((1, 1, 1), 1, 1),
        ((H, W, 3), 5, 3),  # stride, padding and groups by default
        ((227, 227, 3), 96, 11, 4),
        ((224, 224, 3), 96, 11, 4),
        ((224, 224, 3), 64, 11, 4, (2, 2)),
        ((H, W, 12), 18, 3, 2, (1, 0), 3),
        ((W, H, 6), 4, 5, 3, (0, 2), 2),
    ]


def small_networks(rng: np.random.Generator) -> list[tuple]:
    """Classes, the picture's size, neurons of fc6 and fc7, a seed; compared with all settings."""
    classes, size, hidden, seed = rng.integers((2, 64, 3, 0), (60, 130, 20, 2**31)).tolist()
    drawn = [(1, size, 1), (classes, 68, hidden), (40, 67, 256), (1000, 67, 1024)]
    return [(*sizes, seed, True) for sizes in drawn]


LESSON = Lesson(
    "09",
    "09_the_whole_alexnet",
    "The whole AlexNet",
    (
        FunctionTask(
            ids={"": "09.1"},
            reference=conv_counts,
            cases=geometries,
            hand=(((9, 6, 4), 6, 3, 2, (0, 1), 2), (np.array([4, 3, 6]), 114, 1296)),
            mistakes=mistakes_in(mistakes, of="conv_counts"),
            reward=five_convolutions,
            raises=(
                ((9, 9, 3), 4, 3, 1, (0, 0), 2),
                ((9, 9, 4), 3, 3, 1, (0, 0), 2),
                ((4, 9, 3), 4, 5),
                ((9, 4, 3), 4, 5),
            ),
        ),
        FunctionTask(
            ids={"": "09.2"},
            reference=paper_alexnet,
            cases=small_networks,
            hand=((1000, 224, 16), by_hand()),
            mistakes=mistakes_in(mistakes, of="paper_alexnet"),
            run=described,
        ),
    ),
)
