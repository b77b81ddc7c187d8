"""Wrong forward passes of max-pooling, and wrong ties; other backwards: mistakes/pooling.py."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinyalex import backend
from tinyalex.coursework.mistakes.mistake import mistake
from tinyalex.coursework.mistakes.pooling import padded_zeros, places
from tinyalex.layers import MaxPool2d


@mistake("maxpool-padded-with-zeros", of="MaxPool2d")
class PaddedWithZeros(MaxPool2d):
    """the map is padded with zeros, which win over negative values; padding counts as −∞."""

    def forward(self, x, training: bool = False):
        xp, (KH, KW), (SH, SW) = backend.xp, self.kernel_size, self.stride
        _, OH, OW, _ = self.output_shape(x.shape)
        padded = xp.pad(x, ((0, 0), *self.padding, (0, 0)))
        windows = [
            padded[:, i : i + SH * (OH - 1) + 1 : SH, j : j + SW * (OW - 1) + 1 : SW]
            for i in range(KH)
            for j in range(KW)
        ]
        positions = xp.argmax(xp.stack(windows), axis=0).astype("uint8")
        return self.remember(xp.max(xp.stack(windows), axis=0), positions, x.shape)


def _never_below_zero(written: Any) -> bool:
    """Whether the maximum of negative values is 0 though there is no padding."""
    x = -np.random.default_rng(6).uniform(1, 2, (2, 5, 5, 3))
    return not np.any(written(kernel_size=3, stride=2).forward(x))


@mistake("maxpool-starts-at-zero", of="MaxPool2d", shown_by=_never_below_zero)
class StartsAtZero(MaxPool2d):
    """the largest value so far starts at 0, so negative values never win: start at −∞."""

    def forward(self, x, training: bool = False):
        y = super().forward(x, training)
        y[y < 0] = 0
        return y


class _Ties(MaxPool2d):
    """Sends each window's dy to some of the values that equal its maximum."""

    def forward(self, x, training: bool = False):
        xp = backend.xp
        y = super().forward(x, training)
        padded = xp.pad(x, ((0, 0), *self.padding, (0, 0)), constant_values=-np.inf)
        windows = [padded[:, rows, columns] for _, rows, columns in places(self, x.shape)]
        self.equal = xp.stack(windows) == y
        return y

    def backward(self, dy):
        _, shape = self.recall(dy)
        padded, dx = padded_zeros(self, shape, dy.dtype)
        shares = self.shares()
        for position, rows, columns in places(self, shape):
            padded[:, rows, columns] += dy * shares[position].astype(dy.dtype)
        return dx.copy()

    def shares(self):
        """(KH·KW, N, OH, OW, C): how much of dy each position of the window gets."""
        raise NotImplementedError


@mistake("maxpool-ties-to-all", of="MaxPool2d")
class TiesToAll(_Ties):
    """in a tie every value equal to the maximum gets dy; only the first one should."""

    def shares(self):
        return self.equal


@mistake("maxpool-ties-split", of="MaxPool2d")
class TiesSplit(_Ties):
    """in a tie dy is split among the equal values; the first one should get all of it."""

    def shares(self):
        return self.equal / self.equal.sum(axis=0)


@mistake("maxpool-last-tie", of="MaxPool2d")
class LastOfEqualValues(_Ties):
    """in a tie the last value gets dy; it should be the first: compare with >, not >=."""

    def shares(self):
        later = backend.xp.cumsum(self.equal[::-1], axis=0)[::-1]
        return self.equal & (later == 1)
