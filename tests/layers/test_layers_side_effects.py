"""The layers' side effects: what they keep, leave alone, accept and repeat."""

import math

import numpy as np
import pytest
from layer_runs import EVERY_LAYER, build, run

from tinyalex.layers import (
    Conv2d,
    Linear,
)


@EVERY_LAYER
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_dtype_is_kept(each_backend, name, dtype):
    layer, training, x = build(name, dtype)
    assert {array.dtype.name for array in run(layer, training, x)} == {dtype}


@EVERY_LAYER
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_input_upstream_gradient_and_weights_stay_as_they_are(each_backend, name, dtype):
    layer, training, x = build(name, dtype)
    dy = np.random.default_rng(1).normal(size=layer.forward(x).shape).astype(dtype)
    watched = [x, dy, *layer.params.values()]
    before = [array.tobytes() for array in watched]
    layer.forward(x, training=training)
    layer.backward(dy)
    assert [array.tobytes() for array in watched] == before


def other_layouts(x):
    """Equal arrays, laid out differently in memory."""
    strided = np.zeros((2 * x.shape[0], *x.shape[1:-1], 3 * x.shape[-1]), dtype=x.dtype)
    strided = strided[::2, ..., ::3]
    strided[...] = x
    flipped = np.ascontiguousarray(x[:, ::-1])[:, ::-1]
    return {"strided": strided, "fortran": np.asfortranarray(x), "flipped": flipped}


@EVERY_LAYER
@pytest.mark.parametrize("layout", ["strided", "fortran", "flipped"])
def test_any_memory_layout_is_accepted(each_backend, name, layout):
    layer, training, x = build(name)
    y = layer.forward(x, training=training)
    dx = layer.backward(np.cos(y))
    other, _, _ = build(name)
    other_y = other.forward(other_layouts(x)[layout], training=training)
    np.testing.assert_allclose(other_y, y, rtol=1e-12, atol=1e-14)
    other_dx = other.backward(other_layouts(np.cos(y))[layout])
    np.testing.assert_allclose(other_dx, dx, rtol=1e-12, atol=1e-14)
    for key in layer.grads:
        np.testing.assert_allclose(other.grads[key], layer.grads[key], rtol=1e-12, atol=1e-14)


@EVERY_LAYER
def test_gradients_are_overwritten_not_added_up(each_backend, name):
    layer, _, x = build(name)  # at test time, where dropout draws nothing
    first = run(layer, False, x)
    for ours, expected in zip(run(layer, False, x), first, strict=True):
        np.testing.assert_array_equal(ours, expected)


@EVERY_LAYER
def test_backward_belongs_to_the_last_forward(each_backend, name):
    layer, _, x = build(name)
    expected = run(layer, False, x)
    layer.forward(-2 * x)
    for ours, once in zip(run(layer, False, x), expected, strict=True):
        np.testing.assert_array_equal(ours, once)


def name_of(layer):
    return type(layer).__name__


# As the docstring of Layer says.
KEEPS_X = {"Conv2d", "Linear", "LocalResponseNorm", "WithinChannelNorm"}
KEEPS_Y = {"ReLU", "Tanh", "Sigmoid"}


@EVERY_LAYER
@pytest.mark.parametrize("which", ["x", "y"])
def test_whether_writing_into_x_or_y_changes_backward(each_backend, name, which):
    results = []
    for spoil in (False, True):
        layer, training, x = build(name)
        y = layer.forward(x, training=training)
        dy = np.random.default_rng(1).normal(size=y.shape)
        if spoil:
            (x if which == "x" else y)[...] = -3
        results.append([layer.backward(dy), *layer.grads.values()])
    same = all(np.array_equal(a, b) for a, b in zip(*results, strict=True))
    assert same == (name_of(layer) not in (KEEPS_X if which == "x" else KEEPS_Y))


@EVERY_LAYER
def test_y_is_an_array_of_its_own(each_backend, name):
    layer, training, x = build(name)
    y = layer.forward(x, training=training)
    assert np.shares_memory(x, y) == (name_of(layer) == "Flatten")


@EVERY_LAYER
def test_output_shape_is_that_of_forward(each_backend, name):
    layer, training, x = build(name)
    assert layer.output_shape(x.shape) == layer.forward(x, training=training).shape


@EVERY_LAYER
def test_params_and_grads_have_the_same_keys(name):
    layer, training, x = build(name)
    assert layer.params.keys() == layer.grads.keys()
    run(layer, training, x)
    assert {key: array.shape for key, array in layer.params.items()} == {
        key: array.shape for key, array in layer.grads.items()
    }


@pytest.mark.parametrize("layer", [Conv2d(2, 3, 2), Linear(4, 3)], ids=["conv", "linear"])
def test_the_default_generator_and_dtype(layer):
    assert {array.dtype.name for array in layer.params.values()} == {"float32"}


@pytest.mark.parametrize(
    ("scheme", "deviation"),
    [("he", math.sqrt(2 / 400)), ("uniform", 1 / math.sqrt(3 * 400)), (0.01, 0.01), ("zeros", 0)],
)
def test_initial_weights_have_the_deviation_asked_for(scheme, deviation):
    rng = np.random.default_rng(0)
    for layer in (
        Linear(400, 300, weight_init=scheme, rng=rng),
        Conv2d(16, 300, 5, weight_init=scheme, rng=rng),
    ):
        assert layer.params["W"].std() == pytest.approx(deviation, rel=0.03)


def test_the_same_seed_gives_the_same_weights():
    first, second = (Linear(5, 4, rng=np.random.default_rng(7)) for _ in range(2))
    np.testing.assert_array_equal(first.params["W"], second.params["W"])
