"""What all losses share: the labels they take, keep and refuse, and a loss that is never −0."""

import math

import numpy as np
import pytest
from complaints import complaint
from hypothesis import given, settings
from hypothesis import strategies as st

from tinyalex.layers import SoftmaxCrossEntropy
from tinyalex.models.lenet import RBFLoss

LOSSES = pytest.mark.parametrize("kind", [SoftmaxCrossEntropy, RBFLoss])
SCORES = np.random.default_rng(0).uniform(0, 3, size=(4, 3))
LABELS = [2, 0, 1, 1]


def loss_and_gradient(kind, labels, scores=SCORES):
    loss = kind()
    return loss.forward(scores, labels), loss.backward()


@LOSSES
@pytest.mark.parametrize(
    "labels",
    [LABELS, tuple(LABELS), [np.int64(label) for label in LABELS], np.array(LABELS, "uint8")],
    ids=["list", "tuple", "list of NumPy ints", "uint8"],
)
def test_labels_may_be_any_sequence_of_ints(each_backend, kind, labels):
    value, gradient = loss_and_gradient(kind, labels)
    expected, expected_gradient = loss_and_gradient(kind, np.array(LABELS))
    assert value == expected
    np.testing.assert_array_equal(gradient, expected_gradient)


@LOSSES
def test_writing_into_the_labels_after_forward_changes_nothing(kind):
    labels, loss = np.array(LABELS), kind()
    loss.forward(SCORES, labels)
    labels[...] = 0
    np.testing.assert_array_equal(loss.backward(), loss_and_gradient(kind, LABELS)[1])


@LOSSES
def test_the_labels_are_left_alone(kind):
    labels = np.array(LABELS)
    loss_and_gradient(kind, labels)
    assert labels.tolist() == LABELS


BAD_LABELS = {
    "too large": ([0, 1, 2, 3], "labels must be 0 to 2 for 3 classes; got 0 to 3"),
    "below 0": (np.array([0, 1, 2, -1]), "labels must be 0 to 2 for 3 classes; got -1 to 2"),
    "fractions": ([0.0, 1.0, 2.0, 0.0], "labels must be 4 ints", "float64"),
    "flags": ([True, False, True, True], "labels must be 4 ints", "bool"),
    "one-hot rows": (np.eye(3, dtype=int)[LABELS], "labels must be 4 ints", "(4, 3)"),
    "a column": (np.array(LABELS)[:, None], "labels must be 4 ints", "(4, 1)"),
    "too few": ([0, 1], "labels must be 4 ints", "(2,)"),
    "one for all": (1, "labels must be 4 ints", "of shape ()"),
    "class names": (["cat", "dog", "cat", "cat"], "labels must be 4 ints", "<U3"),
    "ragged": ([[0], [1, 2], [0], [0]], "labels must be 4 ints", "ragged"),
    "nothing": (None, "labels must be 4 ints", "object"),
    "none of them": ([], "labels must be 4 ints", "(0,)"),
}


@LOSSES
@pytest.mark.parametrize("name", BAD_LABELS)
def test_bad_labels_are_refused_by_every_loss(each_backend, kind, name):
    labels, *words = BAD_LABELS[name]
    message = complaint(lambda: kind().forward(SCORES, labels))
    for word in [f"{kind.__name__}: ", *words]:
        assert word in message


BAD_SCORES = {
    "a list": ([[0.0, 1.0]], "must be an array; got a list"),
    "one row": (np.zeros(3), "(N, classes)", "of shape (3,)"),
    "ints": (np.zeros((1, 3), int), "float32 or float64", "int64"),
    "half precision": (np.zeros((1, 3), "float16"), "float32 or float64", "float16"),
    "no rows": (np.zeros((0, 3)), "the batch is empty"),
}


@LOSSES
@pytest.mark.parametrize("name", BAD_SCORES)
def test_bad_scores_are_refused_by_every_loss(kind, name):
    scores, *words = BAD_SCORES[name]
    message = complaint(lambda: kind().forward(scores, [0]))
    for word in [f"{kind.__name__}: ", *words]:
        assert word in message


@LOSSES
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_loss_of_a_perfect_batch_is_0_without_a_sign(each_backend, kind, dtype):
    sign = 1 if kind is SoftmaxCrossEntropy else -1
    scores = (sign * 1e4 * np.eye(3)).astype(dtype)  # of the distances the smallest is right
    loss = kind() if kind is SoftmaxCrossEntropy else kind(j=1e4)
    value = loss.forward(scores + (sign < 0) * scores.dtype.type(1e4), [0, 1, 2])
    assert value == 0
    assert math.copysign(1, value) == 1
    assert f"{value:.3f}" == "0.000"


@LOSSES
@settings(max_examples=200, deadline=None)
@given(seed=st.integers(0, 10**9), size=st.floats(-12, 6))
def test_no_loss_is_below_0(kind, seed, size):
    rng = np.random.default_rng(seed)
    scores = (rng.uniform(0, 10**size, (5, 4))).astype(rng.choice(["float32", "float64"]))
    best = scores.argmax(axis=1) if kind is SoftmaxCrossEntropy else scores.argmin(axis=1)
    value = kind().forward(scores, best)
    assert value >= 0
    assert math.copysign(1, value) == 1


@LOSSES
def test_backward_before_forward(kind):
    assert f"{kind.__name__}.backward: call forward" in complaint(kind().backward)


@LOSSES
def test_second_backward(kind):
    loss = kind()
    loss.forward(SCORES, LABELS)
    loss.backward()
    assert "call forward" in complaint(loss.backward)
