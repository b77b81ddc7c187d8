"""What is compiled beside the program's start is all that training needs."""

import subprocess
import sys

import pytest

CODE = """
import gc
import sys
import numpy as np
from numba.core.dispatcher import Dispatcher
from tinyalex.kernels.compile import compile_kernels
from tinyalex.layers import Conv2d, SoftmaxCrossEntropy
from tinyalex.models import alexnet
from tinyalex.optim import SGD

dtype, algorithm = sys.argv[1:]


def compiled():
    return {
        f"{function.__qualname__} {signature}"
        for function in gc.get_objects()
        if isinstance(function, Dispatcher) and function.__module__.startswith("tinyalex")
        for signature in function.signatures
    }


compile_kernels(dtype)
before = compiled()
net = alexnet(4, image_size=67, initialization="he", dtype=dtype)
for _, layer in net:
    if isinstance(layer, Conv2d):
        layer.algorithm = algorithm
loss = SoftmaxCrossEntropy()
loss.forward(net.forward(np.ones((4, 67, 67, 3), dtype), training=True), np.arange(4))
net.backward(loss.backward(), input_gradient=False)
SGD(net).step()
print(len(before) > 10, *(compiled() - before), sep="\\n")
"""


@pytest.mark.slow
def test_nothing_is_compiled_in_the_first_step():
    for dtype in ("float32", "float64"):
        for algorithm in ("im2col", "winograd"):
            command = [sys.executable, "-c", CODE, dtype, algorithm]
            done = subprocess.run(command, capture_output=True, text=True)
            assert done.returncode == 0, done.stderr
            assert done.stdout.splitlines() == ["True"], (dtype, algorithm)
