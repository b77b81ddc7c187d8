"""np.seterr(all="raise"), which people set to find where a NaN begins, stops at no harmless 0."""

import numpy as np
import pytest
from data_helpers import ArrayStore
from hypothesis import given, settings
from hypothesis import strategies as st
from layer_runs import EVERY_LAYER, build

from tinyalex import layers, metrics
from tinyalex.data import EvalTransform, Statistics, TrainTransform, compute_statistics
from tinyalex.gradcheck import check_gradients, check_loss_gradients
from tinyalex.kernels.underflow import allow_underflow
from tinyalex.layers import SoftmaxCrossEntropy
from tinyalex.models import Sequential, lenet
from tinyalex.models.lenet import RBFLoss
from tinyalex.optim import SGD
from tinyalex.weights import softmax

DTYPES = pytest.mark.parametrize("dtype", ["float32", "float64"])
quick = settings(max_examples=100, deadline=None)


def ranging(shape, dtype, seed, largest=3):
    """Numbers of every size from the smallest of the dtype up to 10^largest, and some zeros."""
    rng = np.random.default_rng(seed)
    smallest = int(np.log10(np.finfo(dtype).smallest_subnormal))
    with np.errstate(under="ignore"):
        values = rng.normal(size=shape) * 10.0 ** rng.uniform(smallest, largest, shape)
        return (values * (rng.random(shape) > 0.1)).astype(dtype)


def run_strictly(layer, x, dtype, seed, training=False):
    """Forward and backward of an input and upstream gradient of all sizes."""
    with np.errstate(all="raise"):
        y = layer.forward(x, training=training)
        layer.backward(ranging(y.shape, dtype, seed + 1))


@EVERY_LAYER
@DTYPES
@pytest.mark.parametrize("seed", range(5))
def test_layers(each_backend, name, dtype, seed):
    layer, training, x = build(name, dtype, seed)
    run_strictly(layer, ranging(x.shape, dtype, seed), dtype, seed, training)


def test_a_product_that_several_threads_share(each_backend):
    layer = layers.Linear(300, 300, rng=np.random.default_rng(0))
    run_strictly(layer, ranging((300, 300), "float32", 0), "float32", 1)


OTHER_LAYERS = {
    "scaled tanh": (lambda **_: lenet.ScaledTanh(), (2, 3, 2, 2)),
    "subsampling": (lambda **options: lenet.TrainableSubsampling(3, **options), (2, 4, 6, 3)),
    "partial": (
        lambda **options: lenet.PartialConv2d(2, ((0,), (1, 0)), 3, **options),
        (2, 4, 5, 2),
    ),
    "rbf": (lambda **_: lenet.RBFOutput(np.eye(4)), (3, 4)),
}


@pytest.mark.parametrize("name", OTHER_LAYERS)
@DTYPES
@pytest.mark.parametrize("seed", range(5))
def test_layers_of_the_family(each_backend, name, dtype, seed):
    make, shape = OTHER_LAYERS[name]
    layer = make(rng=np.random.default_rng(seed), dtype=dtype)
    run_strictly(layer, ranging(shape, dtype, seed), dtype, seed)


@EVERY_LAYER
def test_what_is_ignored_changes_no_number(each_backend, name):
    results = []
    for errors in ("raise", "ignore"):
        layer, training, x = build(name, "float32")
        with np.errstate(all=errors):
            y = layer.forward(ranging(x.shape, "float32", 0), training=training)
            results.append((y.tobytes(), layer.backward(ranging(y.shape, "float32", 1)).tobytes()))
    assert results[0] == results[1]


@pytest.mark.parametrize("kind", [SoftmaxCrossEntropy, RBFLoss])
@DTYPES
@pytest.mark.parametrize("seed", range(5))
def test_losses(each_backend, kind, dtype, seed):
    scores, loss = np.abs(ranging((6, 4), dtype, seed)), kind()
    with np.errstate(all="raise"):
        loss.forward(scores, [0, 1, 2, 3, 0, 1])
        loss.backward()


