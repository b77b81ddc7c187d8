"""A wrong forward pass of max-pooling; the wrong backwards are in mistakes/pooling.py."""

from __future__ import annotations

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
