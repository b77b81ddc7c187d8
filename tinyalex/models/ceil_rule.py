"""Output sizes rounded up, as in cuda-convnet and in Caffe's pooling."""

from __future__ import annotations


def ceil_padding(size: int, kernel: int, stride: int) -> tuple[int, int, int, int]:
    """The padding at the bottom and right that makes ⌈(size − kernel) / stride⌉ + 1 windows fit.

    A convolution pads with zeros; max-pooling pads with −∞, which amounts to a smaller last window.
    """
    missing = (kernel - size) % stride
    return (0, missing, 0, missing)
