"""Lesson 13: looking inside."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tinyalex import inspection
from tinyalex.coursework.engine.drawn import KINDS, drawn_numbers
from tinyalex.coursework.engine.pairs import every_pair
from tinyalex.coursework.engine.task import FunctionTask, Lesson
from tinyalex.coursework.engine.wording import network_text
from tinyalex.coursework.lesson_13 import mistakes
from tinyalex.coursework.mistakes import mistakes_in
from tinyalex.layers import (
    Conv2d,
    Dropout,
    Flatten,
    Linear,
    LocalResponseNorm,
    MaxPool2d,
    ReLU,
)
from tinyalex.models import Sequential

METHODS = ("gradient", "deconvnet", "guided")
X = np.reshape([[5.0, 1, -1, 4, -7, -1], [2, -3, -2, -6, -2, -3]], (1, 2, 6, 1))


def _conv(*arguments, seed: int = 13, **options) -> Conv2d:
    rng = np.random.default_rng(seed)
    return Conv2d(*arguments, rng=rng, dtype="float64", bias_init=0.05, **options)


def three_windows() -> Sequential:
    """relu, pool 2 × 2, and 3 · first − 2 · second + 6 · third window."""
    linear = Linear(3, 1, dtype="float64")
    linear.params["W"][...] = [[3.0], [-2.0], [6.0]]
    linear.params["b"][...] = 0
    layers = [ReLU(), MaxPool2d(2, 2), Flatten(), linear]
    return Sequential(list(zip(["relu1", "pool1", "flatten", "fc2"], layers, strict=True)))


def two_maps() -> Sequential:
    """Two convolutions, with normalization and overlapping pooling: (N, 9, 8, 3) → (N, 4, 3, 6)."""
    return Sequential(
        [
            ("conv1", _conv(3, 4, 3, padding=1)),
            ("relu1", ReLU()),
            ("norm1", LocalResponseNorm(alpha=0.2)),
            ("pool1", MaxPool2d(3, 2)),
            ("conv2", _conv(4, 6, 3, padding=1, groups=2, seed=14)),
            ("relu2", ReLU()),
        ]
    )


def vectors() -> Sequential:
    """The same, with dropout and two fully connected layers: (N, 9, 8, 3) → (N, 5)."""
    rng = np.random.default_rng(15)
    top = [
        ("flatten", Flatten()),
        ("fc3", Linear(72, 7, rng=rng, dtype="float64")),
        ("relu3", ReLU()),
        ("drop3", Dropout(0.5, rng=rng)),
        ("fc4", Linear(7, 5, rng=rng, dtype="float64")),
    ]
    return Sequential(two_maps().layers + top)


def like_alexnet() -> Sequential:
    """AlexNet's windows on fewer kernels: the field of pool5 is 195 pixels wide."""
    return Sequential(
        [
            ("conv1", _conv(3, 1, 11, 4, (0, 3, 0, 3))),
            ("pool1", MaxPool2d(3, 2)),
            ("conv2", _conv(1, 1, 5, padding=2)),
            ("pool2", MaxPool2d(3, 2)),
            ("conv3", _conv(1, 1, 3, padding=1)),
            ("conv4", _conv(1, 1, 3, padding=1)),
            ("conv5", _conv(1, 1, 3, padding=1)),
            ("pool5", MaxPool2d(3, 2)),
        ]
    )


def left_over() -> Sequential:
    """Strides that do not divide, unlike windows along H and W: rows are left over at the end."""
    return Sequential(
        [
            ("conv1", _conv(2, 2, (3, 2), (3, 2), (1, 0, 0, 1))),
            ("relu1", ReLU()),
            ("conv2", _conv(2, 1, (2, 3), 1, (0, 1, 1, 1))),
        ]
    )


def flat_map() -> Sequential:
    """A convolution that reads one place each, then vectors, which see all of the map."""
    return Sequential([("conv1", _conv(2, 2, 1)), ("flatten", Flatten())])


def two_layers() -> Sequential:
    """conv 3, padded by 1, and pool 3 / 2."""
    return Sequential([("conv1", _conv(1, 1, 3, padding=1)), ("pool1", MaxPool2d(3, 2))])


class Net:
    """A network to be made. The checker's messages call it by its layers."""

    def __init__(self, make: Callable[..., Sequential], *arguments) -> None:
        self.make, self.arguments = make, arguments

    def __call__(self) -> Sequential:
        return self.make(*self.arguments)

    @property
    def words(self) -> str:
        return network_text(self())


def project_all(project, net: Net, x, start, methods=METHODS) -> dict:
    return {method: project(net(), x, start, method) for method in methods}


