"""Lesson 15: right functions pass, however they are written.

`test_lessons.py` has what holds for every lesson.
"""

import numpy as np
import pytest

from tinyalex.coursework.engine.checker import check_task
from tinyalex.coursework.lesson_15 import solution as winograd_line
from tinyalex.coursework.lesson_15.task import LESSON
from tinyalex.kernels.winograd import matrices

INPUT, KERNEL, CONVOLVE = LESSON.tasks
AT, GM, BT = matrices(2, 3)


@pytest.mark.parametrize("W", [3, 4, 5, 12, 13])
def test_the_line_is_a_plain_convolution(W):
    rng = np.random.default_rng(W)
    d, g = rng.normal(size=(W, 3)), rng.normal(size=(3, 3, 2))
    expected = [sum(d[w + i] @ g[i] for i in range(3)) for w in range(W - 2)]
    np.testing.assert_allclose(winograd_line.winograd_convolve(d, g), expected, atol=1e-12)


# Right functions, written in other ways


def input_by_loops(d):
    if d.ndim != 2 or len(d) < 3:
        raise ValueError("too short")
    W, C = d.shape
    T = (W - 1) // 2
    V = np.zeros((4, T, C))
    for t in range(T):
        for c in range(C):
            tile = [d[2 * t + i, c] if 2 * t + i < W else 0.0 for i in range(4)]
            V[:, t, c] = [sum(BT[p][i] * tile[i] for i in range(4)) for p in range(4)]
    return V


def input_by_views(d):
    if d.ndim != 2 or len(d) < 3:
        raise ValueError("too short")
    padded = np.pad(d, ((0, len(d) % 2), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, 4, axis=0)[::2]  # T, C, 4
    return np.einsum("pi,tci->ptc", BT, windows)


def input_by_matrix(d):
    """One large matrix for the whole line."""
    if d.ndim != 2 or len(d) < 3:
        raise ValueError("too short")
    W = len(d)
    T = (W - 1) // 2
    whole = np.zeros((4, T, 2 * T + 2))
    for t in range(T):
        whole[:, t, 2 * t : 2 * t + 4] = BT
    return whole[..., :W] @ d


def kernel_by_loops(g):
    U = np.zeros((4, *g.shape[1:]))
    for p in range(4):
        for i in range(3):
            U[p] += GM[p, i] * g[i]
    return U


def kernel_by_tensordot(g):
    return np.tensordot(GM, g, axes=1)


def kernel_by_sums(g):
    even, odd = (g[0] + g[2]) * 0.5, g[1] * 0.5
    return np.array([-g[0], even + odd, even - odd, g[2]])


def convolve_by_tiles(d, g):
    """A tile at a time, each of the four products written out."""
    W, K = len(d), g.shape[2]
    if W < 3:
        raise ValueError("too short")
    y = np.zeros((W - 2, K))
    U = kernel_by_sums(g)
    for start in range(0, W - 2, 2):
        d0, d1, d2 = d[start : start + 3]
        d3 = d[start + 3] if start + 3 < W else 0 * d0
        m = [(d2 - d0) @ U[0], (d1 + d2) @ U[1], (d2 - d1) @ U[2], (d3 - d1) @ U[3]]
        y[start] = m[0] + m[1] + m[2]
        if start + 1 < W - 2:
            y[start + 1] = m[1] - m[2] + m[3]
    return y


def convolve_by_einsum(d, g):
    M = np.einsum("ptc,pck->ptk", input_by_views(d), kernel_by_tensordot(g))
    return np.einsum("op,ptk->tok", AT, M).reshape(-1, g.shape[2])[: len(d) - 2]


def convolve_into_slices(d, g):
    """Each of the two outputs written to its own slice, in the other convention of signs."""
    V, U = input_by_loops(d), kernel_by_loops(g)
    V[0], U[0] = -V[0], -U[0]
    M = [V[p] @ U[p] for p in range(4)]
    y = np.empty((2 * len(M[0]), g.shape[2]))
    y[0::2], y[1::2] = M[0] + M[1] + M[2], M[1] - M[2] + M[3]
    return y[: len(d) - 2]


RIGHT = [
    *((INPUT, f) for f in (input_by_loops, input_by_views, input_by_matrix)),
    *((KERNEL, f) for f in (kernel_by_loops, kernel_by_tensordot, kernel_by_sums)),
    *((CONVOLVE, f) for f in (convolve_by_tiles, convolve_by_einsum, convolve_into_slices)),
]


@pytest.mark.slow
@pytest.mark.parametrize(("task", "written"), RIGHT, ids=[f.__name__ for _, f in RIGHT])
def test_right_functions_pass(task, written):
    for seed in range(5):
        verdict = check_task(written, task, seed)
        assert verdict.passed, str(verdict)
