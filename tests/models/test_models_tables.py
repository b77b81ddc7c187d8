"""AlexNet's five variants against the published tables."""

import math

import numpy as np
import pytest
from alexnet_tables import (
    EVERY_VARIANT,
    FIRST_BIASES,
    FIRST_WEIGHTS,
    INPUT_SIZES,
    LEARNING,
    NORMS,
    ONE_COLUMN_COUNTS,
    ONE_COLUMN_SHAPES,
    ONE_COLUMN_TOTALS,
    ORDERS,
    TWO_COLUMN_COUNTS,
    TWO_COLUMN_SHAPES,
    TWO_COLUMN_TOTALS,
    noise,
)
from complaints import complaint

from tinyalex.layers import SoftmaxCrossEntropy
from tinyalex.models import VARIANTS, alexnet
from tinyalex.summary import summarize


@pytest.fixture(scope="module")
def empty_nets():
    """Every variant at full size, all weights zero."""
    return {name: alexnet(variant=name, initialization="zeros") for name in INPUT_SIZES}


@pytest.fixture(scope="module")
def rows(empty_nets):
    """Each variant's rows by layer name."""
    return {
        name: {row.name: row for row in summarize(net, (1, *[INPUT_SIZES[name]] * 2, 3))}
        for name, net in empty_nets.items()
    }


# --- the tables -----------------------------------------------------------------------------


def test_the_five_variants():
    assert set(VARIANTS) == set(INPUT_SIZES)
    assert {name: variant.input_size for name, variant in VARIANTS.items()} == INPUT_SIZES


@EVERY_VARIANT
def test_order_of_the_layers(empty_nets, variant):
    found = [f"{name}:{type(layer).__name__}" for name, layer in empty_nets[variant]]
    assert found == ORDERS[variant].split()


@EVERY_VARIANT
def test_output_shapes(rows, variant):
    shapes = ONE_COLUMN_SHAPES if variant == "torchvision" else TWO_COLUMN_SHAPES
    assert {name: rows[variant][name].shape for name in shapes} == shapes


@EVERY_VARIANT
def test_parameters_and_multiply_adds(rows, variant):
    counts = ONE_COLUMN_COUNTS if variant == "torchvision" else TWO_COLUMN_COUNTS
    found = {
        name: (row.parameters, row.multiply_adds)
        for name, row in rows[variant].items()
        if row.parameters or row.multiply_adds
    }
    assert found == counts


@EVERY_VARIANT
def test_totals(rows, variant):
    totals = ONE_COLUMN_TOTALS if variant == "torchvision" else TWO_COLUMN_TOTALS
    found = rows[variant].values()
    assert sum(row.parameters for row in found) == totals[0]
    assert sum(row.multiply_adds for row in found) == totals[1]


def test_neurons_of_the_paper(rows):
    assert sum(math.prod(rows["paper"][name].shape) for name in LEARNING) == 659_272


@EVERY_VARIANT
def test_forward_has_the_shapes_of_the_table(empty_nets, rows, variant):
    x = np.zeros((1, INPUT_SIZES[variant], INPUT_SIZES[variant], 3), dtype="float32")
    for name, layer in empty_nets[variant]:
        if name == "fc6":  # from here on only the shapes of matrices
            break
        x = layer.forward(x)
        assert x.shape[1:] == rows[variant][name].shape, name


@pytest.mark.parametrize("variant", list(NORMS))
@pytest.mark.parametrize("name", ["norm1", "norm2"])
def test_constants_of_the_response_norm(empty_nets, variant, name):
    norm = empty_nets[variant][name]
    assert (norm.k, norm.scaled_alpha, norm.groups) == pytest.approx(NORMS[variant])
    assert (norm.size, norm.beta) == (5, 0.75)


def test_constants_of_the_norm_within_a_channel(empty_nets):
    norm = empty_nets["original"]["cnorm2"]
    assert (norm.size, norm.k, norm.beta) == (5, 1.0, 0.75)
    assert norm.scaled_alpha == pytest.approx(0.001 / 25)


