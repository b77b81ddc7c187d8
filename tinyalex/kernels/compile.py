"""Compiles the kernels for training and stores them in Numba's cache.

python -m tinyalex.kernels.compile float32

On a new machine this takes about ten seconds. A command can run it as a separate process
(`start_compiling`) and do something else meanwhile, such as reading pictures.
"""

from __future__ import annotations

import subprocess
import sys

import numpy as np


def compile_kernels(dtype: str) -> None:
    """Runs each kernel once on tiny arrays."""
    from tinyalex.kernels import cpu, winograd

    whole = ((0, 0), (0, 0))
    x = np.ones((1, 3, 3, 4), dtype=dtype)
    cpu.im2col(x, (2, 2), (2, 2), whole)
    columns = cpu.im2col(x, (2, 2), (1, 1), whole, 2)
    cpu.col2im(columns, x.shape, (2, 2), (1, 1), whole)
    cpu.relu_backward(x, cpu.relu(x))
    norm = (5, 1e-4, 0.75, 2.0)
    cpu.response_norm_backward(x, cpu.response_norm(x, *norm)[1], *norm)
    y, positions = cpu.max_pool(x, (3, 3), (2, 2), whole)
    cpu.max_pool_backward(y, positions, x.shape, (3, 3), (2, 2), whole)
    cpu.sgd_update(x, x.copy(), x.copy(), 0.1, 0.9, 0.0)
    for size in winograd.TILE:
        W = np.ones((size, size, 4, 4), dtype=dtype)
        geometry = ((1, 1), ((1, 1), (1, 1)), 1)
        y = winograd.forward(np.ones((1, 5, 5, 4), dtype=dtype), W, W[0, 0, 0], *geometry)
        winograd.backward(y, np.ones((1, 5, 5, 4), dtype=dtype), W, *geometry)


def start_compiling(dtype: str) -> subprocess.Popen | None:
    """Runs `main` in a separate process. Returns None if no process can be started.

    Wait for the process before you call the first kernel.
    """
    if not sys.executable:
        return None
    command = [sys.executable, "-m", "tinyalex.kernels.compile", dtype]
    try:
        # Its output is dropped: an error there will occur again here, where it is reported.
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except OSError:  # a limit on processes or memory; then the first step compiles
        return None


def main(dtype: str) -> None:
    """Compiles the kernels, unless compiled code cannot be stored on this machine."""
    from tinyalex.kernels import loops
    from tinyalex.kernels.compiler import is_kept

    if is_kept(loops.im2col):
        compile_kernels(dtype)


if __name__ == "__main__":
    main(sys.argv[1])
