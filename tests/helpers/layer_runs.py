"""A layer of each case of `layer_cases.py`, built and run."""

import numpy as np
import pytest
from layer_cases import CASES


def build(name, dtype="float64", seed=0):
    """The case's layer and an input for it. The loss has tests of its own."""
    rng = np.random.default_rng(seed)
    case = CASES[name]
    layer = case.build(rng)
    for key, array in layer.params.items():
        layer.params[key] = array.astype(dtype)
    return layer, case.training, rng.normal(size=case.shape).astype(dtype)


def run(layer, training, x, seed=1):
    """y, dx and copies of the gradients, for a random dy."""
    y = layer.forward(x, training=training)
    dy = np.random.default_rng(seed).normal(size=y.shape).astype(y.dtype)
    dx = layer.backward(dy)
    return [y, dx, *(array.copy() for array in layer.grads.values())]


EVERY_LAYER = pytest.mark.parametrize("name", CASES)
