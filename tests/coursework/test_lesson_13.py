"""Lesson 13: right functions pass, however they are written.

`test_lessons.py` has what holds for every lesson.
"""

import copy

import numpy as np
import pytest

from tinyalex.coursework.engine.checker import check_task
from tinyalex.coursework.lesson_13 import robustness
from tinyalex.coursework.lesson_13.figures import fields_of_view, hidden, network
from tinyalex.coursework.lesson_13.task import LESSON, like_alexnet
from tinyalex.inspection import Field, receptive_field
from tinyalex.inspection.occlusion import Occlusion
from tinyalex.layers import LocalResponseNorm, ReLU, SoftmaxCrossEntropy

PROJECT, FIELD = LESSON.tasks
RULES = {"gradient": (False, True), "deconvnet": (True, False), "guided": (True, True)}


def test_fields_of_the_text():
    net, widths = like_alexnet(), []
    for count in range(1, len(net.layers) + 1):
        part = copy.copy(net)
        part.layers = net.layers[:count]
        field = receptive_field(part, (1, 1), (1, 224, 224, 3), clip=False)
        widths.append(field.bottom - field.top)
    assert widths == [11, 19, 51, 67, 99, 131, 163, 195]


def test_a_step_uphill_raises_the_loss_and_stays_within_a_picture():
    rng = np.random.default_rng(0)
    net, x, labels = network(rng), rng.random((4, 64, 64, 3), "float32"), np.array([0, 1, 2, 3])
    signs = robustness.uphill(net, x, labels)
    losses = []
    for size in (0, 0.002):
        changed = robustness.moved(x, signs, size, (0.0, 1.0))
        assert changed.min() >= 0
        assert changed.max() <= 1
        losses.append(SoftmaxCrossEntropy().forward(net.forward(changed), labels))
    assert losses[1] > losses[0]
    found = robustness.accuracies(net, x, labels, np.array([0, 0.1]))
    assert {len(shares) for shares in found.values()} == {2}


@pytest.mark.slow
def test_colour_beats_pattern():
    assert robustness.misled(seed=0) == {"right": 1.0, "pattern": 0.0, "colour": 1.0}


def test_each_field_has_its_own_panel():
    figure = fields_of_view(np.zeros((9, 9, 3)), {"a": (0, 3, 0, 4), "b": (1, 8, 2, 9)})
    assert [axes.get_title() for axes in figure.axes] == ["a: 3 × 4", "b: 7 × 7"]


def test_the_map_of_occlusion_lies_on_the_picture():
    found = Occlusion(np.full((3, 3, 2), 0.5), np.array([0, 4, 8]), np.array([0, 4, 8]), 8)
    figure = hidden(np.zeros((16, 16, 3)), np.ones((16, 16)), found, 1, "dots")
    first, _, third, bar = figure.axes
    assert first.get_xlim() == third.get_xlim() == (0, 16)
    assert third.images[1].get_extent() == [2, 14, 14, 2]
    assert bar.get_ylabel().startswith("probability of dots")


# Right functions, written in other ways


def project_recursively(net, x, start, method):
    signal, forward = RULES[method] if method in RULES else _refuse(method)

    def down(layers, x):
        if not layers:
            return start
        layer = layers[0][1]
        y = layer.forward(x)
        dy = down(layers[1:], y)
        if isinstance(layer, ReLU):
            dy = np.where(dy > 0, dy, 0) if signal else dy
            return np.where(x > 0, dy, 0) if forward else dy
        return (
            dy
            if signal and not forward and isinstance(layer, LocalResponseNorm)
            else (layer.backward(dy))
        )

    return down(net.layers, x)


def project_with_other_layers(net, x, start, method):
    """The rules as classes of layers, put into a copy of the network; then its own backward."""
    signal, forward = RULES[method] if method in RULES else _refuse(method)

    class Rule:
        params, grads = {}, {}

        def forward(self, x, training=False):
            self.on = x > 0
            return x * self.on

        def backward(self, dy):
            dy = np.maximum(dy, 0) if signal else dy
            return dy * self.on if forward else dy

    class PassedBy:
        def __init__(self, norm):
            self.params, self.grads, self.forward = {}, {}, norm.forward

        def backward(self, dy):
            return dy

    own = copy.deepcopy(net)
    for name, layer in net:
        if isinstance(layer, ReLU):
            own[name] = Rule()
        elif method == "deconvnet" and isinstance(layer, LocalResponseNorm):
            own[name] = PassedBy(layer)
    own.forward(x)
    return own.backward(start)


