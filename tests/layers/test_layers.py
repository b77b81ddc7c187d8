"""The layers by hand: examples small enough to check by eye."""

import math

import numpy as np
import pytest

from tinyalex.layers import (
    AvgPool2d,
    Conv2d,
    Dropout,
    Flatten,
    GlobalAvgPool2d,
    Linear,
    LocalResponseNorm,
    MaxPool2d,
    ReLU,
    Sigmoid,
    SoftmaxCrossEntropy,
    Tanh,
    WithinChannelNorm,
)


def picture(rows):
    """One picture of one channel, (1, H, W, 1)."""
    return np.array(rows, dtype=np.float64)[None, :, :, None]


def pixel(channels):
    """One picture of one pixel, (1, 1, 1, C)."""
    return np.array(channels, dtype=np.float64).reshape(1, 1, 1, -1)


def rows_of(array):
    """The reverse of `picture`, as nested lists."""
    return array[0, :, :, 0].tolist()


def conv(W, b=(0.0,), **geometry):
    """A Conv2d of one input channel a group with these weights, (KH, KW, C/groups, K)."""
    W = np.array(W, dtype=np.float64)
    in_channels = W.shape[2] * geometry.get("groups", 1)
    layer = Conv2d(in_channels, W.shape[3], W.shape[:2], dtype="float64", **geometry)
    layer.params["W"][...], layer.params["b"][...] = W, b
    return layer


def kernel(rows):
    """One input channel, one output channel: (KH, KW, 1, 1)."""
    return np.array(rows, dtype=np.float64)[:, :, None, None]


# --- examples by hand -----------------------------------------------------------------------


def test_conv_slides_the_kernel_without_flipping_it(each_backend):
    y = conv(kernel([[1, 2], [3, 4]]), b=10).forward(picture([[1, 2, 0], [3, 4, 0]]))
    assert rows_of(y) == [[10 + 1 + 4 + 9 + 16, 10 + 2 + 12]]


def test_conv_backward(each_backend):
    layer = conv(kernel([[1, 2], [3, 4]]))
    layer.forward(picture([[1, 2, 3], [4, 5, 6]]))
    dx = layer.backward(picture([[10, 100]]))
    # The middle column is read by both windows: its gradients add up.
    assert rows_of(dx) == [[10, 20 + 100, 200], [30, 40 + 300, 400]]
    assert layer.grads["W"].ravel().tolist() == [10 + 200, 20 + 300, 40 + 500, 50 + 600]
    assert layer.grads["b"].tolist() == [110]


def test_conv_stride(each_backend):
    y = conv(kernel([[1]]), stride=(1, 2)).forward(picture([[1, 2, 3], [4, 5, 6]]))
    assert rows_of(y) == [[1, 3], [4, 6]]


def test_conv_pads_top_bottom_left_right(each_backend):
    y = conv(kernel([[1]]), padding=(1, 0, 2, 3)).forward(picture([[7]]))
    assert rows_of(y) == [[0, 0, 0, 0, 0, 0], [0, 0, 7, 0, 0, 0]]


def test_conv_pads_rows_and_columns(each_backend):
    y = conv(kernel([[1]]), padding=(1, 0)).forward(picture([[7]]))
    assert rows_of(y) == [[0], [7], [0]]


def test_conv_leaves_out_a_last_stride_that_finds_no_window(each_backend):
    y = conv(kernel([[1, 1]]), stride=2).forward(picture([[1, 2, 3, 4, 5]]))
    assert rows_of(y) == [[3, 7]]


def test_conv_groups_see_only_their_own_channels(each_backend):
    layer = conv([[[[10, 100]]]], groups=2)  # one channel in and out of each group
    assert layer.forward(pixel([3, 5])).ravel().tolist() == [30, 500]
    assert layer.backward(pixel([1, 2])).ravel().tolist() == [10, 200]


def test_conv_adds_up_a_batch_larger_than_a_chunk(each_backend, monkeypatch):
    x = np.random.default_rng(0).normal(size=(5, 4, 4, 2))
    results = []
    for size in (6 * 2**20, 1):
        monkeypatch.setattr("tinyalex.kernels.cpu_convolution.COLUMN_BYTES", size)
        layer = Conv2d(2, 3, 3, rng=np.random.default_rng(1), dtype="float64")
        y = layer.forward(x)
        results.append([y, layer.backward(y), layer.grads["W"], layer.grads["b"]])
    for whole, chunked in zip(*results, strict=True):
        np.testing.assert_allclose(chunked, whole, rtol=1e-12)


@pytest.mark.parametrize("layer", [Conv2d(2, 3, 2), Linear(2, 3)], ids=["conv", "linear"])
def test_the_input_gradient_can_be_left_out(each_backend, layer):
    shape = (4, 2) if isinstance(layer, Linear) else (4, 3, 3, 2)
    x = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    y = layer.forward(x)
    layer.backward(y)
    expected = {key: array.copy() for key, array in layer.grads.items()}
    layer.forward(x)
    assert layer.backward(y, input_gradient=False) is None
    for key, array in expected.items():
        np.testing.assert_array_equal(layer.grads[key], array)


