"""Convolution by im2col, or Winograd's way. Sections 3.2 and 3.5 of the paper."""

from __future__ import annotations

from tinyalex import backend
from tinyalex.kernels import winograd
from tinyalex.kernels.windows import output_size
from tinyalex.kernels.workers import pieces, split
from tinyalex.layers.base import Layer, as_padding, as_pair, positive
from tinyalex.layers.initialization import initial_bias, initial_weights

ALGORITHMS = ("im2col", "winograd", "auto")

# The matrix of windows is KH·KW times larger than the map. It is made for a few pictures at a
# time: few enough that it is still in the cache when the matrix product reads it.
COLUMN_BYTES = 4 * 2**20

# dW is summed in this many parts, in a fixed order: whichever thread is done first, the same seed
# gives the same run.
SUMS = 8


class Conv2d(Layer):
    """y[n,oh,ow,k] = b[k] + Σ_{i,j,c} x[n, oh·SH + i − top, ow·SW + j − left, c] · W[i,j,c,k]

    The kernel is not flipped: this is what every framework calls convolution and mathematics calls
    cross-correlation. With groups, output k sees only the C/groups channels of its own group.

    x: (N, H, W, C). W: (KH, KW, C/groups, K). b: (K,). y: (N, OH, OW, K) with
    OH = ⌊(H + top + bottom − KH) / SH⌋ + 1, and OW likewise.
    padding: int, (ph, pw) or (top, bottom, left, right), filled with zeros.
    algorithm: "im2col", "winograd" (`kernels/winograd.py`: kernels of 3 or 5 pixels at stride 1, or
    what can be made so; the same sum in another order) or "auto", the quicker one for the input.
    A NaN or infinity in x spreads to the outputs whose window holds it; with Winograd it can spread
    to every output of the tiles that hold it, up to four tiles of 5 × 5 or 4 × 4.
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
        self.algorithm = self._checked(algorithm)
        shape = (*self.kernel_size, in_channels // groups, out_channels)
        fan_in = shape[0] * shape[1] * shape[2]
        self.params = {
            "W": initial_weights(shape, fan_in, weight_init, rng, dtype),
            "b": initial_bias(out_channels, fan_in, bias_init, rng, dtype),
        }
        self.grads = {"W": None, "b": None}

    def forward(self, x, training: bool = False):
        self.check_input(x, channels=self.in_channels)
        self.output_shape(x.shape)
        if self.uses_winograd(x.shape):
            y = winograd.forward(x, self.params["W"], self.params["b"], *self._geometry)
        else:
            y = self._forward_im2col(x)
        return self.remember(y, x)

    def backward(self, dy, input_gradient: bool = True):
        """dW = columnsᵀ · dy, db = Σ dy, dx = col2im(dy · Wᵀ).

        input_gradient=False leaves out dx (and returns None): the first layer needs none.
        """
        (x,) = self.recall(dy)
        if self.uses_winograd(x.shape):
            W = self.params["W"]
            dx, dW, db = winograd.backward(dy, x, W, *self._geometry, input_gradient)
        else:
            dx, dW, db = self._backward_im2col(dy, x, input_gradient)
        self.grads = {"W": dW, "b": db}
        return dx

    def _forward_im2col(self, x):
        y = backend.kernels.empty(self.output_shape(x.shape), x.dtype)
        W = self._per_group(self.params["W"])  # (groups, KH·KW·C/groups, K/groups)

        def some_pictures(some):
            columns = self._im2col(x[some])  # (groups, n·OH·OW, KH·KW·C/groups)
            backend.kernels.matmul(columns, W, out=self._per_group(y[some]))
            y[some] += self.params["b"]

        backend.kernels.share_out(some_pictures, pieces(len(x), self._few(x.shape)))
        return y

    def _backward_im2col(self, dy, x, input_gradient):
        W = self._per_group(self.params["W"])
        dx = backend.kernels.empty(x.shape, x.dtype) if input_gradient else None

        def some_pictures(some):
            dW = backend.kernels.zeros(W.shape, x.dtype)
            db = backend.xp.zeros_like(self.params["b"])
            for few in pieces(some.stop - some.start, self._few(x.shape)):
                few = slice(some.start + few.start, some.start + few.stop)
                columns = self._im2col(x[few])  # made again: keeping them takes KH·KW times x
                dy_matrix = self._per_group(dy[few])  # (groups, n·OH·OW, K/groups)
                dW += backend.kernels.matmul(columns.transpose(0, 2, 1), dy_matrix)
                db += dy[few].sum(axis=(0, 1, 2))
                if input_gradient:
                    backend.kernels.matmul(dy_matrix, W.transpose(0, 2, 1), out=columns)
                    dx[few] = self._col2im(columns, x[few].shape)
            return dW, db

        sums = backend.kernels.share_out(some_pictures, split(len(x), SUMS))
        dW, db = (sum(parts) for parts in zip(*sums, strict=True))
        return dx, dW.transpose(1, 0, 2).reshape(self.params["W"].shape), db

    def uses_winograd(self, shape: tuple[int, ...]) -> bool:
        """Which algorithm an input of this shape is given."""
        if self.algorithm != "auto":
            return self.algorithm == "winograd"
        if backend.current_backend() != "numba":  # on a GPU nobody has measured it yet
            return False
        return winograd.pays(shape, self.params["W"].shape, *self._geometry)

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

    def _few(self, shape: tuple[int, ...]) -> int:
        """How many pictures' matrix of windows takes about COLUMN_BYTES."""
        _, OH, OW, _ = self.output_shape(shape)
        KH, KW = self.kernel_size
        one = OH * OW * KH * KW * self.in_channels * self.params["W"].dtype.itemsize
        return max(1, COLUMN_BYTES // one)

    @property
    def _geometry(self):
        return self.stride, self.padding, self.groups

    def _checked(self, algorithm: str) -> str:
        if algorithm not in ALGORITHMS:
            raise ValueError(
                f"Conv2d: algorithm must be one of {', '.join(ALGORITHMS)}; got {algorithm!r}"
            )
        if algorithm == "winograd" and not winograd.fits(
            self.kernel_size, self.stride, self.groups
        ):
            raise ValueError(
                "Conv2d: winograd needs square kernels of 3 or 5 pixels at stride 1, or without "
                "groups ⌈kernel / stride⌉ of 3 or 5; "
                f"got {self.kernel_size} at stride {self.stride}, {self.groups} groups"
            )
        return algorithm
