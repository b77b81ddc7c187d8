"""Winograd's convolution: its matrices, and the layer's two algorithms against each other."""

import subprocess
import sys

import numpy as np
import pytest
from geometries import drawn, winograd_geometries
from hypothesis import given, settings
from hypothesis import strategies as st

from tinyalex import backend, use_backend
from tinyalex.kernels import cpu_convolution, winograd
from tinyalex.layers import Conv2d

many = settings(drawn, max_examples=60)
BACKENDS = pytest.mark.parametrize("name", ["numba", "numpy"])


@pytest.fixture(autouse=True)
def _restore_backend():
    before = backend.current_backend()
    yield
    use_backend(before)


# --- the matrices ---------------------------------------------------------------------------

POINTS = len(winograd.POINTS) + 1  # and ∞
SIZES = [(m, r) for m in range(1, 9) for r in range(1, 9) if 1 < m + r - 1 <= POINTS]


@pytest.mark.parametrize(("m", "r"), SIZES)
def test_the_matrices_are_a_correlation(m, r):
    at, g, bt = winograd.matrices(m, r)
    a = m + r - 1
    assert (at.shape, g.shape, bt.shape) == ((m, a), (a, r), (a, a))
    # Aᵀ [(G g) ⊙ (Bᵀ d)] is linear in g and in d: output i has d[l] · g[j] where l is i + j.
    product = np.einsum("ip,pj,pl->ijl", at, g, bt)
    i, j, l = np.ogrid[:m, :r, :a]
    np.testing.assert_allclose(product, l == i + j, rtol=0, atol=1e-12)


def test_a_correlation_with_numbers():
    at, g, bt = winograd.matrices(5, 3)
    rng = np.random.default_rng(0)
    d, kernel = rng.normal(size=7), rng.normal(size=3)
    y = at @ ((g @ kernel) * (bt @ d))
    np.testing.assert_allclose(y, np.correlate(d, kernel, "valid"), rtol=1e-12)


def test_f23_has_the_well_known_matrices():
    """Those of Lavin and Gray, up to a factor for each point."""
    at, g, bt = winograd.matrices(2, 3)

    def without_factors(rows):
        return [(row / row[np.flatnonzero(row)[0]]).tolist() for row in np.array(rows, dtype=float)]

    expected = [[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, 1, 0, -1]]
    assert without_factors(bt) == without_factors(expected)
    expected = [[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]]
    assert without_factors(g) == without_factors(expected)
    expected = [[1, 1, 1, 0], [0, 1, -1, -1]]
    assert without_factors(at.T) == without_factors(np.transpose(expected))


@pytest.mark.parametrize(("m", "r"), [(6, 4), (5, 5), (1, 9), (1, 1)])
def test_sizes_that_there_are_no_points_for(m, r):
    with pytest.raises(ValueError, match=rf"F\({m}, {r}\) needs .* {m + r - 2} points") as told:
        winograd.matrices(m, r)
    assert "\n" not in str(told.value)


# --- against im2col -------------------------------------------------------------------------


def conv(geometry, kernels, algorithm, dtype="float64"):
    return Conv2d(
        geometry.shape[3],
        geometry.groups * kernels,
        geometry.kernel,
        geometry.stride,
        geometry.padding_argument,
        geometry.groups,
        algorithm=algorithm,
        bias_init="uniform",
        rng=np.random.default_rng(geometry.seed),
        dtype=dtype,
    )


def results(layer, x, seed=0):
    """y, dx, dW and db for a random dy."""
    y = layer.forward(x)
    dy = np.random.default_rng(seed).normal(size=y.shape).astype(x.dtype)
    return {"y": y, "dx": layer.backward(dy), "dW": layer.grads["W"], "db": layer.grads["b"]}


def assert_equal_but_for_roundings(ours, expected, tolerance):
    for what, array in ours.items():
        assert array.shape == expected[what].shape
        assert array.dtype == expected[what].dtype
        difference = np.abs(array - expected[what]).max()
        assert difference <= tolerance * np.abs(expected[what]).max(), what


@BACKENDS
@many
@given(geometry=winograd_geometries(), kernels=st.integers(1, 3))
def test_both_algorithms_compute_the_same(name, geometry, kernels):
    use_backend(name)
    x = geometry.array()
    ours = results(conv(geometry, kernels, "winograd"), x, geometry.seed)
    expected = results(conv(geometry, kernels, "im2col"), x, geometry.seed)
    assert_equal_but_for_roundings(ours, expected, 1e-12)


