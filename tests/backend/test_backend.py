"""Backends: the choice, and that nothing above the kernels names NumPy's arrays."""

import subprocess
import sys

import numpy as np
import pytest
import strict_arrays

import tinyalex
from tinyalex import backend
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
from tinyalex.models import Sequential, alexnet
from tinyalex.optim import SGD


@pytest.fixture(autouse=True)
def _restore_backend():
    before = backend.current_backend()
    yield
    tinyalex.use_backend(before)


def every_layer(rng):
    """A small network with every layer in it."""
    return Sequential(
        [
            ("conv1", Conv2d(3, 8, 3, 2, (0, 1, 1, 0), rng=rng)),
            ("relu1", ReLU()),
            ("norm1", LocalResponseNorm(alpha=0.1, groups=2)),
            ("cnorm1", WithinChannelNorm(alpha=0.1)),
            ("pool1", MaxPool2d(3, 2, 1)),
            ("conv2", Conv2d(8, 6, 3, 1, 1, groups=2, rng=rng)),
            ("tanh2", Tanh()),
            ("pool2", AvgPool2d(2, 1)),
            ("flatten", Flatten()),
            ("fc3", Linear(6 * 4 * 3, 10, rng=rng)),
            ("sigmoid3", Sigmoid()),
            ("drop3", Dropout(0.5, rng=rng)),
            ("fc4", Linear(10, 4, rng=rng)),
        ]
    )


def three_losses(net, x, labels):
    loss, optimizer = SoftmaxCrossEntropy(), SGD(net, 0.1)
    losses = []
    for _ in range(3):
        x_device, labels_device = backend.from_numpy(x), backend.from_numpy(labels)
        losses.append(float(loss.forward(net.forward(x_device, training=True), labels_device)))
        net.backward(loss.backward())
        optimizer.step()
    return losses


def train_a_little(name, module=None, build=every_layer, shape=(5, 20, 17, 3)):
    tinyalex.use_backend(name, array_module=module)
    rng = np.random.default_rng(1)
    x = rng.normal(size=shape).astype(np.float32)
    labels = rng.integers(0, 4, len(x))
    net = build(rng)
    return three_losses(net, x, labels), net.state_dict()


def test_no_numpy_array_meets_a_device_array():
    expected, weights = train_a_little("numpy")
    losses, state = train_a_little("cupy", strict_arrays.module)
    assert losses == expected
    for name, array in state.items():
        assert isinstance(array, np.ndarray)
        np.testing.assert_array_equal(array, weights[name])


def test_numba_trains_like_numpy():
    expected, _ = train_a_little("numpy")
    losses, _ = train_a_little("numba")
    np.testing.assert_allclose(losses, expected, rtol=1e-5)


def winograds_convolutions(rng):
    """At a stride and in groups."""
    return Sequential(
        [
            ("conv1", Conv2d(3, 6, 5, 2, (0, 1, 1, 0), algorithm="winograd", rng=rng)),
            ("conv2", Conv2d(6, 4, 3, 1, 1, 2, algorithm="winograd", rng=rng)),
            ("flatten", Flatten()),
            ("fc3", Linear(9 * 7 * 4, 4, rng=rng)),
        ]
    )


def test_winograds_convolution_runs_on_device_arrays():
    expected, weights = train_a_little("numpy", build=winograds_convolutions)
    losses, state = train_a_little("cupy", strict_arrays.module, winograds_convolutions)
    assert losses == expected
    for name, array in state.items():
        np.testing.assert_array_equal(array, weights[name])


@pytest.mark.slow
@pytest.mark.parametrize("variant", ["paper", "original", "torchvision"])
def test_alexnet_runs_on_device_arrays(variant):
    def build(rng):
        return alexnet(4, variant, image_size=67, initialization="he", rng=rng)

    losses, _ = train_a_little("cupy", strict_arrays.module, build, (2, 67, 67, 3))
    assert np.isfinite(losses).all()


def test_global_average_pool_runs_on_device_arrays():
    tinyalex.use_backend("cupy", array_module=strict_arrays.module)
    layer = GlobalAvgPool2d()
    y = layer.forward(backend.from_numpy(np.ones((2, 3, 4, 5))))
    assert layer.backward(y).shape == (2, 3, 4, 5)


def test_the_trainer_runs_on_device_arrays():
    from tinyalex.data import Batch
    from tinyalex.optim import one_cycle
    from tinyalex.training import Trainer

    class Batches:
        def __len__(self):
            return 2

        def epoch(self, number, start=0):
            rng = np.random.default_rng(number)
            for step in range(start, 2):
                x = rng.normal(size=(4, 20, 17, 3)).astype(np.float32)
                yield Batch(x, rng.integers(0, 4, 4), np.arange(4), step, [])

    tinyalex.use_backend("cupy", array_module=strict_arrays.module)
    net = every_layer(np.random.default_rng(0))
    trainer = Trainer(net, SGD(net, 0.01), one_cycle(), Batches(), Batches(), epochs=1)
    assert trainer.train_epoch(lambda measures, batch: None)
    measures = trainer.finish_epoch()
    assert measures["val_pictures"] == 8
    assert 0 <= measures["val_top1"] <= measures["val_top5"] == 1


def test_the_stand_in_is_strict():
    array = strict_arrays.module.zeros(3)
    with pytest.raises(TypeError):
        array + np.ones(3)
    with pytest.raises(TypeError):
        np.ones(3) + array
    with pytest.raises(TypeError):
        np.asarray(array)
    with pytest.raises(TypeError):
        array[np.arange(2)]
    with pytest.raises(TypeError):
        strict_arrays.module.maximum(array, np.ones(3))


def test_unknown_backend_is_one_clear_line():
    with pytest.raises(ValueError, match="unknown backend 'torch': choose one of numba, numpy"):
        tinyalex.use_backend("torch")


def run_python(code, **environment):
    import os

    return subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )


def test_environment_variable_chooses_the_backend():
    code = (
        "from tinyalex import backend; print(backend.current_backend(), backend.kernels.__name__)"
    )
    result = run_python(code, TINYALEX_BACKEND="numpy")
    assert result.stdout.split() == ["numpy", "tinyalex.kernels.reference"]


def test_everything_runs_with_the_compiler_switched_off():
    code = (
        "import numpy as np\n"
        "from tinyalex.layers import *\n"
        "x = np.random.default_rng(0).normal(size=(2, 7, 6, 4))\n"
        "for layer in [Conv2d(4, 4, 3, 2, 1, groups=2, dtype='float64'), LocalResponseNorm(),\n"
        "              Conv2d(4, 4, 3, algorithm='winograd', dtype='float64'),\n"
        "              Conv2d(4, 4, 2, stride=2, dtype='float64'),\n"
        "              MaxPool2d(padding=1), AvgPool2d(), ReLU()]:\n"
        "    layer.backward(layer.forward(x))\n"
        "print('fine')\n"
    )
    result = run_python(code, NUMBA_DISABLE_JIT="1", TINYALEX_BACKEND="numba")
    assert result.stdout.strip() == "fine", result.stderr


def test_import_does_not_wait_for_numba_or_matplotlib():
    code = "import sys, tinyalex; print('numba' in sys.modules, 'matplotlib' in sys.modules)"
    assert run_python(code).stdout.split() == ["False", "False"]
