"""Checks of the kernels' arguments, the same on every backend. Each one raises ValueError.

Compiled loops trust the sizes they are given: they would read and write past the end of an array
that is too short. So each kernel checks first. It accepts arrays in any memory order, slices,
read-only arrays and either byte order. An array that a kernel writes to must be writable, and no
two of its elements may share memory.
"""

from __future__ import annotations

import numpy as np

from tinyalex import backend
from tinyalex.kernels.windows import Padding, Pair, output_size

ONE_DTYPE = ({np.dtype("float32")}, {np.dtype("float64")})


def floats(kernel: str, **arrays) -> list:
    """Returns the arrays in this machine's byte order. All must be float32, or all float64."""
    if {array.dtype for array in arrays.values()} in ONE_DTYPE:  # the usual case, and cheap
        return list(arrays.values())
    kinds = {name: array.dtype.newbyteorder("=") for name, array in arrays.items()}
    for name, kind in kinds.items():
        if kind.name not in ("float32", "float64"):
            raise ValueError(f"{kernel}: {name} must be float32 or float64; got {kind}")
    if len(set(kinds.values())) > 1:
        listed = ", ".join(f"{name} is {kind}" for name, kind in kinds.items())
        raise ValueError(f"{kernel}: all arrays must have the same dtype; {listed}")
    return [
        array if array.dtype.isnative else array.astype(kinds[name])
        for name, array in arrays.items()
    ]


def shape(kernel: str, name: str, array, expected: tuple[int, ...]) -> None:
    """The array must have this shape."""
    if tuple(array.shape) != tuple(expected):
        raise ValueError(f"{kernel}: {name} must have shape {tuple(expected)}; got {array.shape}")


def same_shape(kernel: str, **arrays) -> None:
    """All arrays must have the first one's shape."""
    first = next(iter(arrays.values()))
    for name, array in arrays.items():
        shape(kernel, name, array, first.shape)


def windows(
    name: str, size: tuple[int, ...], kernel: Pair, stride: Pair, padding: Padding, groups: int = 1
) -> Pair:
    """Returns OH, OW. A window must fit into the map (N, H, W, C), and groups must divide C."""
    if len(size) != 4:
        raise ValueError(f"{name}: x must be (N, H, W, C); got shape {tuple(size)}")
    if min(*kernel, *stride) < 1 or min(map(min, padding)) < 0:
        raise ValueError(
            f"{name}: kernel and stride must be at least 1 and padding at least 0; "
            f"got {kernel}, {stride} and {padding}"
        )
    if groups < 1 or size[3] < 1 or size[3] % groups:
        raise ValueError(f"{name}: groups must divide the channels: {size[3]} / {groups}")
    return output_size(name, size[1:3], kernel, stride, padding)


def pooling(name: str, size: tuple[int, ...], kernel: Pair, stride: Pair, padding: Padding) -> Pair:
    """As `windows`; in addition, no window may lie entirely in the padding."""
    counts = windows(name, size, kernel, stride, padding)
    if any(max(padding[axis]) >= kernel[axis] for axis in (0, 1)):
        raise ValueError(f"{name}: padding {padding} must be below the kernel {kernel}")
    return counts


