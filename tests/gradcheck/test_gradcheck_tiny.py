"""Entries as small as float64 has them: the check ends, blames nobody and misses nothing."""

import numpy as np
import pytest

from tinyalex.gradcheck import GradientError, check_gradients
from tinyalex.layers import Linear, Sigmoid, SoftmaxCrossEntropy, Tanh

pytestmark = pytest.mark.usefixtures("numpy_backend")

TINY = [5e-324, 1e-310, 1e-300, 1e-200, 1e-100, 1e-30, 1e-20, 1e-12]


def beside_ordinary(tiny):
    return np.array([[1.0, 0.5, tiny], [0.3, -2 * tiny, 1.7]])


class WrongAtOneEntry(Tanh):
    def backward(self, dy):
        dx = super().backward(dy)
        dx[0, 2] *= 1.1
        return dx


@pytest.mark.parametrize("tiny", TINY)
@pytest.mark.parametrize("layer", [Tanh(), Sigmoid(), Linear(3, 2, dtype="float64")])
def test_right_layers_pass(layer, tiny):
    calls, forward = [0], type(layer).forward

    def counted(x, training=False):
        calls[0] += 1
        return forward(layer, x, training)

    layer.forward = counted
    check_gradients(layer, beside_ordinary(tiny))
    assert calls[0] < 1000  # no ladder of steps from 1e-300 up


@pytest.mark.parametrize("tiny", TINY)
def test_a_wrong_gradient_of_a_tiny_entry_is_found(tiny):
    with pytest.raises(GradientError, match=r"dx\[0, 2\]"):
        check_gradients(WrongAtOneEntry(), beside_ordinary(tiny))


def test_gradients_that_forward_cannot_show_blame_nobody():
    check_gradients(SoftmaxCrossEntropy(), 300 * np.eye(3), labels=[0, 1, 2])


def drawn_logits(rng):
    """Logits and labels of a loss that is ordinary, tiny, or 0 in float64."""
    N, C = int(rng.integers(1, 4)), int(rng.integers(2, 5))
    return rng.normal(size=(N, C)) * rng.choice([1, 5, 10, 20]), rng.integers(0, C, N)


@pytest.mark.slow
def test_a_loss_that_float64_rounds_away_is_not_blamed():
    for seed in range(300):
        logits, labels = drawn_logits(np.random.default_rng(seed))
        check_gradients(SoftmaxCrossEntropy(), logits, labels=labels, seed=seed)


class TooLarge(SoftmaxCrossEntropy):
    def backward(self):
        return super().backward() * 1.0001


@pytest.mark.parametrize("gap", [0, 1, 5, 10])
def test_a_small_loss_with_a_wrong_gradient_is_found(gap):
    """As long as the loss is larger than its rounding."""
    with pytest.raises(GradientError, match="dlogits"):
        check_gradients(TooLarge(), np.array([[gap, 0.1, -0.2], [0.3, gap, 0.0]]), labels=[0, 1])