@pytest.mark.parametrize("variant", ["paper", "original"])
def test_conv1_reads_three_pixels_of_zeros_at_the_right_and_bottom(empty_nets, variant):
    assert empty_nets[variant]["conv1"].padding == ((0, 3), (0, 3))


# --- first values ---------------------------------------------------------------------------


def assert_first_values(net, deviations, biases):
    for name, deviation, bias in zip(LEARNING, deviations, biases, strict=True):
        W, b = net[name].params["W"], net[name].params["b"]
        assert float(W.std()) == pytest.approx(deviation, rel=0.03), name
        assert abs(float(W.mean())) < 5 * deviation / math.sqrt(W.size), name
        np.testing.assert_allclose(b, bias, err_msg=name)


@pytest.mark.slow
@pytest.mark.parametrize("variant", list(FIRST_WEIGHTS))
def test_first_values_of_the_source(variant):
    net = alexnet(variant=variant, image_size=67, rng=np.random.default_rng(0))
    assert_first_values(net, FIRST_WEIGHTS[variant], FIRST_BIASES[variant])


def test_first_values_of_torchvision():
    net = alexnet(variant="torchvision", image_size=67, rng=np.random.default_rng(0))
    for name in LEARNING:
        W, b = net[name].params["W"], net[name].params["b"]
        bound = 1 / math.sqrt(W.size / W.shape[-1])
        assert float(abs(W).max()) == pytest.approx(bound, rel=0.01), name
        assert float(W.std()) == pytest.approx(bound / math.sqrt(3), rel=0.03), name
        assert bound * 0.8 < float(abs(b).max()) <= bound, name


def test_first_values_of_he():
    net = alexnet(image_size=67, initialization="he", rng=np.random.default_rng(0))
    fan_in = {name: net[name].params["W"].size / net[name].params["b"].size for name in LEARNING}
    deviations = [math.sqrt(2 / fan_in[name]) for name in LEARNING[:-1]] + [0.01]
    assert_first_values(net, deviations, [0] * 8)


@pytest.mark.slow
def test_he_hands_the_signal_on_at_its_size():
    net = alexnet(10, initialization="he", dropout=0.0, rng=np.random.default_rng(0))
    x, sizes = noise(224), {}
    for name, layer in net:
        x = layer.forward(x)
        sizes[name] = float(x.std())
    signal = [sizes[name] for name in ("conv2", "conv3", "conv4", "conv5", "fc6", "fc7")]
    assert max(signal) < 4 * min(signal), sizes


@pytest.mark.slow
def test_the_papers_first_loss_is_near_the_log_of_the_classes():
    net = alexnet(rng=np.random.default_rng(0))
    logits = net.predict(noise(224, count=1, scale=60))
    # The mean over all labels: ln 1000 and half the variance of the logits, .01² · Σ fc7².
    loss = SoftmaxCrossEntropy().forward(np.tile(logits, (1000, 1)), np.arange(1000))
    assert math.log(1000) < loss < 1.1 * math.log(1000)


@pytest.mark.slow
def test_the_same_seed_gives_the_same_network():
    first, second = (
        alexnet(3, image_size=67, rng=np.random.default_rng(4)).parameters() for _ in range(2)
    )
    assert all(first[name].tobytes() == second[name].tobytes() for name in first)


def test_dtype_of_the_parameters():
    net = alexnet(2, image_size=67, initialization="zeros", dtype="float64")
    assert {array.dtype.name for array in net.parameters().values()} == {"float64"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"variant": "alexnet2"}, ["unknown variant 'alexnet2'", "paper", "torchvision"]),
        ({"num_classes": 0}, ["num_classes must be at least 1", "got 0"]),
        ({"image_size": 62}, ["no window fits", "MaxPool2d"]),
        ({"image_size": 4}, ["no window fits", "Conv2d"]),
        ({"image_size": 0}, ["no window fits", "Conv2d"]),
        ({"initialization": "xavier"}, ["'source', 'he' or 'zeros'", "'xavier'"]),
        ({"dropout": 1.5}, ["Dropout", "1.5"]),
    ],
)
def test_bad_networks(arguments, words):
    message = complaint(lambda: alexnet(**{"initialization": "zeros", **arguments}))
    for word in words:
        assert word in message
