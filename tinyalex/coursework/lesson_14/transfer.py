"""Transfer in small: from some of the built-in classes to others, in about a minute.

A network of three convolutions learns 30 classes, six colours × five patterns. Ten others are then
learnt from a few pictures each, in several ways: NEAR has the same patterns in two new colours, FAR
new patterns as well. Lesson 14 and its notebook use it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tinyalex.coursework.lesson_14.solution import class_means, linear_probe, nearest_class
from tinyalex.coursework.small.nets import small_net
from tinyalex.coursework.small.pictures import PATTERNS, names_of, of_classes
from tinyalex.coursework.small.training import train_flipped
from tinyalex.models import Sequential

TRUNK = ("conv1", "conv2", "conv3", "fc4")
GENTLE = 0.005  # the rate of fine-tuning; the trunk takes a fifth of it
_SEEN, _NEW = ("black", "blue", "green", "red", "white", "yellow"), ("orange", "purple")
SOURCE = names_of(_SEEN, PATTERNS[::2])
NEAR = names_of(_NEW, PATTERNS[::2])
FAR = names_of(_NEW, PATTERNS[1::2])


class Set(NamedTuple):
    """x (n, 32, 32, 3) float32 of about unit variance, and labels (n,)."""

    x: np.ndarray
    labels: np.ndarray


def pictures(names: list[str], count: int, split: str = "train") -> Set:
    """`count` pictures of each class, made small. The same call gives the same pixels."""
    x, labels = of_classes(names, count, 32, split)
    return Set((x - 110) / 60, labels)


def beginner(num_classes: int, seed: int = 0) -> Sequential:
    """A network whose fc5 begins at zero, so that it does not disturb a trained trunk."""
    return small_net(num_classes, np.random.default_rng(seed), last="zeros")


def source_net(count: int = 20, steps: int = 400, seed: int = 0) -> Sequential:
    """A network that has learnt SOURCE, from `count` pictures of each class."""
    net = beginner(len(SOURCE), seed)
    train_flipped(net, *pictures(SOURCE, count), steps, seed=seed)
    return net


def features(net: Sequential, x: np.ndarray) -> np.ndarray:
    """relu4's output: (n, 64), in float64."""
    return Sequential(net.layers[:-1]).predict(x).astype(float)


def take_trunk(net: Sequential, trained: Sequential, last: str = "fc5") -> None:
    """Copies the weights of all layers but the last into net, which learns other classes."""
    state = net.state_dict()
    kept = {k: v for k, v in trained.state_dict().items() if not k.startswith(f"{last}.")}
    net.load_state_dict({**state, **kept})


class Transfer(NamedTuple):
    """Shares of the test pictures that are answered rightly, by way of learning."""

    pixels: float  # nearest class mean of the pixels themselves
    nearest_mean: float  # nearest class mean of the features
    probe: float  # a linear probe on the features
    fine_tuned: float  # all layers go on learning
    from_scratch: float  # the same network, steps and pictures, from random weights


def transfer(
    trained: Sequential,
    names: list[str] = NEAR,
    shots: int = 3,
    tests: int = 20,
    steps: int = 100,
    seed: int = 0,
) -> Transfer:
    """Learns the classes `names` from `shots` pictures of each, and measures on `tests` others.

    trained: what `source_net()` returns.
    """
    some, test = pictures(names, shots), pictures(names, tests, "val")
    C, found = len(names), {}

    def score(name: str, answers: np.ndarray) -> None:
        found[name] = float((answers == test.labels).mean())

    flat = [s.x.reshape(len(s.x), -1).astype(float) for s in (some, test)]
    score("pixels", nearest_class(flat[1], class_means(flat[0], some.labels, C)))
    known, asked = features(trained, some.x), features(trained, test.x)
    score("nearest_mean", nearest_class(asked, class_means(known, some.labels, C)))
    W, b = linear_probe(known, some.labels, C, decay=0.1)
    score("probe", (asked @ W + b).argmax(axis=1))
    for name in ("fine_tuned", "from_scratch"):
        net = beginner(C, seed + 1)
        if name == "fine_tuned":
            take_trunk(net, trained)
            train_flipped(net, *some, steps, GENTLE, seed, layer_rates=dict.fromkeys(TRUNK, 0.2))
        else:
            train_flipped(net, *some, steps, seed=seed)
        score(name, net.predict(test.x).argmax(axis=1))
    return Transfer(**found)
