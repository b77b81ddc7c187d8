"""A wrong forward pass of max-pooling; the wrong backwards are in mistakes/pooling.py."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinyalex import backend
from tinyalex.coursework.mistakes.mistake import mistake
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
