"""A convolution in which each output map sees only some of the input maps."""

from __future__ import annotations

from tinyalex import backend
from tinyalex.layers.base import Layer
from tinyalex.layers.conv import Conv2d
from tinyalex.layers.initialization import initial_weights


class PartialConv2d(Layer):
    """Conv2d with a connection table: output map k reads the input maps table[k] and no others.

    x: (N, H, W, C). y: (N, OH, OW, K) with K = len(table). b: (K,).
    W: (KH, KW, connections): a kernel for each pair (k, c in table[k]), in the table's order.
    Unconnected pairs have no weights. Grouped convolution is the special case of equal blocks.
    """

    def __init__(
        self,
        in_channels: int,
        table: tuple[tuple[int, ...], ...],
        kernel_size: int | tuple[int, int],
        stride: int | tuple[int, int] = 1,
        padding: int | tuple[int, ...] = 0,
        *,
        weight_init="he",
        bias_init=0.0,
        rng=None,
        dtype="float32",
    ) -> None:
        super().__init__()
        self.table = tuple(tuple(maps) for maps in table)
        for maps in self.table:
            if len(set(maps)) != len(maps) or not set(maps) <= set(range(in_channels)):
                raise ValueError(
                    f"PartialConv2d: {maps} must be distinct maps, 0 to {in_channels - 1}"
                )
        pairs = [(c, k) for k, maps in enumerate(self.table) for c in maps]
        if not pairs:
            raise ValueError("PartialConv2d: the table has no connections")
        self._from, self._to = ([pair[i] for pair in pairs] for i in (0, 1))
        self._conv = Conv2d(
            in_channels,
            len(self.table),
            kernel_size,
            stride,
            padding,
            weight_init="zeros",
            bias_init=bias_init,
            rng=rng,
            dtype=dtype,
        )
        KH, KW = self._conv.kernel_size
        fan_in = KH * KW * len(pairs) // len(self.table)
        W = initial_weights(self.parameter_shapes()["W"], fan_in, weight_init, rng, dtype)
        self.params = {"W": W, "b": self._conv.params["b"]}
        self.grads = {"W": None, "b": None}

    def parameter_shapes(self) -> dict[str, tuple[int, ...]]:
        return {"W": (*self._conv.kernel_size, len(self._from)), "b": (len(self.table),)}

    def forward(self, x, training: bool = False):
        self.check_input(x, channels=self._conv.in_channels)
        W = self.params["W"]
        shape = (*W.shape[:2], self._conv.in_channels, len(self.table))
        full = backend.xp.zeros(shape, W.dtype)
        full[:, :, self._from, self._to] = W
        self._conv.params = {"W": full, "b": self.params["b"]}
        return self.remember(self._conv.forward(x, training))

    def backward(self, dy, input_gradient: bool = True):
        """The full convolution's gradients; for dW, only the connected entries."""
        self.recall(dy)
        dx = self._conv.backward(dy, input_gradient)
        dW = self._conv.grads["W"][:, :, self._from, self._to]
        self.grads = {"W": dW, "b": self._conv.grads["b"]}
        return dx

    def forget(self) -> None:
        super().forget()
        self._conv.forget()

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        return self._conv.output_shape(shape)

    def multiply_adds(self, shape: tuple[int, ...]) -> int:
        N, OH, OW, _ = self.output_shape(shape)
        return N * OH * OW * self.params["W"].size
