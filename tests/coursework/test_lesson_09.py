"""Lesson 09: right functions pass, however they are written.

`test_lessons.py` has what holds for every lesson.
"""

from itertools import pairwise

import numpy as np
import pytest

from tinyalex import layers
from tinyalex.coursework.engine.checker import check_task
from tinyalex.coursework.lesson_09.solution import conv_counts, paper_alexnet
from tinyalex.coursework.lesson_09.task import LESSON, described
from tinyalex.models import VARIANTS, Sequential, alexnet

COUNTS, NET = LESSON.tasks


@pytest.mark.slow
def test_written_out_it_is_the_library_s_own():
    own = described(paper_alexnet, 40, 67, 4096, settings=True)
    library = described(
        lambda classes, size, hidden, rng: alexnet(classes, image_size=size, rng=rng),
        40,
        67,
        4096,
        settings=True,
    )
    assert str(own) == str(library)


def test_figures_of_the_text():
    """The paper's network: parameters, multiply-adds and neurons, by FACTS and by the formulas."""
    convs = {
        "conv1": ((224, 224, 3), 96, 11, 4, (0, 3)),
        "conv2": ((27, 27, 96), 256, 5, 1, (2, 2), 2),
        "conv3": ((13, 13, 256), 384, 3, 1, (1, 1)),
        "conv4": ((13, 13, 384), 384, 3, 1, (1, 1), 2),
        "conv5": ((13, 13, 384), 256, 3, 1, (1, 1), 2),
    }
    rows = [conv_counts(*arguments) for arguments in convs.values()]
    fully = [(9216, 4096), (4096, 4096), (4096, 1000)]
    parameters = sum(row[1] for row in rows) + sum(n * k + k for n, k in fully)
    adds = sum(row[2] for row in rows) + sum(n * k for n, k in fully)
    assert parameters == 60_965_224
    assert adds == 724_406_816
    assert round(100 * sum(n * k + k for n, k in fully) / parameters, 1) == 96.2
    assert round(100 * sum(n * k for n, k in fully) / adds, 1) == 8.1
    neurons = sum(int(np.prod(row[0])) for row in rows) + 4096 + 4096 + 1000
    assert neurons == 659_272
    assert neurons - 290_400 + 253_440 == 622_312
    single = [conv_counts(*arguments[:5]) for arguments in convs.values()]
    assert sum(r[1] for r in single) + sum(n * k + k for n, k in fully) == 62_378_344
    assert sum(r[2] for r in single) + sum(n * k for n, k in fully) == 1_135_256_096
    assert set(VARIANTS) == {"paper", "original", "caffe", "caffenet", "torchvision"}