def projections(rng: np.random.Generator) -> list[tuple]:
    x, maps = rng.normal(size=(2, 9, 8, 3)), two_maps()
    peak = inspection.start_at(maps.forward(x), 4)
    drawn = []
    shapes = ((2, 9, 8, 3), (1, 5, 5, 3), (7, 4, 5, 3))
    for choice in every_pair({"shape": shapes, "x": KINDS}, rng):
        some = drawn_numbers(choice["x"], choice["shape"], rng)
        signal = drawn_numbers(str(rng.choice(KINDS)), maps.output_shape(some.shape), rng)
        drawn.append((Net(two_maps), some, signal))
    return [
        *drawn,
        (Net(two_maps), x, peak),
        (Net(two_maps), x, rng.normal(size=peak.shape)),
        (Net(vectors), x, np.eye(5)[[1, 3]]),
        (Net(three_windows), rng.normal(size=(3, 2, 6, 1)), np.array([[1.0], [0], [-2]])),
    ]


def field_of(receptive_field, net: Net, place, shape, clip=True) -> inspection.Field:
    return inspection.Field(*receptive_field(net(), place, shape, clip))


def fields(rng: np.random.Generator) -> list[tuple]:
    middle = tuple(int(i) for i in rng.integers(1, 5, 2))
    whole, small = (1, 224, 224, 3), (1, 12, 12, 2)
    return [
        *_drawn_fields(rng),
        (Net(like_alexnet), (0, 0), whole),
        (Net(like_alexnet), (5, 2), whole),
        (Net(like_alexnet), middle, whole),
        (Net(like_alexnet), (0, 5), whole, False),
        (Net(left_over), (3, 5), small),
        (Net(left_over), (3, 5), small, False),
        (Net(left_over), (0, 2), small),
        (Net(two_maps), (1, 2), (2, 9, 8, 3)),
        (Net(vectors), (0, 0), (1, 9, 8, 3)),
        (Net(vectors), (0, 0), (1, 9, 8, 3), False),
        (Net(flat_map), (0, 0), (1, 3, 5, 2)),
        (Net(flat_map), (0, 0), (2, 4, 2, 2), False),
    ]


def _drawn_fields(rng: np.random.Generator) -> list[tuple]:
    """Networks of two drawn windows, one a convolution and one a pooling layer."""
    options = {"kernel": (3, 1, 2, (2, 3), (4, 1)), "stride": (1, 2, 3, (2, 1), (1, 3))}
    options |= {"padding": (0, 1, (1, 0), (1, 0, 0, 1)), "pool": (2, 1, 3, (3, 2))}
    options |= {"pool stride": (2, 1, 3), "first": (True, False), "clip": (True, False)}
    found = []
    for choice in every_pair(options | {"size": ((16, 13), (13, 17), (14, 14))}, rng):
        windows = (choice["kernel"], choice["stride"], choice["padding"])
        net = Net(two_windows, *windows, choice["pool"], choice["pool stride"], choice["first"])
        shape = (1, *choice["size"], 2)
        _, OH, OW, _ = net().output_shape(shape)
        place = (int(rng.integers(OH)), int(rng.integers(OW)))
        found.append((net, place, shape, choice["clip"]))
    return found


def two_windows(kernel, stride, padding, pool, pool_stride, conv_first: bool) -> Sequential:
    """A convolution and a pooling layer, in this order or the other."""
    layers = [
        ("conv1", _conv(2, 2, kernel, stride, padding)),
        ("pool1", MaxPool2d(pool, pool_stride)),
    ]
    return Sequential(layers if conv_first else layers[::-1])


def _by_hand(*numbers) -> np.ndarray:
    """dx of three_windows, given the three numbers that arrive at the switches."""
    dx = np.zeros(X.shape)
    dx[0, 0, [0, 3, 4], 0] = numbers
    return dx


LESSON = Lesson(
    "13",
    "13_looking_inside",
    "Looking inside",
    (
        FunctionTask(
            ids={"": "13.1"},
            reference=inspection.project,
            cases=projections,
            hand=(
                (Net(three_windows), X, np.ones((1, 1))),
                {
                    "gradient": _by_hand(3, -2, 0),
                    "deconvnet": _by_hand(3, 0, 6),
                    "guided": _by_hand(3, 0, 0),
                },
            ),
            mistakes=mistakes_in(mistakes, of="project"),
            run=project_all,
            raises=((Net(three_windows), X, np.ones((1, 1)), ("backprop",)),),
        ),
        FunctionTask(
            ids={"": "13.2"},
            reference=inspection.receptive_field,
            cases=fields,
            hand=((Net(two_layers), (0, 1), (1, 7, 7, 1)), inspection.Field(0, 4, 1, 6)),
            mistakes=mistakes_in(mistakes, of="receptive_field"),
            run=field_of,
        ),
    ),
)
