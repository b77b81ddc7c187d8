"""Winograd's tiles as plain array code: out of a map, and back into it."""

from __future__ import annotations

import numpy as np

from tinyalex import backend
from tinyalex.kernels import checks
from tinyalex.kernels.underflow import allow_underflow


def empty_tiles(points, tiles, channels, dtype):
    """An array (points, tiles, channels) for `gather_tiles`' kind of values."""
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

    matrix: Tᵀ (k × a). tiles: (a², N·TH·TW, C/groups). What falls outside of x is dropped.
    Without `add` the values take the place of x's: for tiles that do not overlap.
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
    """The matrix of T · T ᵀ on a tile whose rows stand one behind the other: T ⊗ T."""
    return np.kron(matrix, matrix)


def _clip(start, length, size):
    """Where a tile lies in a map of `size`, and which part of the tile that is."""
    first, last = max(0, start), max(0, min(size, start + length))
    first = min(first, last)
    return slice(first, last), slice(first - start, last - start)
