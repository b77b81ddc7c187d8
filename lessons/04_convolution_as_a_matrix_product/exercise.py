"""Lesson 04: convolution as a matrix product.

The text is README.md. To check your work: python -m tinyalex.check 04
"""

import numpy as np

from tinyalex import layers


def im2col(x, kernel, stride, padding, groups=1):
    """Every window of x as one row of a matrix.

    x: (N, H, W, C). Returns (groups, N·OH·OW, KH·KW·C/groups): convolution is then one matrix
    product per group. First described by Chellapilla et al. 2006, section 3.
    """
    # kernel (KH, KW), stride (SH, SW), padding ((top, bottom), (left, right)).
    # 1. Pad x with zeros.
    # 2. Allocate the result in x's dtype: (groups, N, OH, OW, KH·KW, C/groups).
    # 3. For each position (i, j) in the kernel: the slice of the padded map that this position
    #    reads in all windows goes to place i·KW + j; its channels are split into the groups.
    # 4. Reshape the result to one matrix per group.
    raise NotImplementedError("task 04.1: im2col")


class Conv2d(layers.Conv2d):
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

    # Given: self.kernel_size, self.stride, self.padding, self.groups as im2col takes them,
    # self.params["W"], self.params["b"], self.output_shape(x.shape), and backward. To use the
    # library's im2col instead of yours: from tinyalex.kernels.reference import im2col.

    def forward(self, x, training: bool = False):
        # 1. Make the matrix of windows, (groups, N·OH·OW, KH·KW·C/groups).
        # 2. Rearrange W to (groups, KH·KW·C/groups, K/groups). W's last axis runs group by group.
        # 3. Multiply, and rearrange the result to y's shape, with the groups' outputs side by side.
        # 4. Add the bias. Return self.remember(y, x): the given backward needs x.
        raise NotImplementedError("task 04.2: Conv2d.forward")
