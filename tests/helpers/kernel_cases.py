"""One call of every kernel, and the ways in which an array can lie in memory."""

from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided

from tinyalex.backend import to_numpy
from tinyalex.kernels import reference, winograd

WINDOW = (3, 2), (2, 1), ((1, 0), (1, 1))
GEOMETRY = (1, 1), ((1, 1), (0, 1)), 2


class Call(NamedTuple):
    """kernel(*arrays, *settings). `writes`: the places of the arrays that it writes into."""

    kernel: str
    arrays: tuple
    settings: tuple = ()
    writes: tuple[int, ...] = ()

    def run(self, module, arrays=None):
        """All results, the arrays written into among them, as C-ordered copies."""
        arrays = self.arrays if arrays is None else arrays
        arrays = tuple(
            a.copy() if i in self.writes and a is b else a
            for i, (a, b) in enumerate(zip(arrays, self.arrays, strict=True))
        )
        result = _function(module, self.kernel)(*arrays, *self.settings)
        results = result if isinstance(result, tuple) else (result,)
        written = tuple(arrays[i] for i in self.writes)
        kept = [to_numpy(r) for r in (*results, *written) if r is not None]
        return [np.array(r, order="C") for r in kept]


def _function(module, name):
    if name == "matmul_into":
        return lambda out, a, b: module.matmul(a, b, out=out)
    if name == "scatter_tiles":  # what is written into comes first here
        return lambda x, tiles, matrix, *places: module.scatter_tiles(tiles, matrix, *places, x)
    if name.startswith("winograd_"):
        return getattr(winograd, name.removeprefix("winograd_"))
    if name == "dropout":
        return lambda x, p: module.dropout(x, p, np.random.default_rng(1))
    return getattr(module, name)


def calls(dtype="float32") -> dict[str, Call]:
    """A call for each kernel, with windows that overlap, stride and pad, and two groups."""
    rng = np.random.default_rng(0)

    def normal(*shape):
        return rng.normal(size=shape).astype(dtype)

    x = normal(2, 6, 5, 4)
    columns = reference.im2col(x, *WINDOW, 2)
    pooled, positions = reference.max_pool(x, *WINDOW)
    _, _, bt = winograd.matrices(5, 3)
    tiling = (bt.astype(dtype), 5, (1, 0), (2, 1), 1, 2)
    tiles = reference.gather_tiles(x, *tiling)
    put = (bt.T.astype(dtype), *tiling[1:])
    W, b = normal(3, 3, 2, 6), normal(6)
    y = normal(2, 6, 4, 6)
    weights = normal(3, 4, 5), normal(3, 4, 5), normal(3, 4, 5)
    norm = (3, 0.5, 0.75, 2.0)
    every = [
        Call("im2col", (x,), (*WINDOW, 2)),
        Call("col2im", (columns,), (x.shape, *WINDOW)),
        Call("gather_tiles", (x,), tiling),
        Call("scatter_tiles", (x, tiles), put, writes=(0,)),
        Call("relu", (x,)),
        Call("relu_backward", (x, normal(*x.shape))),
        Call("max_pool", (x,), WINDOW),
        Call("max_pool_backward", (pooled, positions), (x.shape, *WINDOW)),
        Call("avg_pool", (x,), WINDOW),
        Call("avg_pool_backward", (pooled,), (x.shape, *WINDOW)),
        Call("response_norm", (x,), (*norm, (3,), 2)),
        Call("response_norm_backward", (x, normal(*x.shape)), (*norm, (3,), 2)),
        Call("matmul", (normal(2, 5, 7), normal(2, 7, 3))),
        Call("matmul_into", (normal(2, 5, 3), normal(2, 5, 7), normal(2, 7, 3)), writes=(0,)),
        Call("sgd_update", weights, (0.1, 0.9, 0.01), writes=(0, 1)),
        Call("convolve", (x, W, b), GEOMETRY),
        Call("convolve_backward", (y, x, W), GEOMETRY),
        Call("dropout", (x,), (0.4,)),
        Call("winograd_forward", (x, W, b), GEOMETRY),
        Call("winograd_backward", (y, x, W), GEOMETRY),
    ]
    return {call.kernel: call for call in every}


def _fortran(a):
    return np.asfortranarray(a)


def _turned(a):
    """A view of an array whose axes lie in the order 1, 2, …, 0."""
    axes = np.roll(np.arange(a.ndim), -1)
    return a.transpose(axes).copy().transpose(np.argsort(axes))


def _negative(a):
    back = (slice(None, None, -1),) * a.ndim
    return a[back].copy()[back]


def _slice(a):
    wide = np.full([2 * n + 1 for n in a.shape], 7, a.dtype)
    view = wide[tuple(slice(1, None, 2) for _ in a.shape)]
    view[...] = a
    return view


def _read_only(a):
    copy = a.copy()
    copy.flags.writeable = False
    return copy


def _other_byte_order(a):
    return a.astype(a.dtype.newbyteorder())


def _unaligned(a):
    memory = np.empty(a.nbytes + 1, np.uint8)
    view = memory[1:].view(a.dtype).reshape(a.shape)
    view[...] = a
    return view


def _broadcast(a):
    """All of the first axis is its first entry, which stands in memory once."""
    return np.broadcast_to(a[:1], a.shape)


def _overlapping(a):
    """As `_broadcast`, and open to writing."""
    one = a[:1].copy()
    return as_strided(one, a.shape, (0, *one.strides[1:]))


LAYOUTS = {
    "C": np.array,
    "Fortran": _fortran,
    "turned axes": _turned,
    "negative strides": _negative,
    "slice": _slice,
    "unaligned": _unaligned,
    "other byte order": _other_byte_order,
    "read-only": _read_only,
    "broadcast": _broadcast,
    "overlapping": _overlapping,
}
CANNOT_BE_WRITTEN = ("read-only", "broadcast", "overlapping")
