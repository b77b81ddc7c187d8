"""Hypothesis strategies: windows over small pictures in every shape that layers accept."""

from typing import NamedTuple

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st

# The same examples on every run. No deadline: the first one waits for the compiler.
settings.register_profile("geometries", deadline=None, derandomize=True, database=None)
drawn = settings.get_profile("geometries")

seeds = st.integers(0, 2**32 - 1)


class Geometry(NamedTuple):
    """Windows over x of (N, H, W, C), at least one of which fits, and a seed for the values."""

    shape: tuple[int, int, int, int]
    kernel: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[tuple[int, int], tuple[int, int]]
    groups: int
    seed: int

    @property
    def window(self):
        return self.kernel, self.stride, self.padding

    @property
    def padding_argument(self):
        """The padding as a layer takes it, in the shortest spelling."""
        (top, bottom), (left, right) = self.padding
        if top == bottom == left == right:
            return top
        if top == bottom and left == right:
            return top, left
        return top, bottom, left, right

    @property
    def counts(self):
        """How many windows fit along H and W, by trying every place."""
        return tuple(
            len(range(0, size + sum(padding) - kernel + 1, stride))
            for size, kernel, stride, padding in zip(self.shape[1:3], *self.window, strict=True)
        )

    def array(self, shape=None, dtype="float64", scale=1.0):
        """Gaussian values, of x's shape unless told otherwise."""
        rng = np.random.default_rng(self.seed)
        values = rng.normal(scale=scale, size=self.shape if shape is None else shape)
        return values.astype(dtype)


@st.composite
def _paddings(draw, most):
    """Equal on all sides, on opposite sides, or on none."""
    rows, columns = (st.integers(0, limit) for limit in most)
    spelling = draw(st.sampled_from(["int", "pair", "four"]))
    if spelling == "int":
        side = draw(st.integers(0, min(most)))
        return (side, side), (side, side)
    if spelling == "pair":
        top, left = draw(rows), draw(columns)
        return (top, top), (left, left)
    return (draw(rows), draw(rows)), (draw(columns), draw(columns))


@st.composite
def geometries(draw, *, pooling=False, most_groups=3):
    """Strides may exceed the kernel, sizes need not divide; pooling pads less than a kernel."""
    kernel = draw(st.tuples(st.integers(1, 4), st.integers(1, 4)))
    stride = draw(st.tuples(st.integers(1, 5), st.integers(1, 5)))
    padding = draw(_paddings([size - 1 for size in kernel] if pooling else (3, 3)))
    height, width = (
        draw(st.integers(max(1, size - sum(sides)), size + 6))
        for size, sides in zip(kernel, padding, strict=True)
    )
    groups = draw(st.integers(1, most_groups))
    channels = groups * draw(st.integers(1, 3))
    shape = (draw(st.integers(1, 3)), height, width, channels)
    return Geometry(shape, kernel, stride, padding, groups, draw(seeds))


@st.composite
def winograd_geometries(draw):
    """What Winograd's tiles fit: square kernels, groups only at stride 1, maps of several tiles."""
    size, step = draw(st.sampled_from([(3, 1), (5, 1), (5, 2), (6, 2), (7, 3), (9, 2)]))
    padding = draw(_paddings((3, 3)))
    height, width = (
        draw(st.integers(max(1, size - sum(sides)), size + 7 * step)) for sides in padding
    )
    groups = draw(st.integers(1, 3)) if step == 1 else 1
    shape = (draw(st.integers(1, 5)), height, width, groups * draw(st.integers(1, 3)))
    return Geometry(shape, (size, size), (step, step), padding, groups, draw(seeds))


class Norm(NamedTuple):
    """Response normalization strong enough for its cross-channel term to matter."""

    shape: tuple[int, int, int, int]
    size: int
    alpha: float
    beta: float
    k: float
    groups: int
    seed: int

    def array(self, dtype="float64", offset=0):
        rng = np.random.default_rng(self.seed + offset)
        return rng.normal(scale=2, size=self.shape).astype(dtype)


@st.composite
def norms(draw):
    """Sizes odd and even, also larger than there are channels or places."""
    groups = draw(st.integers(1, 3))
    channels = groups * draw(st.integers(1, 8))
    small = st.integers(1, 4)
    return Norm(
        shape=(draw(st.integers(1, 2)), draw(small), draw(small), channels),
        size=draw(st.integers(1, 7)),
        alpha=draw(st.sampled_from([1e-4, 0.02, 0.5])),
        beta=draw(st.sampled_from([0.75, 0.75, 0.5, 0.3, 1.0])),
        k=draw(st.sampled_from([1.0, 2.0, 0.5])),
        groups=groups,
        seed=draw(seeds),
    )