REMAINDERS = {
    "3x3 on 5 by 5 tiles, padding on one side": ((2, 9, 12, 4), 3, 1, (0, 1, 2, 0), 2),
    "5x5 on 4 by 4 tiles, three groups": ((3, 11, 5, 6), 5, 1, 2, 3),
    "a last row that no window of 5 by 2 reads": ((2, 16, 14, 3), 5, 2, (1, 0, 0, 0), 1),
    "a last stride of 11 by 4 that finds no window": ((2, 34, 30, 3), 11, 4, 0, 1),
    "more padding than the windows read": ((1, 8, 8, 2), 7, 3, (0, 3, 0, 2), 1),
    "one window": ((1, 5, 5, 2), 5, 1, 0, 1),
}


@BACKENDS
@pytest.mark.parametrize("case", REMAINDERS)
def test_maps_that_tiles_and_strides_do_not_divide(name, case):
    use_backend(name)
    shape, size, stride, padding, groups = REMAINDERS[case]
    x = np.random.default_rng(0).normal(size=shape)
    layers = [
        Conv2d(
            *(shape[3], 6, size, stride, padding, groups),
            algorithm=algorithm,
            rng=np.random.default_rng(1),
            dtype="float64",
        )
        for algorithm in ("winograd", "im2col")
    ]
    assert_equal_but_for_roundings(*(results(layer, x) for layer in layers), 1e-12)


@BACKENDS
def test_without_the_input_gradient(name):
    use_backend(name)
    x = np.random.default_rng(0).normal(size=(3, 8, 9, 2))
    layer = Conv2d(2, 3, 3, algorithm="winograd", dtype="float64")
    expected = results(layer, x)
    dy = np.random.default_rng(0).normal(size=layer.forward(x).shape)
    assert layer.backward(dy, input_gradient=False) is None
    np.testing.assert_array_equal(layer.grads["W"], expected["dW"])
    np.testing.assert_array_equal(layer.grads["b"], expected["db"])


# --- at the size of AlexNet -----------------------------------------------------------------

# in_channels, out_channels, kernel_size, stride, padding and groups; the map's side.
ALEXNET = {
    "conv1": ((3, 96, 11, 4, (0, 3, 0, 3), 1), 224),
    "conv2": ((96, 256, 5, 1, 2, 2), 27),
    "conv3": ((256, 384, 3, 1, 1, 1), 13),
    "conv4": ((384, 384, 3, 1, 1, 2), 13),
    "conv5": ((384, 256, 3, 1, 1, 2), 13),
}


def alexnets_layer(name, algorithm, dtype="float32"):
    arguments, _ = ALEXNET[name]
    return Conv2d(*arguments, algorithm=algorithm, rng=np.random.default_rng(0), dtype=dtype)


def input_shape(name, batch):
    arguments, side = ALEXNET[name]
    return batch, side, side, arguments[0]


@pytest.mark.slow
@pytest.mark.parametrize("name", ALEXNET)
def test_float32_loses_little_at_the_networks_real_sizes(name):
    x = np.random.default_rng(1).normal(size=input_shape(name, 2)).astype("float32")
    exact, ours = (alexnets_layer(name, kind) for kind in ("im2col", "winograd"))
    exact.params = {key: array.astype("float64") for key, array in exact.params.items()}
    expected = results(exact, x.astype("float64"))
    for what, found in results(ours, x).items():
        error = np.linalg.norm(found - expected[what]) / np.linalg.norm(expected[what])
        assert error < 1e-5, what


# --- which one auto takes -------------------------------------------------------------------


def uses_winograd(layer, shape):
    weights = layer.params["W"].shape
    geometry = layer.stride, layer.padding, layer.groups
    return cpu_convolution.uses_winograd(shape, weights, *geometry, layer.algorithm)


@pytest.mark.parametrize("name", ALEXNET)
def test_auto_takes_winograd_for_alexnet_in_batches(name):
    use_backend("numba")
    layer = alexnets_layer(name, "auto")
    assert uses_winograd(layer, input_shape(name, 32))
    assert not uses_winograd(layer, (1, 11, 11, layer.in_channels))


