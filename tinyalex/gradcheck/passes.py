"""One forward and backward after another, watched: nothing that was handed out may change."""

from __future__ import annotations

import numpy as np

from tinyalex import backend
from tinyalex.gradcheck.layer_under_test import LayerUnderTest
from tinyalex.gradcheck.side_effects import (
    check_gradient_arrays,
    check_unchanged,
    check_upstream,
    check_y_is_kept,
)


def as_is(array):
    return array


def in_fortran_order(array):
    """The same numbers, column by column in memory."""
    return backend.xp.asfortranarray(array) if array.ndim > 1 else array


def with_gaps(array):
    """The same numbers as every second one of a larger array."""
    if array.ndim == 0:
        return array
    wide = backend.xp.empty((*array.shape[:-1], 2 * array.shape[-1]), array.dtype)
    wide[..., ::2] = array
    wide[..., 1::2] = np.nan
    return wide[..., ::2]


class WatchedPasses:
    """Runs passes at one point, and keeps the y of the last to see that nobody writes into it."""

    def __init__(self, under_test: LayerUnderTest) -> None:
        self.under_test = under_test
        self._last: tuple | None = None

    def gradients(self, dy: np.ndarray, order_x=as_is, order_dy=as_is) -> dict[str, np.ndarray]:
        """All gradients for this dy, with x and dy laid out in memory as asked.

        GradientError if x, dy, a parameter or a y handed out has changed, or a gradient is no
        finite float64 array of its shape.
        """
        under_test = self.under_test
        xs = [order_x(x) for x in under_test.fresh_inputs()]
        y = under_test.run_forward(xs)
        self._check_last("forward")
        self._last = (y, np.array(backend.to_numpy(y)))
        check_unchanged(under_test, "forward", xs)
        upstream = order_dy(backend.from_numpy(dy.copy()))
        dx = under_test.run_backward(upstream)
        check_gradient_arrays(under_test, dx)
        self._check_last("backward")
        check_unchanged(under_test, "backward", xs)
        check_upstream(under_test, upstream, dy)
        return under_test.collect(dx)

    def _check_last(self, who: str) -> None:
        if self._last is not None:
            check_y_is_kept(self.under_test, who, *self._last)
