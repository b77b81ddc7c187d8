"""Convolution as a matrix product (im2col). Sections 3.2 and 3.5 of the paper."""

from __future__ import annotations

from tinyalex import backend
from tinyalex.kernels.windows import output_size
from tinyalex.layers.base import Layer, as_padding, as_pair, positive
from tinyalex.layers.initialization import initial_bias, initial_weights

# The matrix of windows is KH·KW times larger than the map. It is made for a few pictures at a
# time: few enough that it is still in the cache when the matrix product reads it, and enough that
# the threads are not woken too often (6 MB were 20% slower on a shared machine, 64 MB no faster).
COLUMN_BYTES = 24 * 2**20


class Conv2d(Layer):
    """y[n,oh,ow,k] = b[k] + Σ_{i,j,c} x[n, oh·SH + i − top, ow·SW + j − left, c] · W[i,j,c,k]

    The kernel is not flipped: this is what every framework calls convolution and mathematics calls
    cross-correlation. With groups, output k sees only the C/groups channels of its own group.

    x: (N, H, W, C). W: (KH, KW, C/groups, K). b: (K,). y: (N, OH, OW, K) with
    OH = ⌊(H + top + bottom − KH) / SH⌋ + 1, and OW likewise.
    padding: int, (ph, pw) or (top, bottom, left, right), filled with zeros.
    weight_init, bias_init: see `initialization.py`. ValueError where a size does not fit.
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
        shape = (*self.kernel_size, in_channels // groups, out_channels)
        fan_in = shape[0] * shape[1] * shape[2]
        self.params = {
            "W": initial_weights(shape, fan_in, weight_init, rng, dtype),
            "b": initial_bias(out_channels, fan_in, bias_init, rng, dtype),
        }
        self.grads = {"W": None, "b": None}

    def forward(self, x, training: bool = False):
        self.check_input(x, channels=self.in_channels)
        y = backend.xp.empty(self.output_shape(x.shape), dtype=x.dtype)
        W = self._per_group(self.params["W"])  # (groups, KH·KW·C/groups, K/groups)
        for some in self._chunks(x.shape):
            columns = self._im2col(x[some])  # (groups, n·OH·OW, KH·KW·C/groups)
            backend.xp.matmul(columns, W, out=self._per_group(y[some]))
            y[some] += self.params["b"]
        return self.remember(y, x)

    def backward(self, dy, input_gradient: bool = True):
        """dW = columnsᵀ · dy, db = Σ dy, dx = col2im(dy · Wᵀ).

        input_gradient=False leaves out dx (and returns None): the first layer needs none.
        """
        (x,) = self.recall(dy)
        W = self._per_group(self.params["W"])
        dW = backend.xp.zeros_like(self.params["W"])
        db = backend.xp.zeros_like(self.params["b"])
        dx = backend.xp.empty(x.shape, dtype=x.dtype) if input_gradient else None
        dW_per_group = self._per_group(dW)  # a view: adding to it adds to dW
        for some in self._chunks(x.shape):
            columns = self._im2col(x[some])  # made again: keeping them would take KH·KW times x
            dy_matrix = self._per_group(dy[some])  # (groups, n·OH·OW, K/groups)
            dW_per_group += backend.xp.matmul(columns.transpose(0, 2, 1), dy_matrix)
            db += dy[some].sum(axis=(0, 1, 2))
            if input_gradient:
                backend.xp.matmul(dy_matrix, W.transpose(0, 2, 1), out=columns)
                dx[some] = self._col2im(columns, x[some].shape)
        self.grads = {"W": dW, "b": db}
        return dx

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        N, H, W, _ = shape
        size = output_size("Conv2d", (H, W), self.kernel_size, self.stride, self.padding)
        return (N, *size, self.out_channels)

    def multiply_adds(self, shape: tuple[int, ...]) -> int:
        N, OH, OW, K = self.output_shape(shape)
        KH, KW = self.kernel_size
        return N * OH * OW * K * KH * KW * (self.in_channels // self.groups)

    def _per_group(self, array):
        """(..., K) as (groups, rows, K/groups): a view, not a copy."""
        matrix = array.reshape(-1, self.groups, self.out_channels // self.groups)
        return matrix.transpose(1, 0, 2)

    def _im2col(self, x):
        return backend.kernels.im2col(x, self.kernel_size, self.stride, self.padding, self.groups)

    def _col2im(self, columns, shape):
        return backend.kernels.col2im(columns, shape, self.kernel_size, self.stride, self.padding)

    def _chunks(self, shape: tuple[int, ...]) -> list[slice]:
        """Runs of pictures whose matrix of windows takes about COLUMN_BYTES."""
        _, OH, OW, _ = self.output_shape(shape)
        KH, KW = self.kernel_size
        one = OH * OW * KH * KW * self.in_channels * self.params["W"].dtype.itemsize
        count = max(1, COLUMN_BYTES // one)
        return [slice(start, start + count) for start in range(0, shape[0], count)]
