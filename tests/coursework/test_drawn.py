"""Drawn cases meet every pair and every kind of array; random layers are judged by shares."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinyalex.coursework.engine.checker import check_task
from tinyalex.coursework.engine.drawn import (
    ARRAYS,
    KINDS,
    LARGE,
    arranged,
    drawn_examples,
    drawn_numbers,
)
from tinyalex.coursework.engine.lessons import find
from tinyalex.coursework.engine.pairs import every_pair
from tinyalex.data import augment
from tinyalex.layers import Conv2d, Dropout, Linear, MaxPool2d, ReLU

OPTIONS = st.dictionaries(st.text(max_size=3), st.integers(1, 5), min_size=1, max_size=5)


@settings(max_examples=60, deadline=None)
@given(sizes=OPTIONS, seed=st.integers(0, 99))
def test_every_two_values_of_two_options_meet(sizes, seed):
    options = {name: tuple(range(size)) for name, size in sizes.items()}
    cases = every_pair(options, np.random.default_rng(seed))
    for one, other in itertools.combinations(options, 2):
        met = {(case[one], case[other]) for case in cases}
        assert met == set(itertools.product(options[one], options[other]))
    for name, values in options.items():
        assert {case[name] for case in cases} == set(values)


def test_values_that_stand_alone_meet_the_first_of_all_others():
    cases = every_pair({"a": (1, 2), "b": (3, 4)}, np.random.default_rng(0), {"b": (9, 10)})
    assert cases[-2:] == [{"a": 1, "b": 9}, {"a": 1, "b": 10}]


@pytest.mark.parametrize("dtype", ARRAYS["dtype"])
@pytest.mark.parametrize("kind", KINDS)
def test_numbers_are_of_their_kind(kind, dtype):
    numbers = drawn_numbers(kind, (40, 50), np.random.default_rng(0), dtype)
    assert numbers.dtype == dtype
    size = float(np.abs(numbers).max())
    expected = {"large": 3.5 * LARGE[dtype], "small": 3.5e-3, "whole": 3.0}.get(kind, 3.5)
    assert 0.5 * expected < size < 2 * expected
    assert (numbers == 0).any() == (kind == "whole")
    assert (numbers > 0).any() == (kind != "negative")
    assert (numbers < 0).any() == (kind != "positive")


@pytest.mark.parametrize("order", ARRAYS["order"])
def test_another_memory_order_holds_the_same_numbers(order):
    array = np.arange(24.0).reshape(2, 3, 4)
    turned = arranged(array, order)
    np.testing.assert_array_equal(turned, array)
    assert turned.flags.c_contiguous == (order == "C")


@pytest.mark.parametrize("lesson", ["02", "04", "06", "07", "16"])
def test_a_seed_changes_shapes_and_the_plainest_come_first(lesson):
    task = find(lesson).tasks[-1 if lesson == "04" else 0]
    drawn = [drawn_examples(task, seed) for seed in (0, 0, 1)]
    shapes = [[example.shape for example in examples] for examples in drawn]
    assert shapes[0] == shapes[1] != shapes[2]
    first = drawn[0][0]
    assert sum(getattr(first, name) != ARRAYS[name][0] for name in ARRAYS) <= 1


# Layers that are right except on arrays of one kind, or in one setting.


def spoiled(kind, when):
    """The library's layer, with y 1% off where `when(layer, x)` holds."""

    class Spoiled(kind):
        def forward(self, x, training=False):
            y = super().forward(x, training)
            self.calls = getattr(self, "calls", 0) + 1
            return y * y.dtype.type(1.01) if when(self, x) else y

    Spoiled.__name__ = kind.__name__
    return Spoiled


WHEN = {
    "float32": lambda layer, x: x.dtype == "float32",
    "Fortran order": lambda layer, x: x.flags.f_contiguous and not x.flags.c_contiguous,
    "gaps": lambda layer, x: not x.flags.c_contiguous and not x.flags.f_contiguous,
    "above 1000": lambda layer, x: x.max(initial=0) > 1000,
    "below .01": lambda layer, x: 0 < np.abs(x).max(initial=0) < 0.01,
    "no positive number": lambda layer, x: x.size > 1 and x.max() < 0,
    "a large batch": lambda layer, x: len(x) > 8,
    "third call": lambda layer, x: layer.calls == 3,
}


