"""Wrong flatten layers."""

from __future__ import annotations

from tinyalex.coursework.mistakes.mistake import Example, mistake
from tinyalex.layers import Flatten

EXAMPLE = Example(lambda rng: {}, shape=(2, 3, 2, 4))


@mistake("flatten-channels-first", of="Flatten")
class ChannelsFirstInBackward(Flatten):
    """backward reads the vector as (C, H, W); forward made it from (H, W, C)."""

    def backward(self, dy):
        ((N, H, W, C),) = self.recall(dy)
        return dy.reshape(N, C, H, W).transpose(0, 2, 3, 1)


@mistake("flatten-rows-columns", of="Flatten")
class RowsAndColumnsSwapped(Flatten):
    """backward reads the vector as (W, H, C); forward made it from (H, W, C)."""

    def backward(self, dy):
        ((N, H, W, C),) = self.recall(dy)
        return dy.reshape(N, W, H, C).transpose(0, 2, 1, 3)


@mistake("flatten-not-reshaped", of="Flatten")
class NotReshaped(Flatten):
    """backward returns dy without reshaping it to x's shape."""

    def backward(self, dy):
        self.recall(dy)
        return dy
