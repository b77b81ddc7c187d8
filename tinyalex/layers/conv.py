"""Convolution. Sections 3.2 and 3.5 of the paper."""

from __future__ import annotations

from tinyalex import backend
from tinyalex.kernels.windows import output_size
from tinyalex.kernels.winograd import check_algorithm
from tinyalex.layers.base import Layer, as_padding, as_pair, positive
from tinyalex.layers.initialization import initial_bias, initial_weights


class Conv2d(Layer):
    """y[n,oh,ow,k] = b[k] + Σ_{i,j,c} x[n, oh·SH + i − top, ow·SW + j − left, c] · W[i,j,c,k]

    The kernel is not flipped: most frameworks call this convolution, mathematics calls it
    cross-correlation. With groups, output k sees only the C/groups channels of its own group.

    x: (N, H, W, C). W: (KH, KW, C/groups, K). b: (K,). y: (N, OH, OW, K) with
    OH = ⌊(H + top + bottom − KH) / SH⌋ + 1, and OW likewise.
    padding: int, (ph, pw) or (top, bottom, left, right), filled with zeros.
    algorithm: "im2col", "winograd" (the same sum in another order, for kernels that are 3 or 5
    pixels wide at stride 1 or can be folded to that: `kernels/winograd.py`) or "auto", the faster
    one for the input. A NaN or infinity in x spreads to the outputs whose window contains it; with
    Winograd it can spread to every output of the tiles that contain it, up to four tiles of 5 × 5
    or 4 × 4.
    weight_init, bias_init: see `initialization.py`. ValueError if a size does not fit.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | tuple[int, int],
        stride: int | tuple[int, int] = 1,
        padding: int | tuple[int, ...] = 0,
        groups: int = 1,
        *,
        algorithm: str = "auto",
        weight_init="he",
        bias_init=0.0,
        rng=None,
        dtype="float32",
    ) -> None:
        super().__init__()
        self.in_channels = positive(in_channels, "in_channels")
        self.out_channels = positive(out_channels, "out_channels")
        self.groups = positive(groups, "groups")
        if in_channels % groups or out_channels % groups:
            raise ValueError(
                f"Conv2d: groups must divide both channel counts: "
                f"{in_channels} / {groups} and {out_channels} / {groups}"
            )
        self.kernel_size = as_pair(kernel_size, "kernel_size")
        self.stride = as_pair(stride, "stride")
        self.padding = as_padding(padding)
        self.algorithm = check_algorithm(
            "Conv2d", algorithm, self.kernel_size, self.stride, self.groups
        )
        shape = self.parameter_shapes()["W"]
        fan_in = shape[0] * shape[1] * shape[2]
        self.params = {
            "W": initial_weights(shape, fan_in, weight_init, rng, dtype),
            "b": initial_bias(out_channels, fan_in, bias_init, rng, dtype),
        }
        self.grads = {"W": None, "b": None}

    def forward(self, x, training: bool = False):
        self.check_input(x, channels=self.in_channels)
        self.output_shape(x.shape)
        W, b = self.params["W"], self.params["b"]
        y, saved = backend.kernels.convolve(x, W, b, *self._geometry)
        return self.remember(y, saved)

    def backward(self, dy, input_gradient: bool = True):
        """dW = columnsᵀ · dy, db = Σ dy, dx = col2im(dy · Wᵀ).

        input_gradient=False skips dx and returns None: the first layer needs no dx.
        """
        (saved,) = self.recall(dy)
        dx, dW, db = backend.kernels.convolve_backward(
            dy, saved, self.params["W"], *self._geometry, input_gradient
        )
        self.grads = {"W": dW, "b": db}
        return dx

    @property
    def _geometry(self) -> tuple:
        return self.stride, self.padding, self.groups, self.algorithm

    def parameter_shapes(self) -> dict[str, tuple[int, ...]]:
        each = self.in_channels // self.groups
        return {"W": (*self.kernel_size, each, self.out_channels), "b": (self.out_channels,)}

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        N, H, W, _ = shape
        size = output_size("Conv2d", (H, W), self.kernel_size, self.stride, self.padding)
        return (N, *size, self.out_channels)

    def multiply_adds(self, shape: tuple[int, ...]) -> int:
        N, OH, OW, K = self.output_shape(shape)
        KH, KW = self.kernel_size
        return N * OH * OW * K * KH * KW * (self.in_channels // self.groups)
