"""Compiles the kernels that training needs, so that Numba finds them in its cache later.

python -m tinyalex.kernels.compile float32

On a new machine that takes some ten seconds, which a command can spend on something else, such as
reading pictures, while this runs as a process of its own: see `start_compiling`.
"""

from __future__ import annotations

import subprocess
import sys

import numpy as np


def compile_kernels(dtype: str) -> None:
    """Runs each kernel once on arrays of a few numbers."""
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
    """Starts `main` beside this program, or returns None where no process can be started.

    Wait for it before the first kernel.
    """
    if not sys.executable:
        return None
    command = [sys.executable, "-m", "tinyalex.kernels.compile", dtype]
    try:
        # Whatever goes wrong there comes up here, too, where it can be seen.
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except OSError:  # a limit on processes or memory; the first step compiles then
        return None


def main(dtype: str) -> None:
    """Compiles the kernels, unless nothing that is compiled here can be stored."""
    from tinyalex.kernels import loops
    from tinyalex.kernels.compiler import is_kept

    if is_kept(loops.im2col):
        compile_kernels(dtype)


if __name__ == "__main__":
    main(sys.argv[1])
