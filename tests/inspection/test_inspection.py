"""Looking inside a network: what is sent back, what a unit sees, and what is counted."""

import numpy as np
import pytest
import strict_arrays
from inspection_nets import conv

from tinyalex import backend
from tinyalex.inspection import (
    Field,
    activation_statistics,
    cut,
    cut_out,
    each_layer,
    occlude,
    output,
    peaks,
    project,
    receptive_field,
    saliency,
    start_at,
    strongest_units,
)
from tinyalex.inspection.activations import check_units
from tinyalex.inspection.projection import RELU_RULES
from tinyalex.layers import (
    Conv2d,
    Flatten,
    Linear,
    LocalResponseNorm,
    MaxPool2d,
    ReLU,
    WithinChannelNorm,
)
from tinyalex.models import Sequential, alexnet

# Sending a signal back


def by_hand():
    """y = max over 2 × 2 of relu(x), less twice the maximum of relu(−x)."""
    net = Sequential(
        [
            ("conv1", conv(1, 2, 1)),
            ("relu", ReLU()),
            ("pool", MaxPool2d(2, 2)),
            ("out", conv(2, 1, 1)),
        ]
    )
    net["conv1"].params["W"][...] = np.array([1.0, -1.0]).reshape(1, 1, 1, 2)
    net["out"].params["W"][...] = np.array([1.0, -2.0]).reshape(1, 1, 2, 1)
    return net


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        # On the left 3 is the largest and −5 the smallest; on the right nothing is above 0, so
        # that the switch of relu(x) stays at the first place, and −4 is the smallest.
        ("gradient", [[1, 0, 0, 0], [0, 2, 2, 0]]),
        ("deconvnet", [[1, 0, 1, 0], [0, 0, 0, 0]]),
        ("guided", [[1, 0, 0, 0], [0, 0, 0, 0]]),
    ],
)
def test_the_three_methods_by_hand(each_backend, method, expected):
    x = np.array([[3.0, -1, -1, -2], [2, -5, -4, -3]]).reshape(1, 2, 4, 1)
    start = np.ones((1, 1, 2, 1))
    back = project(by_hand(), x, start, method)
    np.testing.assert_array_equal(back[0, :, :, 0], expected)


def test_the_three_methods_in_one_formula_each(rng):
    first, second = Linear(6, 40, rng=rng, dtype="float64"), Linear(40, 3, dtype="float64")
    net = Sequential([("first", first), ("relu", ReLU()), ("second", second)])
    x = rng.normal(size=(1, 6))
    W, w = first.params["W"], second.params["W"][:, 2]
    on = (x @ W > 0)[0]
    start = start_at(np.zeros((1, 3)), 2)
    for method, passed in {
        "gradient": w * on,
        "deconvnet": np.maximum(w, 0),
        "guided": np.maximum(w, 0) * on,
    }.items():
        np.testing.assert_allclose(project(net, x, start, method)[0], W @ passed, rtol=1e-12)


def test_the_gradient_is_the_layers_own(small, rng):
    x, start = rng.normal(size=(2, 9, 9, 3)), rng.normal(size=(2, 5))
    ours = project(small, x, start, "gradient")
    small.forward(x)
    np.testing.assert_allclose(ours, small.backward(start), rtol=1e-12, atol=1e-15)


def test_saliency_is_the_slope(small, rng):
    x = rng.normal(size=(1, 9, 9, 3))
    slopes = np.empty(x.shape)
    for place in np.ndindex(x.shape):
        above, below = x.copy(), x.copy()
        above[place] += 1e-6
        below[place] -= 1e-6
        slopes[place] = (small.forward(above) - small.forward(below))[0, 3] / 2e-6
    np.testing.assert_allclose(saliency(small, x, 3)[0], np.abs(slopes[0]).max(-1), atol=1e-7)


