"""The neurons before AlexNet: McCulloch-Pitts, the perceptron, a multilayer perceptron."""

import itertools

import numpy as np
import pytest

from tinyalex.coursework.lesson_00.neurons import Perceptron, mcculloch_pitts, mistake_bound, mlp
from tinyalex.gradcheck import check_gradients, sample_input
from tinyalex.layers import (
    Sigmoid,
    SoftmaxCrossEntropy,
)
from tinyalex.optim import SGD

BITS = np.array(list(itertools.product((0, 1), repeat=3)))


NOTHING = np.zeros((8, 0))


# --- neurons --------------------------------------------------------------------------------


def test_and_or_and_veto():
    assert mcculloch_pitts(BITS, NOTHING, 3).tolist() == [0] * 7 + [1]
    assert mcculloch_pitts(BITS, NOTHING, 1).tolist() == [0] + [1] * 7
    assert mcculloch_pitts(BITS[:, :2], BITS[:, 2:], 1).tolist() == [0, 0, 1, 0, 1, 0, 1, 0]


def test_not_is_a_veto_alone():
    assert mcculloch_pitts(np.zeros((2, 0)), np.array([[0], [1]]), 0).tolist() == [1, 0]


def test_one_veto_outweighs_any_number_of_excitations():
    assert mcculloch_pitts(np.ones((1, 99)), np.array([[1]]), 1).tolist() == [0]


def test_xor_takes_two_layers_and_no_single_neuron_does_it():
    bits, right = BITS[:4, 1:], [0, 1, 1, 0]
    only_a = mcculloch_pitts(bits[:, :1], bits[:, 1:], 1)
    only_b = mcculloch_pitts(bits[:, 1:], bits[:, :1], 1)
    both = mcculloch_pitts(np.column_stack([only_a, only_b]), np.zeros((4, 0)), 1)
    assert both.tolist() == right
    for roles in itertools.product(("none", "excitatory", "inhibitory"), repeat=2):
        parts = [bits[:, [r == kind for r in roles]] for kind in ("excitatory", "inhibitory")]
        for threshold in range(4):
            assert mcculloch_pitts(*parts, threshold).tolist() != right


def separable(seed, margin=0.3):
    rng = np.random.default_rng(seed)
    w, b = rng.normal(size=3), rng.normal() / 2
    x = rng.normal(size=(200, 3))
    signed = (x @ w + b) / np.linalg.norm([*w, b])
    keep = abs(signed) > margin
    return x[keep], np.sign(signed[keep]).astype(int), w, b


@pytest.mark.parametrize("seed", range(10))
def test_perceptron_separates_within_its_bound(seed):
    x, labels, w, b = separable(seed)
    perceptron = Perceptron(3)
    mistakes = perceptron.fit(x, labels, epochs=10_000)
    assert mistakes[-1] == 0
    assert (perceptron.predict(x) == labels).all()
    assert 0 < sum(mistakes) <= mistake_bound(x, labels, w, b)
    assert sum(mistakes) <= mistake_bound(x, labels, perceptron.w, perceptron.b)


def test_mistake_bound_by_hand():
    # x' = (±1, 0, 1), u = (1, 0, 0): R² = 2, γ = 1.
    x = np.array([[1.0, 0], [-1, 0]])
    assert mistake_bound(x, np.array([1, -1]), np.array([5.0, 0]), 0) == pytest.approx(2)


@pytest.mark.parametrize("w", [[-1.0, 0], [0.0, 0]])
def test_mistake_bound_needs_a_separation(w):
    x = np.array([[1.0, 0], [-1, 0]])
    with pytest.raises(ValueError, match="on its own side"):
        mistake_bound(x, np.array([1, -1]), np.array(w), 0)


def test_perceptron_cannot_learn_xor():
    x = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]])
    mistakes = Perceptron(2).fit(x, np.array([-1, 1, 1, -1]), epochs=50)
    assert len(mistakes) == 50
    assert min(mistakes) > 0


def test_mlp_learns_xor():
    x = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]])
    labels = np.array([0, 1, 1, 0])
    net = mlp((2, 4, 2), rng=np.random.default_rng(0), dtype="float64")
    optimizer, loss = SGD(net, lr=0.1, weight_decay=0), SoftmaxCrossEntropy()
    for _ in range(300):
        loss.forward(net.forward(x, training=True), labels)
        net.backward(loss.backward())
        optimizer.step()
    assert (net.predict(x).argmax(axis=1) == labels).all()


def test_mlp_layers_and_gradients():
    net = mlp((3, 5, 4, 2), Sigmoid, rng=np.random.default_rng(0), dtype="float64")
    assert [name for name, _ in net] == ["fc1", "act1", "fc2", "act2", "fc3"]
    assert sum(array.size for array in net.parameters().values()) == 20 + 24 + 10
    check_gradients(net, sample_input((4, 3), np.random.default_rng(1)))


def test_mlp_needs_an_output():
    with pytest.raises(ValueError, match="at least input and output"):
        mlp((3,))
