"""Finite differences for each of our own layers, by geometry and backend."""

import numpy as np
import pytest
from layer_cases import CASES

from tinyalex.gradcheck import check_gradients, check_loss_gradients, sample_input
from tinyalex.layers import (
    Conv2d,
    Dropout,
    Flatten,
    Linear,
    LocalResponseNorm,
    MaxPool2d,
    ReLU,
    SoftmaxCrossEntropy,
)
from tinyalex.models import Sequential


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("seed", range(2))
def test_gradients_equal_finite_differences(each_backend, name, seed):
    rng = np.random.default_rng(seed)
    case = CASES[name]
    x = sample_input(case.shape, rng)
    report = check_gradients(case.build(rng), x, training=case.training, seed=seed)
    assert report.worst_error < 1e-7
    assert [array.checked for array in report.arrays] == [
        array.available for array in report.arrays
    ]


@pytest.mark.parametrize("scale", [0.01, 1, 100, 10_000])
def test_response_norm_at_every_scale(each_backend, scale):
    check_gradients(LocalResponseNorm(), sample_input((2, 2, 2, 7), 3, scale=scale))


@pytest.mark.parametrize("scale", [0.01, 1, 30])
def test_loss_gradients(each_backend, scale):
    labels = np.array([1, 0, 4, 1])
    check_loss_gradients(SoftmaxCrossEntropy(), sample_input((4, 5), 1, scale=scale), labels)


def small_alexnet(rng):
    """Every kind of layer that AlexNet has, each of them tiny."""
    settings = {"dtype": "float64", "rng": rng, "bias_init": "uniform"}
    return Sequential(
        [
            ("conv1", Conv2d(2, 4, 3, stride=2, padding=(0, 1, 0, 1), **settings)),
            ("relu1", ReLU()),
            ("norm1", LocalResponseNorm()),
            ("pool1", MaxPool2d(3, 2)),
            ("conv2", Conv2d(4, 4, 3, padding=1, groups=2, **settings)),
            ("relu2", ReLU()),
            ("flatten", Flatten()),
            ("drop6", Dropout(0.5, rng=rng)),
            ("fc6", Linear(16, 3, **settings)),
        ]
    )


@pytest.mark.parametrize("mode", ["full", "projection"])
def test_whole_network(each_backend, mode):
    rng = np.random.default_rng(0)
    x = sample_input((2, 11, 10, 2), rng)
    report = check_gradients(small_alexnet(rng), x, training=True, mode=mode, max_entries=40)
    assert [array.name for array in report.arrays][:3] == ["dx", "conv1.dW", "conv1.db"]
    assert len(report.arrays) == 7
