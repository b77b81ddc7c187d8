"""Layers for the tests of inspection."""

from tinyalex.layers import (
    Conv2d,
)


def conv(channels, kernels, size, **options):
    return Conv2d(channels, kernels, size, algorithm="im2col", dtype="float64", **options)
