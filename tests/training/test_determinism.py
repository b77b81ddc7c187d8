"""The same seed gives the same run: bit for bit on as many threads, otherwise up to rounding."""

import os
import subprocess
import sys

import numpy as np
import pytest

CODE = """
import sys
import numpy as np
from tinyalex.layers import (
    Conv2d, Dropout, Flatten, Linear, LocalResponseNorm, MaxPool2d, ReLU, SoftmaxCrossEntropy,
)
from tinyalex.models import Sequential
from tinyalex.optim import SGD

file, dtype = sys.argv[1:]
rng = np.random.default_rng(0)
common = {"rng": rng, "dtype": dtype}
# Large enough for the kernels and the matrix products to be shared out.
net = Sequential([
    ("conv1", Conv2d(3, 48, 5, 2, 2, algorithm="im2col", **common)), ("relu1", ReLU()),
    ("norm1", LocalResponseNorm()), ("pool1", MaxPool2d(3, 2)),
    ("conv2", Conv2d(48, 64, 5, 1, 2, groups=2, algorithm="winograd", **common)), ("relu2", ReLU()),
    ("conv3", Conv2d(64, 64, 3, 1, 1, algorithm="winograd", **common)), ("relu3", ReLU()),
    ("conv4", Conv2d(64, 64, 3, 1, 1, groups=2, algorithm="im2col", **common)), ("relu4", ReLU()),
    ("pool5", MaxPool2d(3, 2)), ("flatten", Flatten()),
    ("fc6", Linear(6 * 6 * 64, 300, **common)), ("drop6", Dropout(0.5, rng=rng)),
    ("fc7", Linear(300, 10, **common)),
])
loss, optimizer = SoftmaxCrossEntropy(), SGD(net, 0.01)
x = rng.normal(size=(21, 56, 56, 3)).astype(dtype)
for step in range(3):
    loss.forward(net.forward(x, training=True), rng.integers(0, 10, len(x)))
    net.backward(loss.backward())
    optimizer.step()
np.savez(file, **net.state_dict())
"""


def weights(folder, threads, dtype):
    """The weights after three steps."""
    done = subprocess.run(
        [sys.executable, "-c", CODE, str(folder / "weights.npz"), dtype],
        env={**os.environ, "TINYALEX_THREADS": str(threads), "TINYALEX_BACKEND": "numba"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    with np.load(folder / "weights.npz") as arrays:
        return dict(arrays)


@pytest.mark.slow
@pytest.mark.parametrize("threads", [1, 3])
def test_a_run_is_repeated_to_the_last_bit(tmp_path, threads):
    first, second = (weights(tmp_path, threads, "float32") for _ in range(2))
    assert len(first) == 12
    for name, array in first.items():
        np.testing.assert_array_equal(array, second[name], err_msg=name)


@pytest.mark.slow
def test_the_number_of_threads_changes_nothing_but_roundings(tmp_path):
    # In float64, where no rounding is large enough to switch a ReLU or a maximum.
    one = weights(tmp_path, 1, "float64")
    for threads in (2, 3):
        for name, array in weights(tmp_path, threads, "float64").items():
            assert abs(array - one[name]).max() < 1e-12 * abs(one[name]).max(), name