def test_max_pool_overlapping_windows_share_a_maximum(each_backend):
    layer = MaxPool2d((1, 3), (1, 2))
    assert rows_of(layer.forward(picture([[1, 2, 9, 2, 1]]))) == [[9, 9]]
    assert rows_of(layer.backward(picture([[10, 100]]))) == [[0, 0, 110, 0, 0]]


def test_max_pool_sends_the_gradient_of_a_tie_to_the_first(each_backend):
    layer = MaxPool2d(2, 2)
    layer.forward(picture([[1, 4], [4, 4]]))
    assert rows_of(layer.backward(picture([[10]]))) == [[0, 10], [0, 0]]


def test_max_pool_of_negative_values_ignores_the_padding(each_backend):
    y = MaxPool2d(2, 1, padding=(1, 0, 0, 1)).forward(picture([[-3]]))
    assert rows_of(y) == [[-3]]


def test_avg_pool(each_backend):
    layer = AvgPool2d(2, 2)
    assert rows_of(layer.forward(picture([[1, 2], [3, 4]]))) == [[2.5]]
    assert rows_of(layer.backward(picture([[8]]))) == [[2, 2], [2, 2]]


def test_avg_pool_counts_padding_as_zeros(each_backend):
    y = AvgPool2d(2, 1, padding=(1, 0, 0, 1)).forward(picture([[8]]))
    assert rows_of(y) == [[2]]


def test_global_avg_pool(each_backend):
    layer = GlobalAvgPool2d()
    x = np.array([[[[1.0, 10], [3, 20]]]])
    assert layer.forward(x).tolist() == [[2, 15]]
    assert layer.backward(np.array([[6.0, 8]])).tolist() == [[[[3, 4], [3, 4]]]]


def norm_of(values, **constants):
    """LocalResponseNorm with k 1, α 1 and β 1 of one pixel: x / (1 + Σ x²)."""
    layer = LocalResponseNorm(**{"alpha": 1.0, "beta": 1.0, "k": 1.0, **constants})
    return layer.forward(pixel(values)).ravel()


def test_response_norm_of_odd_size_looks_both_ways(each_backend):
    expected = [1 / (1 + 1 + 4), 2 / (1 + 1 + 4 + 9), 3 / (1 + 4 + 9)]
    np.testing.assert_allclose(norm_of([1, 2, 3], size=3), expected)


def test_response_norm_of_even_size_looks_further_back(each_backend):
    expected = [1 / (1 + 1), 2 / (1 + 1 + 4), 3 / (1 + 4 + 9)]
    np.testing.assert_allclose(norm_of([1, 2, 3], size=2), expected)


def test_response_norm_divides_alpha_by_the_size_on_request(each_backend):
    # At the edges, too, where the window holds fewer channels.
    expected = [1 / (1 + 5 / 3), 2 / (1 + 5 / 3)]
    np.testing.assert_allclose(norm_of([1, 2], size=3, divide_by_size=True), expected)


def test_response_norm_windows_stay_in_their_group(each_backend):
    expected = [1 / (1 + 5), 2 / (1 + 5), 3 / (1 + 25), 4 / (1 + 25)]
    np.testing.assert_allclose(norm_of([1, 2, 3, 4], size=3, groups=2), expected)


def test_response_norm_has_the_papers_constants(each_backend):
    y = LocalResponseNorm().forward(pixel([100, 0, 0, 50, 0, 0]))
    expected = [100 / (2 + 1e-4 * 100**2) ** 0.75, 50 / (2 + 1e-4 * 50**2) ** 0.75]
    np.testing.assert_allclose(y.ravel()[[0, 3]], expected)


def test_response_norm_backward_of_one_channel(each_backend):
    layer = LocalResponseNorm(size=1, alpha=1.0, beta=1.0, k=1.0)
    layer.forward(pixel([2]))
    # y = x / (1 + x²), so dy/dx = (1 − x²) / (1 + x²)².
    np.testing.assert_allclose(layer.backward(pixel([1])).item(), (1 - 4) / 25)


def test_within_channel_norm_sums_over_a_square(each_backend):
    layer = WithinChannelNorm(size=3, alpha=1.0, beta=1.0, k=1.0, divide_by_size=False)
    y = layer.forward(picture([[1, 0, 0], [2, 0, 0], [0, 0, 3]]))
    expected = [[1 / 6, 0, 0], [2 / 6, 0, 0], [0, 0, 3 / 10]]
    np.testing.assert_allclose(rows_of(y), expected)


def test_within_channel_norm_divides_alpha_by_the_area(each_backend):
    layer = WithinChannelNorm(size=3, alpha=9.0, beta=1.0, k=1.0)
    np.testing.assert_allclose(layer.forward(pixel([2])).item(), 2 / 5)


def test_relu(each_backend):
    layer = ReLU()
    assert layer.forward(np.array([[-1.0, 0, 2]])).tolist() == [[0, 0, 2]]
    assert layer.backward(np.array([[5.0, 6, 7]])).tolist() == [[0, 0, 7]]


