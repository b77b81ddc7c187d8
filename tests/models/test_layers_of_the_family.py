"""The layers that LeNet-5 needs: by hand, by finite differences, and what they refuse."""

import math

import numpy as np
import pytest

from tinyalex.gradcheck import check_gradients, check_loss_gradients, sample_input
from tinyalex.layers import Conv2d
from tinyalex.models.lenet import (
    PartialConv2d,
    RBFLoss,
    RBFOutput,
    ScaledTanh,
    TrainableSubsampling,
)

# --- the new layers -------------------------------------------------------------------------

TABLE = ((0, 2), (1,), (0, 1, 2), (2, 1))


def partial(rng, **arguments):
    settings = {"bias_init": "uniform", "rng": rng, "dtype": "float64"}
    return PartialConv2d(3, TABLE, (3, 2), **arguments, **settings)


NEW_LAYERS = {
    "scaled tanh": (lambda rng: ScaledTanh(), (2, 3, 2, 2)),
    "subsampling": (
        lambda rng: TrainableSubsampling(3, bias_init="uniform", rng=rng, dtype="float64"),
        (2, 4, 5, 3),
    ),
    "overlapping subsampling": (
        lambda rng: TrainableSubsampling(2, 3, (2, 1), rng=rng, dtype="float64"),
        (2, 5, 4, 2),
    ),
    "partial": (partial, (2, 4, 5, 3)),
    "partial, strided, padded": (
        lambda rng: partial(rng, stride=(2, 1), padding=(1, 0, 0, 1)),
        (2, 4, 3, 3),
    ),
    "rbf": (lambda rng: RBFOutput(rng.normal(size=(4, 5))), (3, 5)),
}


@pytest.mark.parametrize("name", NEW_LAYERS)
@pytest.mark.parametrize("seed", range(3))
def test_gradients_equal_finite_differences(each_backend, name, seed):
    rng = np.random.default_rng(seed)
    build, shape = NEW_LAYERS[name]
    report = check_gradients(build(rng), sample_input(shape, rng), seed=seed)
    assert report.worst_error < 1e-7


@pytest.mark.parametrize("name", NEW_LAYERS)
def test_shapes_and_dtypes_are_kept(each_backend, name):
    build, shape = NEW_LAYERS[name]
    layer = build(np.random.default_rng(0))
    for key, array in layer.params.items():
        layer.params[key] = array.astype("float32")
    y = layer.forward(np.ones(shape, dtype="float32"))
    assert y.dtype == np.float32
    assert y.shape == layer.output_shape(shape)
    dx = layer.backward(y)
    assert (dx.dtype, dx.shape) == (np.float32, shape)
    assert {array.dtype.name for array in layer.grads.values()} <= {"float32"}


@pytest.mark.parametrize("name", ["subsampling", "partial"])
def test_first_layers_need_no_dx(name):
    build, shape = NEW_LAYERS[name]
    layer = build(np.random.default_rng(0))
    y = layer.forward(np.ones(shape))
    assert layer.backward(y, input_gradient=False) is None
    assert layer.grads["W"].shape == layer.params["W"].shape
    layer.forward(np.ones(shape))
    layer.forget()
    with pytest.raises(ValueError, match="used up"):
        layer.backward(y)


def test_scaled_tanh_keeps_one_and_minus_one():
    y = ScaledTanh().forward(np.array([[1.0, -1.0, 1e9]]))
    np.testing.assert_allclose(y, [[1, -1, 1.7159]], atol=1e-4)


def test_subsampling_by_hand():
    layer = TrainableSubsampling(1, dtype="float64")
    layer.params = {"W": np.array([0.5]), "b": np.array([1.0])}
    y = layer.forward(np.array([[1.0, 2], [3, 4]]).reshape(1, 2, 2, 1))
    assert y.item() == 0.5 * 10 + 1
    assert layer.backward(np.full((1, 1, 1, 1), 2.0)).ravel().tolist() == [1] * 4
    assert (layer.grads["W"].item(), layer.grads["b"].item()) == (20, 2)


def test_partial_convolution_is_the_full_one_with_zeros():
    rng = np.random.default_rng(0)
    layer, x = partial(rng), rng.normal(size=(2, 4, 5, 3))
    full = Conv2d(3, 4, (3, 2), weight_init="zeros", dtype="float64")
    at = 0
    for k, maps in enumerate(TABLE):
        for c in maps:
            full.params["W"][:, :, c, k] = layer.params["W"][:, :, at]
            at += 1
    full.params["b"][:] = layer.params["b"]
    assert at == layer.params["W"].shape[2]
    np.testing.assert_allclose(layer.forward(x), full.forward(x), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("table", [((0, 0),), ((3,),), ((-1,),)])
def test_bad_tables(table):
    with pytest.raises(ValueError, match="must be distinct maps, 0 to 2"):
        PartialConv2d(3, table, 3)


def test_a_table_that_connects_nothing():
    with pytest.raises(ValueError, match="has no connections"):
        PartialConv2d(3, ((), ()), 3)


def test_rbf_by_hand():
    layer = RBFOutput(np.array([[1.0, 1], [-1, 1]]))
    assert layer.forward(np.array([[1.0, 3]])).tolist() == [[4, 8]]
    assert layer.backward(np.array([[1.0, 10]])).tolist() == [[2 * 0 + 20 * 2, 2 * 2 + 20 * 2]]


@pytest.mark.parametrize("scale", [0.1, 1, 30])
def test_rbf_loss_gradients(scale):
    y = sample_input((4, 5), 1, scale=scale) + 3 * scale
    check_loss_gradients(RBFLoss(), y, np.array([1, 0, 4, 1]))


def test_rbf_loss_by_hand_and_far_away():
    loss = RBFLoss(j=2.0)
    value = loss.forward(np.array([[1.0, 3]]), np.array([0]))
    assert value == pytest.approx(1 + math.log(math.exp(-2) + math.exp(-1) + math.exp(-3)))
    assert loss.forward(np.full((1, 3), 1e5), np.array([0])) == pytest.approx(1e5 - 2)
    assert loss.backward().tolist() == [[1, 0, 0]]


def test_rbf_loss_complaints():
    with pytest.raises(ValueError, match="must be positive"):
        RBFLoss(0)
    with pytest.raises(ValueError, match="call forward"):
        RBFLoss().backward()


def test_the_centers_are_a_copy(each_backend):
    centers, x = np.eye(3), np.ones((2, 3))
    layer = RBFOutput(centers)
    before = layer.forward(x)
    centers[...] = 7
    np.testing.assert_array_equal(layer.forward(x), before)