def test_normalization_is_left_out_by_the_deconvnet_alone(rng):
    net = Sequential([("norm", LocalResponseNorm(alpha=1.0)), ("rnorm", WithinChannelNorm())])
    x, start = rng.normal(size=(1, 3, 3, 4)), rng.normal(size=(1, 3, 3, 4))
    np.testing.assert_array_equal(project(net, x, start, "deconvnet"), start)
    net.forward(x)
    gradient = net.backward(start)
    assert np.abs(gradient - start).max() > 0.1
    for method in ("gradient", "guided"):
        np.testing.assert_allclose(project(net, x, start, method), gradient, rtol=1e-12)


def test_overlapping_windows_add_at_their_common_switch():
    net = Sequential([("pool", MaxPool2d(3, 2))])
    x = np.zeros((1, 3, 5, 1))
    x[0, 1, 2] = 9  # in both windows
    start = np.array([2.0, 3.0]).reshape(1, 1, 2, 1)
    back = project(net, x, start, "deconvnet")
    assert back[0, 1, 2, 0] == 5
    assert back.sum() == 5


def test_nothing_is_kept_for_a_backward(small, rng):
    x, start = rng.normal(size=(1, 9, 9, 3)), np.ones((1, 5))
    project(small, x, start, "deconvnet")
    for _, layer in small:
        with pytest.raises(ValueError, match=r"used up|forward has not run"):
            layer.recall(start)


def test_an_unknown_method(small):
    with pytest.raises(ValueError, match="unknown method 'magic': choose one of gradient"):
        project(small, np.zeros((1, 9, 9, 3)), np.zeros((1, 5)), "magic")


@pytest.fixture
def strict_backend():
    """Arrays that refuse to mix with NumPy's, as on a GPU."""
    before = backend.current_backend()
    backend.use_backend("cupy", array_module=strict_arrays.module)
    yield
    backend.use_backend(before)


@pytest.mark.slow
def test_on_a_gpu_only_the_ends_are_numpys(strict_backend, rng):
    net = alexnet(3, image_size=67, initialization="he", rng=rng)
    x = rng.normal(size=(1, 67, 67, 3)).astype(np.float32)
    y = output(net, x)
    found = {method: project(net, x, start_at(y, 1), method) for method in RELU_RULES}
    found |= dict(each_layer(net, x)) | {"": occlude(net, x[0], 40, 30).probabilities}
    assert all(type(array) is np.ndarray and np.abs(array).max() > 0 for array in found.values())
    rows = activation_statistics(net, [x])
    assert rows[-1].mean == pytest.approx(y.mean(), rel=1e-5)


# Units


def test_peaks_and_where_to_start():
    y = np.zeros((2, 3, 4, 2))
    y[0, 2, 1, 0], y[0, 0, 3, 1], y[1, 1, 1, 1] = 5, 7, 6
    values, places = peaks(y)
    assert values.tolist() == [[5, 7], [0, 6]]
    assert places.tolist() == [[[2, 1], [0, 3]], [[0, 0], [1, 1]]]
    start = start_at(y, 1)
    assert start.sum() == 2
    assert start[0, 0, 3, 1] == start[1, 1, 1, 1] == 1
    np.testing.assert_array_equal(start_at(2 * y, 1, whole_map=True)[..., 1], 2 * y[..., 1])
    assert start_at(2 * y, 1, whole_map=True)[..., 0].max() == 0
    assert strongest_units(y[:1], 2) == [1, 0]


def test_units_of_a_vector():
    y = np.array([[1.0, 5.0, 3.0]])
    assert peaks(y)[0].tolist() == [[1, 5, 3]]
    assert peaks(y)[1].tolist() == [[[0, 0]] * 3]
    assert strongest_units(y, 2) == [1, 2]
    assert start_at(y, 2).tolist() == [[0, 0, 1]]


def test_units_that_are_not_there(small):
    check_units([0, 5], cut(small, "conv2"), (1, 9, 9, 3))
    for unit in (6, -1):
        with pytest.raises(ValueError, match=f"conv2 has no unit {unit}: its units are 0 to 5"):
            check_units([unit], cut(small, "conv2"), (1, 9, 9, 3))


