"""Winograd's tiles as plain array code: gathered from a map and scattered back; see `winograd.py`.

Part of `reference.py`.
"""

from __future__ import annotations

import numpy as np

from tinyalex import backend
from tinyalex.kernels import checks
from tinyalex.kernels.underflow import allow_underflow


def empty_tiles(points, tiles, channels, dtype):
    """A new array (points, tiles, channels), laid out like the result of `gather_tiles`."""
    return backend.xp.empty((points, tiles, channels), dtype=dtype)


@allow_underflow
def gather_tiles(x, matrix, step, corner, counts, group, groups):
    """T d Tᵀ for every tile d of k × k pixels, with T = matrix (a × k).

    Tile (th, tw) begins at (th·step − top, tw·step − left), corner = (top, left), and is zero
    outside the map; counts = (TH, TW). Only the channels of the given group are read.
    Returns (a², N·TH·TW, C/groups), place (i, j) of a transformed tile at i·a + j.
    """
    checks.tiles("gather_tiles", x, matrix.shape[::-1], step, counts, group, groups)
    (x,) = checks.floats("gather_tiles", x=x)
    N, C = x.shape[0], x.shape[3] // groups
    k = matrix.shape[1]
    own = x[..., group * C : (group + 1) * C]
    tiles = backend.xp.zeros((N, *counts, k, k, C), dtype=x.dtype)
    for th in range(counts[0]):
        rows, of_tile_h = _clip(th * step - corner[0], k, x.shape[1])
        for tw in range(counts[1]):
            columns, of_tile_w = _clip(tw * step - corner[1], k, x.shape[2])
            tiles[:, th, tw, of_tile_h, of_tile_w] = own[:, rows, columns]
    both = backend.xp.asarray(_both_axes(matrix))  # T ⊗ T: a² × k²
    return backend.xp.matmul(both, tiles.reshape(-1, k * k, C)).transpose(1, 0, 2)


@allow_underflow
def scatter_tiles(tiles, matrix, step, corner, counts, group, groups, x, add=True):
    """The transpose of gather_tiles: adds Tᵀ t T of every tile t to its place in x.

    matrix: Tᵀ (k × a). tiles: (a², N·TH·TW, C/groups). Values that fall outside x are dropped.
    With add=False the values replace those of x; the tiles must not overlap then.
    """
    checks.tiles("scatter_tiles", x, matrix.shape, step, counts, group, groups, tiles)
    checks.writable("scatter_tiles", "x", x)
    N, C = x.shape[0], x.shape[3] // groups
    k = matrix.shape[0]
    both = backend.xp.asarray(_both_axes(matrix))  # k² × a²
    values = backend.xp.matmul(both, tiles.transpose(1, 0, 2)).reshape(N, *counts, k, k, C)
    own = x[..., group * C : (group + 1) * C]
    for th in range(counts[0]):
        rows, of_tile_h = _clip(th * step - corner[0], k, x.shape[1])
        for tw in range(counts[1]):
            columns, of_tile_w = _clip(tw * step - corner[1], k, x.shape[2])
            part = values[:, th, tw, of_tile_h, of_tile_w]
            own[:, rows, columns] = own[:, rows, columns] + part if add else part


def _both_axes(matrix):
    """T ⊗ T: computes T d Tᵀ from a tile d that is flattened row by row."""
    return np.kron(matrix, matrix)


def _clip(start, length, size):
    """The part of a map of `size` that a tile covers, and which part of the tile that is."""
    first, last = max(0, start), max(0, min(size, start + length))
    first = min(first, last)
    return slice(first, last), slice(first - start, last - start)
