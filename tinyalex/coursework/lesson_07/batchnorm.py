"""Batch normalization (Ioffe and Szegedy 2015), for comparison with response normalization."""

from __future__ import annotations

import numpy as np

from tinyalex.layers.base import Layer


class BatchNorm(Layer):
    """y = γ · (x − mean) / √(variance + ε) + β, for each channel over N, H and W.

    In training, mean and variance are the batch's. At test they are running averages, so that a
    picture's answer does not depend on the pictures beside it.
    """

    def __init__(self, channels: int, epsilon: float = 1e-5, keep: float = 0.9) -> None:
        super().__init__()
        self.params = {"W": np.ones(channels, "float32"), "b": np.zeros(channels, "float32")}
        self.mean, self.variance = np.zeros(channels), np.ones(channels)
        self.epsilon, self.keep = epsilon, keep

    def forward(self, x, training: bool = False):
        if training:
            mean, variance = x.mean(axis=(0, 1, 2)), x.var(axis=(0, 1, 2))
            self.mean = self.keep * self.mean + (1 - self.keep) * mean
            self.variance = self.keep * self.variance + (1 - self.keep) * variance
        else:
            mean, variance = (part.astype(x.dtype) for part in (self.mean, self.variance))
        scale = 1 / np.sqrt(variance + x.dtype.type(self.epsilon))
        standard = (x - mean) * scale
        y = standard * self.params["W"] + self.params["b"]
        return self.remember(y, standard, scale)

    def backward(self, dy):
        """The gradient of a training pass, in which mean and variance depend on x."""
        standard, scale = self.recall(dy)
        everywhere = (0, 1, 2)
        self.grads = {"W": (dy * standard).sum(axis=everywhere), "b": dy.sum(axis=everywhere)}
        count = dy[..., 0].size
        others = self.grads["b"] / count + standard * (self.grads["W"] / count)
        return self.params["W"] * scale * (dy - others)

    def parameter_shapes(self) -> dict[str, tuple[int, ...]]:
        return {name: array.shape for name, array in self.params.items()}