@pytest.mark.parametrize("name", ["conv3", "conv5"])
def test_auto_takes_im2col_on_the_numpy_backend(name, monkeypatch):
    use_backend("numpy")
    monkeypatch.setattr(winograd, "forward", None)
    layer = alexnets_layer(name, "auto")
    layer.forward(np.zeros(input_shape(name, 2), "float32"))


@pytest.mark.parametrize(
    ("arguments", "shape"),
    [((64, 64, 1), (32, 27, 27, 64)), ((64, 64, (3, 5)), (32, 27, 27, 64))],
    ids=["1x1", "not square"],
)
def test_auto_takes_im2col_where_no_tiles_fit(arguments, shape):
    use_backend("numba")
    assert not uses_winograd(Conv2d(*arguments, algorithm="auto"), shape)


def test_auto_takes_im2col_for_few_channels():
    use_backend("numba")
    assert not uses_winograd(Conv2d(4, 64, 3), (64, 30, 30, 4))
    assert not uses_winograd(Conv2d(64, 4, 3), (64, 30, 30, 64))
    assert uses_winograd(Conv2d(64, 64, 3), (64, 30, 30, 64))


@pytest.mark.parametrize(("batch", "algorithm"), [(1, "im2col"), (4, "winograd")])
def test_auto_gives_the_chosen_ones_results(batch, algorithm):
    use_backend("numba")
    x = np.random.default_rng(0).normal(size=(batch, 30, 31, 32)).astype("float32")
    layers = {
        name: Conv2d(32, 32, 3, padding=1, algorithm=name, rng=np.random.default_rng(1))
        for name in ("auto", "im2col", "winograd")
    }
    assert uses_winograd(layers["auto"], x.shape) == (algorithm == "winograd")
    found = {name: results(layer, x) for name, layer in layers.items()}
    for what, array in found["auto"].items():
        np.testing.assert_array_equal(array, found[algorithm][what])
    assert_equal_but_for_roundings(found["im2col"], found["winograd"], 1e-5)


@pytest.mark.slow
def test_float64_before_float32_changes_nothing():
    """Loops are compiled with their matrices as constants, and for one dtype."""
    code = (
        "import sys, hashlib, numpy as np\n"
        "from tinyalex.layers import Conv2d\n"
        "for dtype in sys.argv[1:]:\n"
        "    options = {'algorithm': 'winograd', 'rng': np.random.default_rng(0), 'dtype': dtype}\n"
        "    layer = Conv2d(8, 8, 3, **options)\n"
        "    x = np.random.default_rng(1).normal(size=(2, 20, 20, 8)).astype(dtype)\n"
        "    y = layer.forward(x)\n"
        "    dx = layer.backward(y)\n"
        "sums = [hashlib.md5(a.tobytes()).hexdigest() for a in (y, dx, layer.grads['W'])]\n"
        "print(*sums)\n"
    )
    runs = [
        subprocess.run([sys.executable, "-c", code, *dtypes], capture_output=True, text=True)
        for dtypes in (["float32"], ["float64", "float32"])
    ]
    assert runs[0].stdout == runs[1].stdout != ""


# --- NaN and infinity -----------------------------------------------------------------------


def spread(algorithm, size, at, bad):
    """Which outputs (rows, columns) an odd pixel makes NaN or infinite."""
    x = np.ones((1, 20, 20, 2))
    x[(0, *at, 0)] = bad
    options = {"padding": size // 2, "rng": np.random.default_rng(0), "dtype": "float64"}
    with np.errstate(invalid="ignore"):  # inf − inf, 0 · inf
        y = Conv2d(2, 3, size, algorithm=algorithm, **options).forward(x)
    return np.argwhere(~np.isfinite(y).all(axis=(0, 3)))


@BACKENDS
@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("size", [3, 5])
@pytest.mark.parametrize("at", [(9, 9), (0, 19), (12, 3)])
def test_what_is_not_a_number_stays_in_its_windows_or_its_tiles(name, size, at, bad):
    use_backend(name)
    windows = spread("im2col", size, at, bad)
    tiles = spread("winograd", size, at, bad)
    reach, m = size // 2, winograd.TILE[size]
    assert (np.abs(windows - at) <= reach).all()
    assert {tuple(place) for place in windows} <= {tuple(place) for place in tiles}
    # Tile t reads the pixels from m·t − reach on, m + size − 1 of them.
    first = m * (tiles // m) - reach
    assert ((first <= at) & (at < first + m + size - 1)).all()
