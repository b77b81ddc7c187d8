"""A small network to look into."""

import numpy as np
import pytest
from inspection_nets import conv

from tinyalex.layers import (
    Dropout,
    Flatten,
    Linear,
    LocalResponseNorm,
    MaxPool2d,
    ReLU,
)
from tinyalex.models import Sequential


@pytest.fixture
def rng():
    return np.random.default_rng(5)


@pytest.fixture
def small(rng):
    """All kinds of layers that AlexNet has, on pictures of 9 × 9."""
    return Sequential(
        [
            ("conv1", conv(3, 4, 3, rng=rng, bias_init=0.1)),
            ("relu1", ReLU()),
            ("norm1", LocalResponseNorm(alpha=0.1)),
            ("pool1", MaxPool2d(3, 2)),
            ("conv2", conv(4, 6, 3, padding=1, groups=2, rng=rng)),
            ("relu2", ReLU()),
            ("flatten", Flatten()),
            ("drop", Dropout(0.5)),
            ("fc", Linear(54, 5, rng=rng, dtype="float64")),
        ]
    )