def test_tanh():
    layer = Tanh()
    np.testing.assert_allclose(layer.forward(np.array([[0, math.log(2)]])), [[0, 0.6]])
    np.testing.assert_allclose(layer.backward(np.array([[1.0, 1]])), [[1, 0.64]])


def test_sigmoid():
    layer = Sigmoid()
    np.testing.assert_allclose(layer.forward(np.array([[0, math.log(3)]])), [[0.5, 0.75]])
    np.testing.assert_allclose(layer.backward(np.array([[1.0, 1]])), [[0.25, 0.1875]])


@pytest.mark.filterwarnings("error")
def test_sigmoid_of_huge_values_does_not_overflow():
    assert Sigmoid().forward(np.array([[-1e5, 1e5]], dtype=np.float32)).tolist() == [[0, 1]]


def test_flatten_keeps_channels_side_by_side():
    layer = Flatten()
    x = np.array([[[[1.0, 10], [2, 20]], [[3, 30], [4, 40]]]])
    assert layer.forward(x).tolist() == [[1, 10, 2, 20, 3, 30, 4, 40]]
    np.testing.assert_array_equal(layer.backward(layer.forward(x)), x)


def test_linear():
    layer = Linear(2, 3, dtype="float64")
    layer.params["W"][...] = [[1, 2, 3], [4, 5, 6]]
    layer.params["b"][...] = [100, 200, 300]
    assert layer.forward(np.array([[1.0, 10]])).tolist() == [[141, 252, 363]]
    assert layer.backward(np.array([[1.0, 0, 2]])).tolist() == [[7, 16]]
    assert layer.grads["W"].tolist() == [[1, 0, 2], [10, 0, 20]]
    assert layer.grads["b"].tolist() == [1, 0, 2]


def test_cross_entropy_of_equal_logits_is_the_log_of_the_classes():
    loss = SoftmaxCrossEntropy()
    assert loss.forward(np.zeros((2, 4)), np.array([0, 3])) == pytest.approx(math.log(4))
    np.testing.assert_allclose(loss.probabilities, np.full((2, 4), 0.25))
    expected = np.array([[-0.75, 0.25, 0.25, 0.25], [0.25, 0.25, 0.25, -0.75]]) / 2
    np.testing.assert_allclose(loss.backward(), expected)


@pytest.mark.filterwarnings("error")
def test_cross_entropy_of_huge_logits_is_exact():
    loss = SoftmaxCrossEntropy()
    logits = np.array([[1000.0, 0], [-1e4, 1e4]], dtype=np.float32)
    assert loss.forward(logits, np.array([1, 0])) == (1000 + 20_000) / 2
    np.testing.assert_array_equal(loss.backward(), [[0.5, -0.5], [-0.5, 0.5]])


@pytest.mark.parametrize("dtype", ["int8", "int64", "uint8", "uint64"])
def test_cross_entropy_takes_labels_of_any_int(dtype):
    loss = SoftmaxCrossEntropy().forward(np.array([[0.0, 9, 0]]), np.array([1], dtype=dtype))
    assert loss < 0.001


# --- dropout --------------------------------------------------------------------------------


def dropped(p=0.5, seed=0, shape=(200, 500), training=True):
    layer = Dropout(p, rng=np.random.default_rng(seed))
    return layer, layer.forward(np.ones(shape, dtype=np.float32), training=training)


@pytest.mark.parametrize("p", [0.1, 0.5, 0.8])
def test_dropout_keeps_the_expectation(p):
    _, y = dropped(p)
    assert y.mean() == pytest.approx(1, abs=5 * math.sqrt(p / (1 - p) / y.size))


@pytest.mark.parametrize("p", [0.1, 0.5, 0.8])
def test_dropout_drops_a_share_p_and_scales_the_rest(p):
    _, y = dropped(p)
    assert set(np.unique(y)) == {0, np.float32(1) / np.float32(1 - p)}
    assert (y == 0).mean() == pytest.approx(p, abs=5 * math.sqrt(p * (1 - p) / y.size))


def test_dropout_backward_uses_the_same_mask():
    layer, y = dropped()
    np.testing.assert_array_equal(layer.backward(np.ones_like(y)), y)
    np.testing.assert_array_equal(layer.mask, y)


def test_dropout_changes_nothing_at_test():
    layer, y = dropped(training=False)
    assert (y == 1).all()
    assert (layer.backward(y) == 1).all()


def test_dropout_of_nothing_changes_nothing():
    layer, y = dropped(p=0)
    assert (y == 1).all()
    assert (layer.backward(y) == 1).all()


def test_the_same_seed_draws_the_same_mask():
    np.testing.assert_array_equal(dropped(seed=3)[1], dropped(seed=3)[1])


def test_every_forward_draws_a_new_mask():
    layer, first = dropped()
    assert (layer.forward(np.ones_like(first), training=True) != first).any()


def test_dropout_at_test_does_not_hand_out_the_callers_array():
    x = np.ones((2, 3))
    assert not np.shares_memory(Dropout().forward(x), x)