# ReLU's y is 0 where no number is positive, and 1% more is 0, too.
SPOILED = [
    (lesson, kind, name)
    for lesson, kind in (("06", MaxPool2d), ("03", ReLU), ("02", Linear))
    for name in WHEN
    if (kind, name) != (ReLU, "no positive number")
]


@pytest.mark.slow
@pytest.mark.parametrize(("lesson", "kind", "name"), SPOILED)
def test_layers_that_are_wrong_on_one_kind_of_array_are_caught(lesson, kind, name):
    task = next(task for task in find(lesson).tasks if task.reference is kind)
    for seed in range(3):
        assert not check_task(spoiled(kind, WHEN[name]), task, seed).passed


@pytest.mark.parametrize(
    "setting",
    [
        lambda layer: layer.groups > 2 and layer.stride[0] > 1,
        lambda layer: layer.groups > 4,
        lambda layer: layer.kernel_size == (2, 3) and layer.padding != ((0, 0), (0, 0)),
        lambda layer: layer.stride[0] > layer.stride[1] and layer.groups > 1,
    ],
)
def test_two_settings_that_meet_are_caught(setting):
    task = find("05").tasks[0]
    written = spoiled(Conv2d, lambda layer, x: setting(layer))
    for seed in range(3):
        assert not check_task(written, task, seed).passed


# Random layers and functions.


def dropout_with(mask):
    class Written(Dropout):
        def forward(self, x, training=False):
            self.mask = None
            if training:
                kept = np.broadcast_to(mask(self, x), x.shape)
                self.mask = (kept / (1 - self.p)).astype(x.dtype)
            return self.remember(x + 0 if self.mask is None else x * self.mask, self.mask)

        def backward(self, dy):
            (mask,) = self.recall(dy)
            return dy + 0 if mask is None else dy * mask

    return Written


def in_pairs(layer, x):
    kept = layer.rng.random(x.shape) >= layer.p
    kept[..., 1::2] = kept[..., : kept.shape[-1] // 2 * 2 : 2]
    return kept


WRONG_MASKS = {
    "one for all channels": lambda layer, x: layer.rng.random((*x.shape[:-1], 1)) >= layer.p,
    "one for all examples": lambda layer, x: layer.rng.random((1, *x.shape[1:])) >= layer.p,
    "neighbours in pairs": in_pairs,
    "two percent too many": lambda layer, x: layer.rng.random(x.shape) >= layer.p + 0.02,
    "the first unit never": lambda layer, x: (
        (layer.rng.random(x.shape) >= layer.p) | (np.arange(x.shape[-1]) == 0)
    ),
}


@pytest.mark.parametrize("name", WRONG_MASKS)
def test_masks_that_are_not_independent_are_caught(name):
    for seed in range(3):
        verdict = check_task(dropout_with(WRONG_MASKS[name]), find("08").tasks[0], seed)
        assert not verdict.passed


@pytest.mark.slow
def test_independent_masks_pass():
    right = dropout_with(lambda layer, x: layer.rng.random(x.shape) >= layer.p)
    for seed in range(10):
        verdict = check_task(right, find("08").tasks[0], seed)
        assert verdict.passed, verdict


def one_place_missing(picture, size, rng):
    """32 of 33 rows, as the paper says."""
    rows, columns = picture.shape[0] - size + 1, picture.shape[1] - size + 1
    if min(rows, columns) < 1:
        raise ValueError("no room")
    top = rng.integers(min(rows, 32))
    left = rng.integers(columns)
    return picture[top : top + size, left : left + size]


def in_turn():
    turn = itertools.count()

    def random_flip(picture, rng):
        return picture[:, ::-1] if (next(turn) // 2) % 2 else picture

    return random_flip


def flips_more_often(picture, rng):
    return picture[:, ::-1] if rng.random() < 0.6 else picture


@pytest.mark.slow
def test_crops_and_flips_that_only_look_random_are_caught():
    crop, flip, *_ = find("10").tasks
    for seed in range(3):
        assert not check_task(one_place_missing, crop, seed).passed
        assert not check_task(in_turn(), flip, seed).passed
        assert not check_task(flips_more_often, flip, seed).passed
        assert check_task(augment.random_flip, flip, seed).passed
