"""The fully connected layer."""

from __future__ import annotations

from tinyalex import backend
from tinyalex.layers.base import Layer, positive
from tinyalex.layers.initialization import initial_bias, initial_weights


class Linear(Layer):
    """y = x · W + b

    x: (N, in_features). W: (in_features, out_features). b: (out_features,).
    Backward: dW = xᵀ · dy, db = Σ_n dy, dx = dy · Wᵀ.
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        *,
        weight_init="he",
        bias_init=0.0,
        rng=None,
        dtype="float32",
    ) -> None:
        super().__init__()
        self.in_features = positive(in_features, "in_features")
        self.out_features = positive(out_features, "out_features")
        shape = self.parameter_shapes()["W"]
        self.params = {
            "W": initial_weights(shape, in_features, weight_init, rng, dtype),
            "b": initial_bias(out_features, in_features, bias_init, rng, dtype),
        }
        self.grads = {"W": None, "b": None}

    def parameter_shapes(self) -> dict[str, tuple[int, ...]]:
        return {"W": (self.in_features, self.out_features), "b": (self.out_features,)}

    def forward(self, x, training: bool = False):
        self.check_input(x, channels=self.in_features, dimensions=2)
        y = backend.kernels.matmul(x, self.params["W"])
        y += self.params["b"]
        return self.remember(y, x)

    def backward(self, dy, input_gradient: bool = True):
        (x,) = self.recall(dy)
        self.grads = {"W": None, "b": None}  # frees up to 150 MB for the next line
        self.grads = {"W": backend.kernels.matmul(x.T, dy), "b": dy.sum(axis=0)}
        return backend.kernels.matmul(dy, self.params["W"].T) if input_gradient else None

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        if shape[-1] != self.in_features:
            raise ValueError(f"Linear: built for {self.in_features} features; got shape {shape}")
        return (shape[0], self.out_features)

    def multiply_adds(self, shape: tuple[int, ...]) -> int:
        return shape[0] * self.in_features * self.out_features
