"""Transfer in small: from some of the built-in classes to others, in about a minute.

A network of three convolutions learns 30 classes, six colours × five patterns. Ten others are then
learnt from a few pictures each, in several ways: NEAR has the same patterns in two new colours, FAR
new patterns as well. Lesson 14 and its notebook use it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tinyalex.coursework.lesson_14.solution import class_means, linear_probe, nearest_class
from tinyalex.data.builtin import CLASS_NAMES, draw_picture
from tinyalex.layers import Conv2d, Flatten, Linear, MaxPool2d, ReLU, SoftmaxCrossEntropy
from tinyalex.models import Sequential
from tinyalex.optim import SGD

SIDE = 32  # pixels; every 8 × 8 of a drawn picture become one
HIDDEN = 64
TRUNK = ("conv1", "conv2", "conv3", "fc4")
GENTLE = 0.005  # the rate of fine-tuning; the trunk takes a fifth of it
_PATTERNS = sorted({name.split("-")[1] for name in CLASS_NAMES})
_SEEN, _NEW = ("black", "blue", "green", "red", "white", "yellow"), ("orange", "purple")
SOURCE = [f"{colour}-{pattern}" for colour in _SEEN for pattern in _PATTERNS[::2]]
NEAR = [f"{colour}-{pattern}" for colour in _NEW for pattern in _PATTERNS[::2]]
FAR = [f"{colour}-{pattern}" for colour in _NEW for pattern in _PATTERNS[1::2]]


class Set(NamedTuple):
    """x (n, SIDE, SIDE, 3) float32 of about unit variance, and labels (n,)."""

    x: np.ndarray
    labels: np.ndarray


def pictures(names: list[str], count: int, split: str = "train") -> Set:
    """`count` pictures of each class, made small. The same call gives the same pixels."""
    labels = np.repeat(np.arange(len(names)), count)
    x = np.empty((len(labels), SIDE, SIDE, 3), np.float32)
    for place, label in enumerate(labels):
        drawn = draw_picture(CLASS_NAMES.index(names[label]), place % count, split)
        step = len(drawn) // SIDE
        x[place] = drawn.reshape(SIDE, step, SIDE, step, 3).mean(axis=(1, 3))
    return Set((x - 110) / 60, labels)


def small_net(num_classes: int, seed: int = 0) -> Sequential:
    """Three convolutions and two fully connected layers.

    relu4's output is the features, as relu7's is in AlexNet. fc5 begins at zero, so that it does
    not disturb the trunk while it knows nothing itself.
    """
    rng = np.random.default_rng(seed)
    return Sequential(
        [
            ("conv1", Conv2d(3, 24, 5, padding=2, rng=rng)),
            ("relu1", ReLU()),
            ("pool1", MaxPool2d(3, 2)),
            ("conv2", Conv2d(24, 32, 3, padding=1, rng=rng)),
            ("relu2", ReLU()),
            ("pool2", MaxPool2d(3, 2)),
            ("conv3", Conv2d(32, 32, 3, padding=1, rng=rng)),
            ("relu3", ReLU()),
            ("pool3", MaxPool2d(3, 2)),
            ("flatten", Flatten()),
            ("fc4", Linear(3 * 3 * 32, HIDDEN, rng=rng)),
            ("relu4", ReLU()),
            ("fc5", Linear(HIDDEN, num_classes, weight_init="zeros")),
        ]
    )


def train(
    net: Sequential, data: Set, steps: int, lr: float = 0.02, seed: int = 0, **settings
) -> list[float]:
    """`steps` steps of 32 pictures, each flipped or not by chance. Returns the losses.

    settings: for SGD, such as layer_rates={"conv1": 0.1}. The rate falls to 0 along a cosine.
    """
    rng, ce = np.random.default_rng(seed), SoftmaxCrossEntropy()
    optimizer, losses = SGD(net, lr=lr, **settings), []
    for step in range(steps):
        optimizer.lr = lr * (1 + np.cos(np.pi * step / steps)) / 2
        chosen = rng.integers(0, len(data.x), 32)
        x = data.x[chosen]
        flipped = rng.random(32) < 0.5
        x[flipped] = x[flipped, :, ::-1]
        losses.append(float(ce.forward(net.forward(x, training=True), data.labels[chosen])))
        net.backward(ce.backward(), input_gradient=False)
        optimizer.step()
    return losses


def source_net(count: int = 20, steps: int = 400, seed: int = 0) -> Sequential:
    """A network that has learnt SOURCE, from `count` pictures of each class."""
    net = small_net(len(SOURCE), seed)
    train(net, pictures(SOURCE, count), steps, seed=seed)
    return net


def features(net: Sequential, x: np.ndarray) -> np.ndarray:
    """What relu4 says: (n, HIDDEN), in float64."""
    return Sequential(net.layers[:-1]).predict(x).astype(float)


def take_trunk(net: Sequential, trained: Sequential, last: str = "fc5") -> None:
    """Copies the weights of all layers but the last into net: the classes are other ones."""
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
        net = small_net(C, seed + 1)
        if name == "fine_tuned":
            take_trunk(net, trained)
            train(net, some, steps, GENTLE, seed, layer_rates=dict.fromkeys(TRUNK, 0.2))
        else:
            train(net, some, steps, seed=seed)
        score(name, net.predict(test.x).argmax(axis=1))
    return Transfer(**found)