def columns(name: str, matrix, size, kernel: Pair, stride: Pair, padding: Padding) -> tuple:
    """Returns groups, OH, OW. The matrix must be im2col's, (groups, N·OH·OW, KH·KW·C/groups)."""
    groups = matrix.shape[0] if matrix.ndim else 0
    OH, OW = windows(name, size, kernel, stride, padding, groups)
    row = kernel[0] * kernel[1] * (size[3] // groups)
    shape(name, "columns", matrix, (groups, size[0] * OH * OW, row))
    return groups, OH, OW


def tiles(name: str, x, matrix: Pair, step: int, counts: Pair, group: int, groups: int, t=None):
    """x must be (N, H, W, C), and tiles (a², N·TH·TW, C/groups) for a matrix of k × a."""
    if x.ndim != 4 or x.shape[3] < 1 or not 0 <= group < groups or x.shape[3] % groups:
        raise ValueError(
            f"{name}: x must be (N, H, W, C) and groups divide C, group below groups; "
            f"got {tuple(x.shape)}, group {group} of {groups}"
        )
    if min(step, *counts) < 1:
        raise ValueError(f"{name}: step and counts must be at least 1; got {step} and {counts}")
    if t is not None:
        floats(name, tiles=t, x=x)
        rows = x.shape[0] * counts[0] * counts[1]
        shape(name, "tiles", t, (matrix[1] ** 2, rows, x.shape[3] // groups))


def pooled(name: str, dy, size, kernel: Pair, stride: Pair, padding: Padding) -> None:
    """dy must have the shape of the pooled map (N, OH, OW, C)."""
    OH, OW = pooling(name, size, kernel, stride, padding)
    shape(name, "dy", dy, (size[0], OH, OW, size[3]))


def positions(name: str, where, dy, size, kernel: Pair, stride: Pair, padding: Padding) -> None:
    """Each position must be a place in its window that is inside the map."""
    same_shape(name, dy=dy, positions=where)
    if where.dtype.kind != "u":
        raise ValueError(f"{name}: positions must be unsigned integers; got {where.dtype}")
    if where.size and int(where.max()) >= kernel[0] * kernel[1]:
        raise ValueError(
            f"{name}: positions must be below {kernel[0]}·{kernel[1]}; got {int(where.max())}"
        )
    for axis in (0, 1):
        for window in range(where.shape[axis + 1]):
            start = window * stride[axis] - padding[axis][0]
            first, stop = max(0, -start), min(kernel[axis], size[axis + 1] - start)
            if (first, stop) == (0, kernel[axis]):
                continue  # the whole window is inside the map
            some = where[:, window] if axis == 0 else where[:, :, window]
            place = some // kernel[1] if axis == 0 else some % kernel[1]
            if bool(((place < first) | (place >= stop)).any()):
                raise ValueError(f"{name}: a position is in the padding {padding}")


def convolution(name: str, x, W, b, stride: Pair, padding: Padding, groups: int) -> Pair:
    """Returns OH, OW. W must be (KH, KW, C/groups, K), b (K,); groups must divide C and K."""
    if W.ndim != 4:
        raise ValueError(f"{name}: W must be (KH, KW, C/groups, K); got shape {tuple(W.shape)}")
    counts = windows(name, x.shape, tuple(W.shape[:2]), stride, padding, groups)
    if W.shape[3] % groups:
        raise ValueError(f"{name}: groups must divide the kernels: {W.shape[3]} / {groups}")
    shape(name, "W", W, (*W.shape[:2], x.shape[3] // groups, W.shape[3]))
    if b is not None:
        shape(name, "b", b, W.shape[3:])
    return counts


def channel_groups(name: str, x, size: int, groups: int) -> None:
    """x must be (N, H, W, C) and the groups must divide C."""
    if x.ndim != 4 or min(size, groups, x.shape[3]) < 1 or x.shape[3] % groups:
        raise ValueError(
            f"{name}: x must be (N, H, W, C), size at least 1, and groups must divide C; "
            f"got {tuple(x.shape)}, size {size} and groups {groups}"
        )


def product(a, b, out) -> tuple[int, ...]:
    """Returns the shape of a @ b. `out` must have this shape and share no memory with a or b."""
    if a.ndim < 2 or b.ndim < 2 or a.shape[-1] != b.shape[-2]:
        raise ValueError(
            f"matmul: shapes must be (…, n, m) @ (…, m, k); got {tuple(a.shape)} @ {tuple(b.shape)}"
        )
    batch = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    expected = (*batch, a.shape[-2], b.shape[-1])
    if out is not None:
        shape("matmul", "out", out, expected)
        writable("matmul", "out", out)
        for name, factor in (("a", a), ("b", b)):
            if out.dtype.newbyteorder("=") != factor.dtype.newbyteorder("="):
                raise ValueError(f"matmul: out is {out.dtype} and {name} is {factor.dtype}")
            if shares_memory(out, factor):
                raise ValueError(f"matmul: out shares memory with {name}: pass another array")
    return expected


def update(weights, velocity, gradient):
    """The arrays of `sgd_update` must match. Returns the gradient, copied if it shares memory."""
    floats("sgd_update", weights=weights, velocity=velocity, gradient=gradient)
    same_shape("sgd_update", weights=weights, velocity=velocity, gradient=gradient)
    writable("sgd_update", "weights", weights)
    writable("sgd_update", "velocity", velocity)
    if shares_memory(weights, velocity):
        raise ValueError("sgd_update: weights and velocity share memory")
    shared = shares_memory(gradient, weights) or shares_memory(gradient, velocity)
    return gradient.copy() if shared else gradient


def writable(kernel: str, name: str, array) -> None:
    """The array must be writable, and no two of its elements may share memory."""
    if not getattr(array.flags, "writeable", True):
        raise ValueError(f"{kernel}: {name} is read-only: pass a copy, {name}.copy()")
    if array.flags.c_contiguous:
        return
    reach = 0
    for stride, length in sorted(
        (abs(step), length)
        for step, length in zip(array.strides, array.shape, strict=True)
        if length > 1
    ):
        if stride <= reach:
            raise ValueError(
                f"{kernel}: elements of {name} share memory (a broadcast or overlapping view): "
                f"pass a copy, {name}.copy()"
            )
        reach += stride * (length - 1)


def shares_memory(one, other) -> bool:
    """Whether the two arrays have an element in common."""
    xp = backend.xp
    return bool(xp.may_share_memory(one, other)) and bool(xp.shares_memory(one, other))