def test_each_layer_and_cut(small, rng):
    x = rng.normal(size=(2, 9, 9, 3))
    outputs = dict(each_layer(small, x))
    assert list(outputs) == [name for name, _ in small]
    np.testing.assert_array_equal(outputs["pool1"], cut(small, "pool1").forward(x))
    np.testing.assert_array_equal(outputs["fc"], small.forward(x))
    with pytest.raises(ValueError, match="no layer 'conv9': choose one of conv1, relu1, norm1"):
        cut(small, "conv9")


# Receptive fields

GEOMETRIES = {
    "padded conv": [Conv2d(1, 1, 3, padding=1)],
    "strided, unequal padding": [Conv2d(1, 1, (4, 3), (3, 2), (0, 3, 1, 0))],
    "remainder that nothing reads": [Conv2d(1, 1, 3, 3), Conv2d(1, 1, 2, 2)],
    "pooling": [Conv2d(1, 1, 3, 2, 1), MaxPool2d(3, 2), Conv2d(1, 1, 3, 1, 1)],
    "padded pooling and norm": [MaxPool2d(3, 2, 1), LocalResponseNorm(), ReLU(), MaxPool2d(2, 1)],
    "norm within a map": [Conv2d(1, 1, 2, 2), WithinChannelNorm(3, alpha=1.0)],
    "vector": [Conv2d(1, 1, 3, 2), Flatten(), Linear(30, 2)],
}


@pytest.mark.parametrize("name", GEOMETRIES)
def test_a_field_is_what_changes_the_unit(name):
    """Every pixel in turn is raised: which units change?"""
    shape, layers = (1, 11, 14, 1), []
    for number, layer in enumerate(GEOMETRIES[name]):
        if "W" in layer.params:  # all weights above zero, so that nothing cancels
            layer.params["W"] = np.linspace(1, 2, layer.params["W"].size).reshape(
                layer.params["W"].shape
            )
            layer.params["b"] = np.zeros(len(layer.params["b"]))
        layer.algorithm = "im2col"
        layers.append((str(number), layer))
    net = Sequential(layers)
    plain = np.linspace(1, 1.1, 11 * 14).reshape(shape)
    raised = plain + 10 * np.eye(11 * 14).reshape(11 * 14, 11, 14, 1)
    changed = ~np.isclose(net.forward(raised), net.forward(plain), rtol=1e-9).any(axis=-1)
    if changed.ndim == 1:
        changed = changed[:, None, None]
    for row, column in np.ndindex(changed.shape[1:]):
        seen = np.argwhere(changed[:, row, column].reshape(11, 14))
        (top, left), (bottom, right) = seen.min(axis=0), seen.max(axis=0) + 1
        field = receptive_field(net, (row, column), shape)
        assert field == (top, bottom, left, right)


def test_fields_of_alexnet():
    net, shape = alexnet(2, "caffe", initialization="zeros"), (1, 227, 227, 3)
    sizes = {}
    for name in ("conv1", "pool1", "conv2", "pool2", "conv3", "conv4", "conv5", "pool5"):
        middle = net_place(cut(net, name), shape)
        field = receptive_field(cut(net, name), middle, shape, clip=False)
        sizes[name] = field.bottom - field.top
    expected = [11, 19, 51, 67, 99, 131, 163, 195]
    assert list(sizes.values()) == expected
    # The middle of conv5's place i is pixel 17 + 16 i, and 81 more lie on both sides.
    corner = receptive_field(cut(net, "conv5"), (0, 12), shape, clip=False)
    assert corner == (17 - 81, 17 + 82, 209 - 81, 209 + 82)
    assert receptive_field(cut(net, "conv5"), (0, 12), shape) == (0, 99, 128, 227)
    assert receptive_field(net, (0, 0), shape) == (0, 227, 0, 227)


def net_place(net, shape):
    _, OH, OW, _ = net.output_shape(shape)
    return OH // 2, OW // 2


def test_cutting_out_over_the_edge():
    picture = np.arange(12.0).reshape(2, 2, 3)
    cut = cut_out(picture, Field(-1, 1, 1, 4), fill=-9)
    assert cut.shape == (2, 3, 3)
    assert cut[1, 0].tolist() == [3, 4, 5]
    cut[1, 0] = -9
    assert (cut == -9).all()


# Occlusion


# Neighbours


# Statistics


# conv1's kernels