def counts_by_the_text(shape, kernels, size, stride=1, padding=(0, 0), groups=1):
    H, W, C = shape
    if C % groups != 0 or kernels % groups != 0:
        raise ValueError("groups")
    before, after = padding
    OH = (H + before + after - size) // stride + 1
    OW = (W + before + after - size) // stride + 1
    if OH < 1 or OW < 1:
        raise ValueError("no window fits")
    weights = size * size * (C // groups) * kernels
    return (OH, OW, kernels), weights + kernels, OH * OW * weights


def counts_of_a_layer(shape, kernels, size, stride=1, padding=(0, 0), groups=1):
    before, after = padding
    sides = (before, after, before, after)
    layer = layers.Conv2d(shape[2], kernels, size, stride, sides, groups, weight_init="zeros")
    at = (1, *shape)
    learned = sum(array.size for array in layer.params.values())
    return list(layer.output_shape(at)[1:]), learned, layer.multiply_adds(at)


def counts_by_walking(shape, kernels, size, stride=1, padding=(0, 0), groups=1):
    H, W, C = (n + p for n, p in zip(shape, (sum(padding), sum(padding), 0), strict=True))
    rows, columns = range(0, H - size + 1, stride), range(0, W - size + 1, stride)
    if not len(rows) or not len(columns) or C % groups or kernels % groups:
        raise ValueError("cannot be")
    parameters = sum(size**2 * (C // groups) + 1 for _ in range(kernels))
    adds = sum(parameters - kernels for _ in rows for _ in columns)
    return np.array([len(rows), len(columns), kernels]), parameters, adds


def net_by_the_text(num_classes=1000, image_size=224, hidden=4096, rng=None):
    small = {"weight_init": 0.01, "rng": rng}
    trunk = [
        ("conv1", layers.Conv2d(3, 96, 11, 4, (0, 3, 0, 3), bias_init=0.0, **small)),
        ("relu1", layers.ReLU()),
        ("norm1", layers.LocalResponseNorm(5, 1e-4, 0.75, 2.0)),
        ("pool1", layers.MaxPool2d(3, 2)),
        ("conv2", layers.Conv2d(96, 256, 5, 1, 2, 2, bias_init=1.0, **small)),
        ("relu2", layers.ReLU()),
        ("norm2", layers.LocalResponseNorm(5, 1e-4, 0.75, 2.0)),
        ("pool2", layers.MaxPool2d(3, 2)),
        ("conv3", layers.Conv2d(256, 384, 3, 1, 1, bias_init=0.0, **small)),
        ("relu3", layers.ReLU()),
        ("conv4", layers.Conv2d(384, 384, 3, 1, 1, 2, bias_init=1.0, **small)),
        ("relu4", layers.ReLU()),
        ("conv5", layers.Conv2d(384, 256, 3, 1, 1, 2, bias_init=1.0, **small)),
        ("relu5", layers.ReLU()),
        ("pool5", layers.MaxPool2d(3, 2)),
        ("flatten", layers.Flatten()),
    ]
    features = Sequential(trunk).output_shape((1, image_size, image_size, 3))[1]
    return Sequential(
        [
            *trunk,
            ("fc6", layers.Linear(features, hidden, bias_init=1.0, **small)),
            ("relu6", layers.ReLU()),
            ("drop6", layers.Dropout(0.5, rng=rng)),
            ("fc7", layers.Linear(hidden, hidden, bias_init=1.0, **small)),
            ("relu7", layers.ReLU()),
            ("drop7", layers.Dropout(0.5, rng=rng)),
            ("fc8", layers.Linear(hidden, num_classes, bias_init=0.0, **small)),
        ]
    )


def net_by_a_loop(num_classes=1000, image_size=224, hidden=4096, rng=None):
    """From a list of names, each layer asking the shape before it; last parameters set by hand."""
    rng = np.random.default_rng() if rng is None else rng
    made = {
        "conv": lambda C, at: (
            layers.Conv2d(
                C, *[(96, 11, 4, (0, 3, 0, 3)), (256, 5, 1, 2, 2), (384, 3, 1, 1)][at], rng=rng
            )
            if at < 3
            else layers.Conv2d(C, (384, 256)[at - 3], 3, padding=1, groups=2, rng=rng)
        ),
        "fc": lambda C, at: layers.Linear(C, (hidden, hidden, num_classes)[at - 5], rng=rng),
        "norm": lambda C, at: layers.LocalResponseNorm(),
        "pool": lambda C, at: layers.MaxPool2d(),
        "relu": lambda C, at: layers.ReLU(),
        "drop": lambda C, at: layers.Dropout(),
        "flatten": lambda C, at: layers.Flatten(),
    }
    names = "conv1 relu1 norm1 pool1 conv2 relu2 norm2 pool2 conv3 relu3 conv4 relu4 conv5 relu5"
    names += " pool5 flatten fc6 relu6 drop6 fc7 relu7 drop7 fc8"
    shape, found = (1, image_size, image_size, 3), []
    for name in names.split():
        at = 0 if name == "flatten" else int(name[-1]) - 1
        layer = made[name.rstrip("12345678")](shape[-1], at)
        if layer.params:
            layer.params["W"][...] = 0.01 * rng.standard_normal(layer.params["W"].shape)
            layer.params["b"][...] = name in ("conv2", "conv4", "conv5", "fc6", "fc7")
        shape = layer.output_shape(shape)
        found.append((name, layer))
    return Sequential(found)


def net_from_the_library(num_classes=1000, image_size=224, hidden=4096, rng=None):
    """The library's paper variant with a head of its own size."""
    whole = paper_alexnet(1, image_size, 1, rng)
    trunk = list(whole)[:16]
    sizes = [whole["fc6"].in_features, hidden, hidden, num_classes]
    for number, (inputs, outputs) in enumerate(pairwise(sizes), start=6):
        bias = 0.0 if number == 8 else 1.0
        fc = layers.Linear(inputs, outputs, weight_init=0.01, bias_init=bias, rng=rng)
        trunk.append((f"fc{number}", fc))
        if number < 8:
            trunk += [(f"relu{number}", layers.ReLU()), (f"drop{number}", layers.Dropout(rng=rng))]
    return Sequential(trunk)


RIGHT = [
    *((COUNTS, f) for f in (counts_by_the_text, counts_of_a_layer, counts_by_walking)),
    *((NET, f) for f in (net_by_the_text, net_by_a_loop, net_from_the_library)),
]


@pytest.mark.slow
@pytest.mark.parametrize(("task", "written"), RIGHT, ids=[f.__name__ for _, f in RIGHT])
def test_right_functions_pass(task, written):
    for seed in range(2):
        verdict = check_task(written, task, seed)
        assert verdict.passed, str(verdict)


def pool_before_norm(net):
    """CaffeNet's order in layers 1 and 2."""
    for place, (name, _) in enumerate(list(net)):
        if name in ("norm1", "norm2"):
            net[place : place + 2] = net[place + 1], net[place]


def conv5_without_groups(net):
    place = [name for name, _ in net].index("conv5")
    rng = np.random.default_rng(3)
    whole = layers.Conv2d(384, 256, 3, padding=1, weight_init=0.01, bias_init=1.0, rng=rng)
    net[place] = "conv5", whole


def biases_at_0(net):
    for _, layer in net:
        if layer.params:
            layer.params["b"][...] = 0


SLIPS = {
    "09-net_pool_first": pool_before_norm,
    "09-net_conv5_one_group": conv5_without_groups,
    "09-net_no_biases": biases_at_0,
}


@pytest.mark.slow
@pytest.mark.parametrize("mistake", SLIPS)
def test_slips_in_a_student_s_own_network_are_called_by_name(mistake):
    def paper_alexnet(num_classes=1000, image_size=224, hidden=4096, rng=None):
        net = list(net_by_the_text(num_classes, image_size, hidden, rng))
        SLIPS[mistake](net)
        return Sequential(net)

    for seed in range(2):
        verdict = check_task(paper_alexnet, NET, seed)
        assert verdict.mistake == mistake, verdict
