"""Winograd's convolution: fewer multiplications for small kernels at stride 1.

**In one dimension.** Computing an output tile of m values from a = m + r − 1 inputs d and a kernel
g of r values takes m·r multiplications. The tile is part of the product of two polynomials, and a
product of degree a − 1 is determined by its values at a points: evaluate both polynomials at the
points, multiply point by point, interpolate. That takes only a = m + r − 1 multiplications, and
three constant matrices (Toom 1963, Cook 1966; Winograd 1980 transposed it for what networks call
convolution):

    y = Aᵀ [ (G g) ⊙ (Bᵀ d) ]        Aᵀ: m × a,  G: a × r,  Bᵀ: a × a

**In two dimensions** the same is done along H and along W. With tiles of a × a inputs,

    Y = Aᵀ [ (G g Gᵀ) ⊙ (Bᵀ d B) ] A

and m²·r² multiplications become a². F(4×4, 3×3) needs 36 instead of 144.

**With channels** the sum over C can be taken before Aᵀ…A, which is linear. So for each of the a²
points p, ⊙ becomes one matrix product over all tiles of all pictures (Lavin and Gray 2016):

    V[p] = (Bᵀ d B)[p]       tiles × C         `gather_tiles`
    U[p] = (G g Gᵀ)[p]       C × K             a product with G ⊗ G
    M[p] = V[p] · U[p]       tiles × K
    Y    = Aᵀ M A            tiles of m × m    `scatter_tiles`

**Backward** takes the transpose of each of these lines, in reverse order:

    dM = A dY Aᵀ    dU[p] = V[p]ᵀ · dM[p]    dV[p] = dM[p] · U[p]ᵀ    dX += B dV Bᵀ    dW = Gᵀ dU G

where dX *adds*, because tiles of inputs overlap by r − 1.

**Stride.** A kernel of size k at stride s > 1 equals one of size ⌈k/s⌉ at stride 1 on a map in
which each block of s × s pixels has become channels (`fold`): conv1's 11×11 at stride 4 becomes 3×3
with 4·4·3 = 48 channels.

**What it costs.** The transforms are memory traffic, which limits what a larger tile can gain. The
numbers in Bᵀ and Aᵀ grow with a, and float32 loses digits: .8 from 4 points to 6, .3 from 6 to 8;
with 0, ±1, ±2, ±1/2, ∞ the rms error is 3e-6 to 5e-6 of the rms output. A tile is computed as a
whole, so a NaN or infinity in one of its inputs can reach all its outputs; with im2col it reaches
only the outputs whose window contains it.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np

from tinyalex import backend
from tinyalex.kernels import checks
from tinyalex.kernels.underflow import allow_underflow
from tinyalex.kernels.windows import window_counts
from tinyalex.kernels.winograd_matrices import POINTS, matrices
from tinyalex.kernels.workers import split, thread_count

# The tile that measured best for each kernel size.
TILE = {3: 5, 5: 4}

# Tiles that go through the transforms and products together. With fewer, a product spends its time
# on the weights (U is a²/r² times the size of W), and every part computes its own dU. Forward,
# 5 × 5 kernels do best with fewer: their few channels then all stay in the cache.
ROWS = 288
FORWARD_ROWS = {3: 288, 5: 96}

# With fewer tiles in total, transforming the weights is not worth it.
FEWEST = 64


class Plan(NamedTuple):
    """How one convolution is cut into tiles."""

    r: int  # the kernel's size at stride 1
    m: int  # outputs along a tile's side
    stride: int  # 1, or the stride that is folded into channels
    corner: tuple[int, int]  # padding at the top and at the left, in folded pixels
    counts: tuple[int, int]  # tiles along H and W
    output: tuple[int, int]  # OH, OW

    @property
    def a(self) -> int:
        return self.m + self.r - 1

    @property
    def ones(self) -> int:
        """The index of the point 1 along both axes. All its powers are 1: there Aᵀ…A spreads a
        number evenly over a tile (the bias), and A…Aᵀ sums a tile (the bias's gradient)."""
        return POINTS.index(1) * self.a + POINTS.index(1)


ALGORITHMS = ("im2col", "winograd", "auto")


def check_algorithm(layer: str, algorithm: str, kernel, stride, groups: int) -> str:
    """Returns the algorithm. ValueError if it is unknown or does not support the kernel."""
    if algorithm not in ALGORITHMS:
        raise ValueError(
            f"{layer}: algorithm must be one of {', '.join(ALGORITHMS)}; got {algorithm!r}"
        )
    if algorithm == "winograd" and not fits(kernel, stride, groups):
        raise ValueError(
            f"{layer}: winograd needs square kernels of 3 or 5 pixels at stride 1, or without "
            "groups ⌈kernel / stride⌉ of 3 or 5; "
            f"got {kernel} at stride {stride}, {groups} groups"
        )
    return algorithm


def fits(kernel, stride, groups) -> bool:
    """Whether the kernel is supported: square, of 3 or 5 pixels at stride 1 (or when folded)."""
    square = kernel[0] == kernel[1] and stride[0] == stride[1] <= kernel[0]
    folded = stride[0] == 1 or groups == 1
    return square and folded and -(-kernel[0] // stride[0]) in TILE


def plan(shape, kernel, stride, padding) -> Plan:
    """The plan for a map of shape (N, H, W, C). ValueError if the kernel is not supported."""
    if not fits(kernel, stride, 1):
        raise ValueError(f"winograd: no tiles for kernel {tuple(kernel)} at stride {tuple(stride)}")
    r = -(-kernel[0] // stride[0])
    m = TILE[r]
    OH, OW = window_counts(shape[1:3], kernel, stride, padding)
    corner = (padding[0][0], padding[1][0]) if stride[0] == 1 else (0, 0)
    return Plan(r, m, stride[0], corner, (-(-OH // m), -(-OW // m)), (OH, OW))


def pays(shape, weights, stride, padding, groups) -> bool:
    """Whether measurements say that this is faster than im2col for an input of this shape."""
    KH, KW, C, K = weights
    if not fits((KH, KW), stride, groups):
        return False
    p = plan(shape, (KH, KW), stride, padding)
    tiles = p.counts[0] * p.counts[1]
    saved = p.output[0] * p.output[1] * KH * KW / (p.a**2 * tiles * p.stride**2)
    channels = min(C * p.stride**2, K // groups)  # with few, the transforms dominate
    enough = shape[0] >= thread_count() and shape[0] * tiles >= FEWEST
    return saved >= 2 and channels >= 32 and enough


@allow_underflow
def forward(x, W, b, stride, padding, groups):
    """y = b + W * x, as in Conv2d."""
    checks.convolution("winograd.forward", x, W, b, stride, padding, groups)
    x, W, b = checks.floats("winograd.forward", x=x, W=W, b=b)
    kernels = backend.kernels
    p = plan(x.shape, W.shape[:2], stride, padding)
    at, _, bt = _matrices(p, W.dtype)
    U = transform_weights(W, p, groups)
    bias = b.reshape(groups, -1)
    y = kernels.empty((len(x), *p.output, W.shape[3]), x.dtype)

    def some_pictures(some):
        source = fold(x[some], p, padding)
        for g in range(groups):
            V = kernels.gather_tiles(source, bt, p.m, p.corner, p.counts, g, groups)
            M = kernels.empty_tiles(*V.shape[:2], U.shape[3], x.dtype)
            backend.xp.matmul(V, U[g], out=M)
            M[p.ones] += bias[g]
            kernels.scatter_tiles(M, at, p.m, (0, 0), p.counts, g, groups, y[some], add=False)

    kernels.share_out(some_pictures, _parts(p, len(x), FORWARD_ROWS[p.r]))
    return y


@allow_underflow
def backward(dy, x, W, stride, padding, groups, input_gradient=True):
    """Returns dx (None if input_gradient is False), dW and db."""
    counts = checks.convolution("winograd.backward", x, W, None, stride, padding, groups)
    checks.shape("winograd.backward", "dy", dy, (x.shape[0], *counts, W.shape[3]))
    dy, x, W = checks.floats("winograd.backward", dy=dy, x=x, W=W)
    kernels = backend.kernels
    p = plan(x.shape, W.shape[:2], stride, padding)
    at, _, bt = _matrices(p, W.dtype)
    U = transform_weights(W, p, groups)
    dx = kernels.empty(x.shape, x.dtype) if input_gradient else None

    def some_pictures(some):
        source = fold(x[some], p, padding)
        dsource = kernels.zeros(source.shape, x.dtype) if input_gradient else None
        dU = kernels.empty(U.shape, x.dtype)
        db = backend.xp.empty((groups, U.shape[3]), dtype=x.dtype)
        for g in range(groups):
            V = kernels.gather_tiles(source, bt, p.m, p.corner, p.counts, g, groups)
            dM = kernels.gather_tiles(dy[some], at.T, p.m, (0, 0), p.counts, g, groups)
            backend.xp.matmul(V.transpose(0, 2, 1), dM, out=dU[g])
            db[g] = dM[p.ones].sum(axis=0)
            if input_gradient:
                dV = backend.xp.matmul(dM, U[g].transpose(0, 2, 1), out=V)
                kernels.scatter_tiles(dV, bt.T, p.m, p.corner, p.counts, g, groups, dsource)
        if input_gradient:
            dx[some] = unfold(dsource, p, padding, x[some].shape)
        return transform_weights_back(dU, p, W.shape), db.reshape(-1)

    sums = kernels.share_out(some_pictures, _parts(p, len(x), ROWS))
    dW, db = (sum(parts) for parts in zip(*sums, strict=True))
    return dx, dW, db


def transform_weights(W, p: Plan, groups: int):
    """U = G g Gᵀ for every pair of channels: (groups, a², C/groups, K/groups)."""
    KH, KW, C, K = W.shape
    s, r = p.stride, p.r
    if s > 1:  # (r·s, r·s, C) → (r, r, s·s·C), with zeros where r·s is more than the kernel
        whole = backend.xp.zeros((r * s, r * s, C, K), dtype=W.dtype)
        whole[:KH, :KW] = W
        whole = whole.reshape(r, s, r, s, C, K).transpose(0, 2, 1, 3, 4, 5)
        W, C = whole, s * s * C
    W = W.reshape(r * r, C, groups, K // groups).transpose(2, 0, 1, 3)
    W = W.reshape(groups, r * r, C * (K // groups))
    U = backend.kernels.matmul(backend.from_numpy(_both_axes(p, W.dtype)), W)
    return U.reshape(groups, p.a**2, C, K // groups)


def transform_weights_back(dU, p: Plan, shape):
    """dW = Gᵀ dU G: the transpose of `transform_weights`."""
    KH, KW, C, K = shape
    groups, _, folded, each = dU.shape
    s, r = p.stride, p.r
    both = backend.from_numpy(_both_axes(p, dU.dtype).T)
    dW = backend.kernels.matmul(both, dU.reshape(groups, p.a**2, folded * each))
    dW = dW.reshape(groups, r * r, folded, each).transpose(1, 2, 0, 3)
    if s == 1:
        return dW.reshape(shape)
    dW = dW.reshape(r, r, s, s, C, K).transpose(0, 2, 1, 3, 4, 5)
    return dW.reshape(r * s, r * s, C, K)[:KH, :KW].copy()


def fold(x, p: Plan, padding):
    """x as a map of s·s·C channels for a kernel at stride s: im2col with adjacent windows."""
    if p.stride == 1:
        return x
    folded = backend.kernels.im2col(x, *_folding(x.shape, p, padding))
    size = window_counts(x.shape[1:3], *_folding(x.shape, p, padding))
    return folded.reshape(len(x), *size, p.stride**2 * x.shape[3])


def unfold(folded, p: Plan, padding, shape):
    """The transpose of `fold`: the gradient of x from that of the folded map."""
    if p.stride == 1:
        return folded
    columns = folded.reshape(1, -1, folded.shape[3])
    return backend.kernels.col2im(columns, shape, *_folding(shape, p, padding))


def _folding(shape, p: Plan, padding):
    """Kernel, stride and padding of that im2col, which covers all that the tiles read."""
    pairs = []
    for axis in (0, 1):
        before = padding[axis][0]
        needed = (p.output[axis] + p.r - 1) * p.stride
        pairs.append((before, max(0, needed - shape[axis + 1] - before)))
    return (p.stride, p.stride), (p.stride, p.stride), tuple(pairs)


@cache
def _matrices(p: Plan, dtype):
    return tuple(matrix.astype(dtype) for matrix in matrices(p.m, p.r))


@cache
def _both_axes(p: Plan, dtype):
    """G ⊗ G: a² × r²."""
    _, g, _ = matrices(p.m, p.r)
    return np.kron(g, g).astype(dtype)


def _parts(p: Plan, batch: int, rows: int) -> list[slice]:
    """Splits the batch into pictures to transform together, equally many parts per thread."""
    enough = -(-rows // (p.counts[0] * p.counts[1]))
    rounds = max(1, round(batch / (enough * thread_count())))
    return split(batch, rounds * thread_count())
