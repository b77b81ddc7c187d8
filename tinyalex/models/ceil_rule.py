"""Sizes rounded up, as cuda-convnet and Caffe's pooling have them."""

from __future__ import annotations


def ceil_padding(size: int, kernel: int, stride: int) -> tuple[int, int, int, int]:
    """The padding at the bottom and right that makes ⌈(size − kernel) / stride⌉ + 1 windows fit.

    In a convolution it is zeros, in max-pooling −∞: the last window is then as good as cut off.
    """
    missing = (kernel - size) % stride
    return (0, missing, 0, missing)
