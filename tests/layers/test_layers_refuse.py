"""What the layers do not take: one clear line for every bad argument and input."""

import math

import numpy as np
import pytest
from complaints import complaint
from layer_runs import EVERY_LAYER, build

from tinyalex.coursework.lesson_00.neurons import mlp
from tinyalex.layers import (
    AvgPool2d,
    Conv2d,
    Dropout,
    Linear,
    LocalResponseNorm,
    MaxPool2d,
    WithinChannelNorm,
)
from tinyalex.models import alexnet, lenet5, nin, zfnet
from tinyalex.models.lenet import PartialConv2d, TrainableSubsampling

BAD_ARGUMENTS = {
    "no input channels": (lambda: Conv2d(0, 4, 3), "in_channels", "at least 1", "got 0"),
    "fractional channels": (lambda: Conv2d(3, 4.0, 3), "out_channels", "int", "4.0"),
    "no groups": (lambda: Conv2d(3, 4, 3, groups=0), "groups", "at least 1"),
    "groups": (lambda: Conv2d(4, 6, 3, groups=3), "groups must divide", "4 / 3 and 6 / 3"),
    "groups of outputs": (lambda: Conv2d(4, 6, 3, groups=4), "groups must divide", "6 / 4"),
    "kernel of 0": (lambda: Conv2d(3, 4, 0), "kernel_size", "got 0"),
    "kernel of three": (lambda: Conv2d(3, 4, (3, 3, 3)), "kernel_size", "pair", "(3, 3, 3)"),
    "fractional kernel": (lambda: MaxPool2d(2.5), "kernel_size", "2.5"),
    "stride of 0": (lambda: Conv2d(3, 4, 3, stride=(1, 0)), "stride", "at least 1", "(1, 0)"),
    "stride as text": (lambda: AvgPool2d(2, "2"), "stride", "'2'"),
    "negative padding": (lambda: Conv2d(3, 4, 3, padding=-1), "padding", "at least 0", "-1"),
    "padding of three": (lambda: Conv2d(3, 4, 3, padding=(1, 2, 3)), "padding", "(1, 2, 3)"),
    "padding as text": (lambda: Conv2d(3, 4, 3, padding="same"), "padding", "'same'"),
    "padding as a flag": (lambda: Conv2d(3, 4, 3, padding=True), "padding", "True"),
    "nothing but padding": (lambda: MaxPool2d(3, 2, 3), "padding (3, 3)", "kernel's 3"),
    "nothing but padding along W": (lambda: AvgPool2d(2, 1, (1, 2)), "along W", "kernel's 2"),
    "unknown algorithm": (
        *(lambda: Conv2d(3, 4, 3, algorithm="fft"), "'fft'"),
        "algorithm must be one of im2col, winograd, auto",
    ),
    "winograd, not square": (
        *(lambda: Conv2d(3, 4, (3, 5), algorithm="winograd"), "square", "(3, 5) at stride (1, 1)"),
    ),
    "winograd, kernel of 4": (
        *(lambda: Conv2d(3, 4, 4, algorithm="winograd"), "3 or 5 pixels", "(4, 4)"),
    ),
    "winograd, other strides": (
        *(lambda: Conv2d(3, 4, 5, (2, 1), algorithm="winograd"), "winograd", "stride (2, 1)"),
    ),
    "winograd, stride above the kernel": (
        *(lambda: Conv2d(3, 4, 3, 4, algorithm="winograd"), "⌈kernel / stride⌉", "stride (4, 4)"),
    ),
    "winograd, groups at a stride": (
        *(lambda: Conv2d(4, 4, 5, 2, groups=2, algorithm="winograd"), "without groups", "2 groups"),
    ),
    "unknown initialization": (lambda: Conv2d(3, 4, 3, weight_init="xavier"), "'he'", "xavier"),
    "negative deviation": (lambda: Linear(3, 4, weight_init=-0.1), "'uniform'", "-0.1"),
    "no features": (lambda: Linear(0, 3), "in_features", "got 0"),
    "negative features": (lambda: Linear(3, -1), "out_features", "got -1"),
    "no window": (lambda: LocalResponseNorm(size=0), "size", "at least 1"),
    "nothing to divide by": (lambda: LocalResponseNorm(k=0), "k must be above 0", "got 0"),
    "no norm groups": (lambda: LocalResponseNorm(groups=0), "groups", "at least 1"),
    "no square": (lambda: WithinChannelNorm(size=-1), "size", "got -1"),
    "all dropped": (lambda: Dropout(1), "p must be at least 0 and below 1", "got 1"),
    "negative p": (lambda: Dropout(-0.1), "p must be", "-0.1"),
    "p not a number": (lambda: Dropout(math.nan), "p must be", "nan"),
}


@pytest.mark.parametrize("name", BAD_ARGUMENTS)
def test_bad_arguments(name):
    build, *words = BAD_ARGUMENTS[name]
    message = complaint(build)
    for word in words:
        assert word in message


def zeros(*shape, dtype="float32"):
    return np.zeros(shape, dtype=dtype)