@DTYPES
def test_the_optimiser(each_backend, dtype):
    net = Sequential([("fc", layers.Linear(4, 3, dtype=dtype))])
    net["fc"].params["W"][...] = ranging((4, 3), dtype, 0)
    optimizer = SGD(net)
    for seed in range(5):
        net["fc"].grads = {"W": ranging((4, 3), dtype, seed), "b": ranging((3,), dtype, seed)}
        with np.errstate(all="raise"):
            optimizer.step()


def test_the_gradient_check(numpy_backend):
    x = ranging((3, 4), "float64", 0)
    with np.errstate(all="raise"):
        for layer in (layers.Tanh(), layers.Sigmoid(), layers.Linear(4, 3, dtype="float64")):
            check_gradients(layer, x)
        check_loss_gradients(SoftmaxCrossEntropy(), 300 * np.eye(3), [0, 1, 2])


COLOURS = st.lists(st.tuples(*[st.integers(0, 255)] * 3), min_size=1, max_size=4)


@quick
@given(colours=COLOURS, seed=st.integers(0, 1000))
def test_statistics_and_augmentation(colours, seed):
    pictures = np.array(colours, "uint8")[:, None, None, :] + np.zeros((1, 4, 4, 1), "uint8")
    with np.errstate(all="raise"):
        statistics = compute_statistics(ArrayStore(pictures), progress=False).standardized()
        Statistics.from_arrays(statistics.as_arrays())
        TrainTransform(statistics, 3)(pictures[0], np.random.default_rng(seed))
        evaluation = EvalTransform(statistics, 3)
        evaluation(pictures[0])
        evaluation.normalise(pictures[:, :3, :3])


def test_faint_statistics():
    """Numbers that float32 cannot hold, as they come from covariances near 0."""
    tiny = 1e-42
    eigenvectors = np.array([[1, tiny, 0], [-tiny, 1, tiny], [0, -tiny, 1]])
    arrays = {"mean": np.full((4, 4, 3), tiny), "eigenvectors": eigenvectors}
    with np.errstate(all="raise"):
        faint = Statistics.from_arrays({**arrays, "deviations": np.full(3, 1e-30), "scale": 1e-20})
        TrainTransform(faint, 3)(np.zeros((4, 4, 3), "uint8"), np.random.default_rng(0))
        EvalTransform(faint, 3)(np.zeros((4, 4, 3), "uint8"))


@quick
@given(seed=st.integers(0, 10**6), n=st.integers(2, 30), classes=st.integers(2, 5))
def test_metrics(seed, n, classes):
    rng = np.random.default_rng(seed)
    labels, scores = rng.integers(0, classes, n), ranging((n, classes), "float64", seed, 300)
    labels[:2] = 0, 1
    with np.errstate(all="raise"):
        matrix = metrics.confusion_matrix(labels, scores.argmax(axis=1), classes)
        for rate in metrics.RATES.values():
            for average in (None, "micro", "macro", "weighted"):
                rate(matrix, average)
        metrics.top_k_error(labels, scores, 2, ties="share")
        metrics.hand_till(labels, scores, absent="omit")
        metrics.provost_domingos(labels, scores, absent="omit")
        metrics.roc_curve(labels == 0, scores[:, 0])


def test_probabilities():
    with np.errstate(all="raise"):
        assert softmax(np.array([[0.0, 1000.0, 200.0]])).tolist() == [[0, 1, 0]]


# --- what is worth stopping for is still reported ---------------------------------------------


def test_only_underflow_is_allowed():
    large, none = np.array([1e300]), np.array([0.0])
    with np.errstate(all="raise"):
        assert allow_underflow(lambda: 1 / large / large)() == 0
        for wrong in (lambda: large * large, lambda: 1 / none, lambda: none / none):
            with pytest.raises(FloatingPointError):
                allow_underflow(wrong)()


def test_the_callers_settings_are_back_afterwards():
    with np.errstate(all="raise"):
        allow_underflow(lambda: None)()
        assert set(np.geterr().values()) == {"raise"}


def test_an_overflow_in_a_layer_is_reported(numpy_backend):
    layer = layers.Linear(1, 1, weight_init="zeros")
    layer.params["W"][...] = 1e30
    with np.errstate(all="raise"), pytest.raises(FloatingPointError, match="overflow"):
        layer.forward(np.full((1, 1), 1e30, "float32"))
