"""Occlusion, neighbours and statistics of activations and weights."""

import numpy as np
import pytest

from tinyalex.inspection import (
    activation_statistics,
    colour_share,
    kernel_groups,
    nearest,
    occlude,
    unit_length,
    weight_statistics,
)
from tinyalex.layers import (
    Flatten,
    Linear,
    ReLU,
)
from tinyalex.models import Sequential
from tinyalex.weights import softmax


def test_occlusion_is_what_covering_by_hand_gives(rng):
    linear = Linear(6 * 7 * 3, 4, rng=rng, dtype="float64")
    net = Sequential([("flatten", Flatten()), ("fc8", linear)])
    x = rng.normal(size=(6, 7, 3))
    before = x.copy()
    found = occlude(net, x, size=3, stride=2)
    assert found.tops.tolist() == [0, 2, 3]  # steps of 1.5, in whole pixels
    assert found.lefts.tolist() == [0, 2, 4]
    assert found.probabilities.shape == (3, 3, 4)
    for i, top in enumerate(found.tops):
        for j, left in enumerate(found.lefts):
            covered = x.copy()
            covered[top : top + 3, left : left + 3] = 0
            expected = softmax(covered.reshape(1, -1) @ linear.params["W"])[0]
            np.testing.assert_allclose(found.probabilities[i, j], expected, rtol=1e-12)
    np.testing.assert_array_equal(x, before)


def test_more_places_than_a_batch(rng):
    net = Sequential([("flatten", Flatten()), ("fc8", Linear(300, 2, dtype="float64"))])
    assert occlude(net, rng.normal(size=(10, 10, 3)), 1, 1).probabilities.shape == (10, 10, 2)
    assert occlude(net, rng.normal(size=(10, 10, 3)), 10, 1).probabilities.shape == (1, 1, 2)


@pytest.mark.parametrize(("size", "stride"), [(0, 1), (11, 1), (3, 0)])
def test_squares_that_do_not_fit(size, stride):
    with pytest.raises(ValueError, match="the square must be 1 to 10 pixels wide"):
        occlude(Sequential([("flatten", Flatten())]), np.zeros((10, 12, 3)), size, stride)


def test_neighbours_are_the_nearest(rng):
    features, queries = rng.normal(size=(1100, 8)), rng.normal(size=(3, 8))
    indices, distances = nearest(queries, features, 5)
    for q in range(3):
        every = np.array([np.sqrt(((row - queries[q]) ** 2).sum()) for row in features])
        assert indices[q].tolist() == np.argsort(every)[:5].tolist()
        np.testing.assert_allclose(distances[q], np.sort(every)[:5], rtol=1e-12)


def test_a_query_is_not_its_own_neighbour():
    features = np.array([[0.0], [1.0], [3.0], [0.0]])
    indices, distances = nearest(features[[0, 2]], features, 2, leave_out=np.array([0, -1]))
    assert indices.tolist() == [[3, 1], [2, 1]]
    assert distances.tolist() == [[0, 1], [0, 2]]


def test_too_few_for_neighbours():
    features = np.zeros((3, 2))
    assert nearest(features[:1], features, 3)[0].tolist() == [[0, 1, 2]]
    with pytest.raises(ValueError, match="cannot find 3 neighbours among 2 pictures"):
        nearest(features[:1], features, 3, leave_out=np.array([0]))


def test_unit_length():
    rows = unit_length(np.array([[3.0, 4.0], [0.0, 0.0]]))
    np.testing.assert_allclose(rows, [[0.6, 0.8], [0, 0]])


def test_activation_statistics_by_hand():
    net = Sequential([("flatten", Flatten()), ("relu", ReLU())])
    batches = [np.array([[1.0, -1, 0], [3, -2, 0]]), np.array([[0.0, -5, 4]])]
    (row,) = activation_statistics(net, batches)
    assert (row.layer, row.units, row.dead) == ("relu", 3, 1)
    assert row.mean == pytest.approx(8 / 9)
    assert row.deviation == pytest.approx(np.std([1, 0, 0, 3, 0, 0, 0, 0, 4]))
    assert row.zeros == pytest.approx(6 / 9)


def test_every_layer_but_dropout_and_flatten_has_a_row(small, rng):
    rows = activation_statistics(small, [rng.normal(size=(2, 9, 9, 3))])
    shown = [row.layer for row in rows]
    assert shown == ["conv1", "relu1", "norm1", "pool1", "conv2", "relu2", "fc"]
    assert rows[0].units == 4


def test_weight_statistics_by_hand():
    arrays = {"conv1.W": np.array([[-2.0, 4.0]]), "conv1.b": np.ones(2), "fc.W": np.zeros(3)}
    first, second = weight_statistics(arrays, {"conv1.W": np.array([[0.5, -0.1]])})
    assert (first.layer, first.weight, first.change) == ("conv1", 3, pytest.approx(0.3))
    assert first.ratio == pytest.approx(0.1)
    assert (second.layer, second.change, second.ratio) == ("fc", None, None)
    assert weight_statistics(arrays)[0].change is None


def test_colour_share():
    W = np.zeros((2, 2, 3, 4))
    W[..., 0] = 5  # grey
    W[0, 0, :, 1] = [1, 0, -1]  # of no brightness
    W[0, 1, :, 2] = [3, 0, 0]  # red: 2/3 of it is colour
    np.testing.assert_allclose(colour_share(W, (0, 1, 2)), [0, 1, 2 / 3, 0], atol=1e-15)
    assert colour_share(W[..., 1:3]) == pytest.approx((2 + 6) / (2 + 9))
    with pytest.raises(ValueError, match="kernels with 3 input channels; got 48"):
        colour_share(np.zeros((5, 5, 48, 2)))


def test_groups_of_kernels_the_greyer_first(rng):
    W = np.repeat(rng.normal(size=(3, 3, 1, 8)), 3, axis=2)
    W[..., :4] *= np.array([1, -1, 0])[:, None]
    first, second = kernel_groups(W, 2)
    assert (first.channels, second.channels) == (range(4, 8), range(4))
    assert first.colour == pytest.approx(0, abs=1e-15)
    assert second.colour == pytest.approx(1)
    assert [group.channels for group in kernel_groups(W, 1)] == [range(8)]