BAD_INPUTS = {
    "channels": (Conv2d(3, 4, 3), zeros(2, 8, 8, 5), "3 input channels", "got 5", "(2, 8, 8, 5)"),
    "channels first": (Conv2d(3, 4, 3), zeros(2, 3, 8, 8), "the last axis", "(2, 3, 8, 8)"),
    "one picture": (Conv2d(3, 4, 3), zeros(8, 8, 3), "(N, H, W, C)", "(8, 8, 3)"),
    "conv dtype": (Conv2d(3, 4, 3), zeros(1, 8, 8, 3, dtype="float64"), "float32", "float64"),
    "linear dtype": (Linear(3, 4), zeros(1, 3, dtype="float64"), "astype('float32')", "dtype="),
    "features": (Linear(3, 4), zeros(2, 5), "3 input channels", "got 5"),
    "a map for linear": (Linear(3, 4), zeros(2, 1, 1, 3), "(N, features)", "(2, 1, 1, 3)"),
    "a vector for a pool": (MaxPool2d(), zeros(2, 3), "(N, H, W, C)", "(2, 3)"),
    "a vector for a norm": (LocalResponseNorm(), zeros(2, 3), "(N, H, W, C)", "(2, 3)"),
    "norm groups": (LocalResponseNorm(groups=2), zeros(1, 2, 2, 5), "groups must divide", "5 / 2"),
    "conv too small": (
        *(Conv2d(3, 4, 5), zeros(1, 4, 9, 3)),
        *("Conv2d", "along H", "⌊(4 + 0 + 0 − 5) / 1⌋ + 1 < 1"),
    ),
    "conv too narrow": (
        *(Conv2d(3, 4, 5, 2, (0, 0, 1, 0)), zeros(1, 9, 2, 3)),
        *("along W", "OW = ⌊(W + padding − KW) / stride⌋ + 1", "⌊(2 + 1 + 0 − 5) / 2⌋ + 1 < 1"),
    ),
    "pool too small": (MaxPool2d(3, 2), zeros(1, 2, 9, 3), "MaxPool2d", "(2 + 0 + 0 − 3) / 2"),
    "avg too small": (AvgPool2d(3, 2), zeros(1, 9, 2, 3), "AvgPool2d", "along W"),
}


@pytest.mark.parametrize("name", BAD_INPUTS)
def test_bad_inputs(each_backend, name):
    layer, x, *words = BAD_INPUTS[name]
    message = complaint(lambda: layer.forward(x))
    for word in words:
        assert word in message


def test_an_output_shape_that_linear_cannot_have():
    message = complaint(lambda: Linear(3, 4).output_shape((2, 5)))
    assert "3 features" in message
    assert "(2, 5)" in message


@EVERY_LAYER
@pytest.mark.parametrize("dtype", ["float16", "longdouble", "complex64", "int64", "uint8", "bool"])
def test_other_number_types_are_refused(each_backend, name, dtype):
    layer, training, x = build(name)
    message = complaint(lambda: layer.forward(x.astype(dtype), training=training))
    assert f"must be float32 or float64; got {np.dtype(dtype)}" in message


@EVERY_LAYER
def test_a_list_is_refused(name):
    layer, training, x = build(name)
    message = complaint(lambda: layer.forward(x.tolist(), training=training))
    assert "must be an array; got a list" in message


DTYPES = {
    "float16": "float16",
    "longdouble": str(np.dtype("longdouble")),
    "complex64": "complex64",
    ">f4": ">f4",
    "int32": "int32",
    "half": "float16",
    "floaty": "'floaty'",
    None: "None",
}
BUILDERS = {
    "conv": lambda **options: Conv2d(2, 3, 2, **options),
    "partial conv": lambda **options: PartialConv2d(2, ((0,), (1,)), 2, **options),
    "linear": lambda **options: Linear(2, 3, **options),
    "subsampling": lambda **options: TrainableSubsampling(2, **options),
    "alexnet": lambda **options: alexnet(2, **options),
    "nin": lambda **options: nin(**options),
    "zfnet": lambda **options: zfnet(2, **options),
    "lenet5": lambda **options: lenet5(**options),
    "mlp": lambda **options: mlp((2, 2), **options),
}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", BUILDERS)
def test_layers_and_networks_of_other_number_types_are_refused(name, dtype):
    message = complaint(lambda: BUILDERS[name](dtype=dtype))
    assert message == f"dtype must be 'float32' or 'float64'; got {DTYPES[dtype]}"


@pytest.mark.parametrize("scheme", ["he", "uniform", "zeros", 0.01])
@pytest.mark.parametrize("name", ["conv", "partial conv", "linear", "subsampling"])
def test_no_initialisation_lets_another_number_type_in(name, scheme):
    assert "float16" in complaint(lambda: BUILDERS[name](dtype="float16", weight_init=scheme))


@pytest.mark.parametrize("dtype", ["float32", "float64", np.float32, np.float64, float, "f4"])
def test_these_number_types_are_taken(dtype):
    for name in ("conv", "partial conv", "linear", "subsampling"):
        layer = BUILDERS[name](dtype=dtype)
        assert {array.dtype for array in layer.params.values()} == {np.dtype(dtype)}


@EVERY_LAYER
def test_backward_before_forward(name):
    layer, _, x = build(name)
    message = complaint(lambda: layer.backward(x))
    assert f"{type(layer).__name__}.backward: forward has not run" in message


@EVERY_LAYER
def test_second_backward(name):
    layer, training, x = build(name)
    y = layer.forward(x, training=training)
    layer.backward(y)
    assert "the last forward's values are used up" in complaint(lambda: layer.backward(y))


@EVERY_LAYER
def test_dy_of_another_shape(name):
    layer, training, x = build(name)
    y = layer.forward(x, training=training)
    message = complaint(lambda: layer.backward(y[:1]))
    assert "dy must be like forward's output" in message
    assert str(y.shape) in message
    assert str(y[:1].shape) in message


@EVERY_LAYER
def test_dy_of_another_dtype(name):
    layer, training, x = build(name)
    y = layer.forward(x, training=training)
    message = complaint(lambda: layer.backward(y.astype("float32")))
    assert "float64" in message
    assert "float32" in message


@EVERY_LAYER
def test_a_refused_dy_may_be_corrected(name):
    layer, training, x = build(name)
    y = layer.forward(x, training=training)
    complaint(lambda: layer.backward(y[:1]))
    assert layer.backward(y).shape == x.shape
