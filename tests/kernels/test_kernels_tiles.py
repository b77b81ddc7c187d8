"""Winograd's tiles: out of a map and back into it."""

from typing import NamedTuple

import numpy as np
import pytest
from geometries import drawn, seeds
from hypothesis import given, settings
from hypothesis import strategies as st
from kernel_helpers import DTYPES, MODULES, some

from tinyalex.kernels import cpu, reference, winograd

many = settings(drawn, max_examples=60)


class Tiling(NamedTuple):
    """Tiles of k × k pixels every `step` pixels of x, of one group's channels."""

    shape: tuple[int, int, int, int]
    matrix: np.ndarray  # a × k
    step: int
    corner: tuple[int, int]
    counts: tuple[int, int]
    group: int
    groups: int
    seed: int

    @property
    def places(self):
        """The arguments that both functions end with."""
        return self.step, self.corner, self.counts, self.group, self.groups

    def arrays(self, dtype="float64"):
        """x, tiles and the matrix."""
        N, _, _, C = self.shape
        rng = np.random.default_rng(self.seed)
        tiles = len(self.matrix) ** 2, N * self.counts[0] * self.counts[1], C // self.groups
        x, values = (rng.normal(size=shape).astype(dtype) for shape in (self.shape, tiles))
        return x, values, self.matrix.astype(dtype)


@st.composite
def tilings(draw, overlapping=True):
    """Tiles of outputs, or of inputs, which overlap; some of them lie outside of the map."""
    m, r = draw(st.sampled_from([(5, 3), (4, 5), (4, 3)]))
    at, _, bt = winograd.matrices(m, r)
    few = st.integers(0, 3)
    groups = draw(st.integers(1, 3))
    channels = groups * draw(st.sampled_from([1, 3, 17]))
    shape = (draw(st.integers(1, 3)), draw(st.integers(1, 14)), draw(st.integers(1, 14)), channels)
    return Tiling(
        shape,
        matrix=draw(st.sampled_from([bt, at.T])) if overlapping else at.T,
        step=m,
        corner=(draw(few), draw(few)),
        counts=(draw(st.integers(1, 3)), draw(st.integers(1, 3))),
        group=draw(st.integers(0, groups - 1)),
        groups=groups,
        seed=draw(seeds),
    )


def assert_close(ours, expected, size):
    """Equal but for the roundings of a sum; size: what the sum of the absolute values is."""
    assert ours.shape == expected.shape
    assert ours.dtype == expected.dtype
    assert (np.abs(ours - expected) <= 50 * np.finfo(expected.dtype).eps * size).all()


def in_tiles(kernels, values):
    """The same values in an array of empty_tiles, as scatter_tiles expects them."""
    tiles = kernels.empty_tiles(*values.shape, values.dtype)
    tiles[...] = values
    return tiles


@pytest.mark.slow
@many
@given(tilings(), DTYPES)
def test_gather_tiles_equals_the_reference(tiling, dtype):
    x, _, matrix = tiling.arrays(dtype)
    expected = reference.gather_tiles(x, matrix, *tiling.places)
    size = reference.gather_tiles(np.abs(x), np.abs(matrix), *tiling.places)
    assert_close(cpu.gather_tiles(x, matrix, *tiling.places), expected, size)


@pytest.mark.slow
@many
@given(tilings(), DTYPES, st.booleans())
def test_scatter_tiles_equals_the_reference(tiling, dtype, plain):
    x, values, matrix = tiling.arrays(dtype)
    ours, expected, size = x.copy(), x.copy(), np.abs(x)
    tiles = values if plain else in_tiles(cpu, values)
    cpu.scatter_tiles(tiles, matrix.T, *tiling.places, ours)
    reference.scatter_tiles(values, matrix.T, *tiling.places, expected)
    reference.scatter_tiles(np.abs(values), np.abs(matrix.T), *tiling.places, size)
    assert_close(ours, expected, size)


@many
@given(tilings(overlapping=False), DTYPES)
def test_scatter_tiles_in_the_place_of_what_was_there(tiling, dtype):
    x, values, matrix = tiling.arrays(dtype)
    before, size = np.full_like(x, np.nan), np.zeros_like(x)
    ours, expected = before.copy(), before.copy()
    cpu.scatter_tiles(in_tiles(cpu, values), matrix.T, *tiling.places, ours, add=False)
    reference.scatter_tiles(values, matrix.T, *tiling.places, expected, add=False)
    reference.scatter_tiles(np.abs(values), np.abs(matrix.T), *tiling.places, size)
    there = ~np.isnan(expected)
    np.testing.assert_array_equal(~np.isnan(ours), there)
    assert_close(ours[there], expected[there], size[there])
    assert (size[~there] == 0).all()


@MODULES
@many
@given(tiling=tilings())
def test_scatter_tiles_is_the_transpose_of_gather_tiles(kernels, tiling):
    x, values, matrix = tiling.arrays()
    gathered = kernels.gather_tiles(x, matrix, *tiling.places)
    back = np.zeros_like(x)
    kernels.scatter_tiles(in_tiles(kernels, values), matrix.T, *tiling.places, back)
    size = np.abs(gathered * values).sum()
    assert (gathered * values).sum() == pytest.approx((x * back).sum(), rel=0, abs=1e-12 * size)


@MODULES
@some
@given(tiling=tilings())
def test_scatter_tiles_leaves_the_other_groups_alone(kernels, tiling):
    x, values, matrix = tiling.arrays()
    before = x.copy()
    kernels.scatter_tiles(in_tiles(kernels, values), matrix.T, *tiling.places, x)
    each = x.shape[3] // tiling.groups
    others = np.delete(np.arange(x.shape[3]), np.arange(each) + tiling.group * each)
    np.testing.assert_array_equal(x[..., others], before[..., others])


@MODULES
def test_gather_tiles_by_hand(kernels):
    x = np.arange(1.0, 7).reshape(1, 2, 3, 1)
    tiles = kernels.gather_tiles(x, np.eye(3), 2, (1, 0), (1, 2), 0, 1)
    first = [0, 0, 0, 1, 2, 3, 4, 5, 6]  # a row of zeros above the map
    second = [0, 0, 0, 3, 0, 0, 6, 0, 0]  # two pixels on, and beyond the right edge
    assert tiles[..., 0].T.tolist() == [first, second]


@MODULES
def test_gather_tiles_transforms_rows_and_columns(kernels):
    matrix = np.array([[1.0, 1], [0, 10], [100, 0]])
    x = np.array([[1.0, 2], [3, 4]])
    tiles = kernels.gather_tiles(x.reshape(1, 2, 2, 1), matrix, 2, (0, 0), (1, 1), 0, 1)
    np.testing.assert_allclose(tiles.reshape(3, 3), matrix @ x @ matrix.T)


@MODULES
def test_scatter_tiles_adds_where_tiles_overlap(kernels):
    x = np.full((1, 2, 3, 1), 100.0)
    values = np.stack([np.arange(1.0, 10), np.arange(10.0, 100, 10)], axis=1)
    tiles = in_tiles(kernels, values[..., None])
    kernels.scatter_tiles(tiles, np.eye(3), 2, (1, 0), (1, 2), 0, 1, x)
    # The first tile's two lower rows, and of the second one the left column below the first row.
    assert x[0, ..., 0].tolist() == [[104, 105, 106 + 40], [107, 108, 109 + 70]]