def project_one_picture_at_a_time(net, x, start, method):
    signal, forward = RULES[method] if method in RULES else _refuse(method)
    results = []
    for n in range(len(x)):
        y, inputs = x[n : n + 1], []
        for _, layer in net.layers:
            inputs.append(y)
            y = layer.forward(y)
        dy = start[n : n + 1]
        for (_, layer), read in list(zip(net.layers, inputs, strict=True))[::-1]:
            if isinstance(layer, ReLU):
                passes = np.ones(dy.shape, bool)
                if signal:
                    passes &= dy > 0
                if forward:
                    passes &= read > 0
                dy = np.where(passes, dy, 0)
            elif method != "deconvnet" or not isinstance(layer, LocalResponseNorm):
                dy = layer.backward(dy)
        results.append(dy[0])
    return np.stack(results)


def _refuse(method):
    raise ValueError(f"no method {method!r}")


def field_by_sets(net, place, shape, clip=True):
    """Which rows and columns are read, one number at a time."""
    shapes = [shape]
    for _, layer in net:
        shapes.append(layer.output_shape(shapes[-1]))
    read = [{index} for index in place]
    for (_, layer), below, above in zip(
        net.layers[::-1], shapes[-2::-1], shapes[:0:-1], strict=True
    ):
        if len(below) == 2:
            continue
        if len(above) == 2:
            read = [set(range(below[1])), set(range(below[2]))]
            continue
        for axis in (0, 1):
            if hasattr(layer, "kernel_size"):
                k, s, p = (v[axis] for v in (layer.kernel_size, layer.stride, layer.padding))
                read[axis] = {r * s - p[0] + i for r in read[axis] for i in range(k)}
            if clip:
                read[axis] = {r for r in read[axis] if 0 <= r < below[axis + 1]}
    (rows, columns) = read
    return Field(min(rows), max(rows) + 1, min(columns), max(columns) + 1)


def field_recursively(net, place, shape, clip=True):
    def span(layers, shape, axis):
        if not layers:
            return (place[axis], place[axis] + 1) if len(shape) == 4 else None
        layer = layers[0][1]
        above = span(layers[1:], layer.output_shape(shape), axis)
        if len(shape) == 2:
            return None
        size = shape[axis + 1]
        if above is None:
            return 0, size
        a, b = above
        if hasattr(layer, "kernel_size"):
            k, s, p = (v[axis] for v in (layer.kernel_size, layer.stride, layer.padding))
            a, b = a * s - p[0], (b - 1) * s - p[0] + k
        return (max(a, 0), min(b, size)) if clip else (a, b)

    return Field(*span(net.layers, shape, 0), *span(net.layers, shape, 1))


def field_as_arrays(net, place, shape, clip=True):
    """Both axes and both ends at once; a plain tuple as the result."""
    shapes = [shape]
    for _, layer in net:
        shapes.append(layer.output_shape(shapes[-1]))
    first, last = np.array(place), np.array(place)
    for n in range(len(net.layers) - 1, -1, -1):
        layer, size = net.layers[n][1], np.array(shapes[n][1:3])
        if len(shapes[n]) == 2:
            continue
        if len(shapes[n + 1]) == 2:
            first, last = 0 * size, size - 1
        if hasattr(layer, "kernel_size"):
            before = np.array(layer.padding)[:, 0]
            first = first * layer.stride - before
            last = last * layer.stride - before + np.array(layer.kernel_size) - 1
        if clip:
            first, last = np.maximum(first, 0), np.minimum(last, size - 1)
    return first[0], last[0] + 1, first[1], last[1] + 1


RIGHT = [
    (PROJECT, project_recursively),
    (PROJECT, project_with_other_layers),
    (PROJECT, project_one_picture_at_a_time),
    *((FIELD, f) for f in (field_by_sets, field_recursively, field_as_arrays)),
]


@pytest.mark.slow
@pytest.mark.parametrize(("task", "written"), RIGHT, ids=[f.__name__ for _, f in RIGHT])
def test_right_functions_pass(task, written):
    for seed in range(2):
        verdict = check_task(written, task, seed)
        assert verdict.passed, str(verdict)
