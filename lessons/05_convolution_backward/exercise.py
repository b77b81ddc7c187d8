"""Lesson 05: convolution backward.

The text is README.md. To check your work: python -m tinyalex.check 05
"""

import numpy as np

from tinyalex import layers


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

    # Given: self.kernel_size (KH, KW), self.stride (SH, SW), self.padding ((top, bottom),
    # (left, right)), self.groups, self.params["W"], self.params["b"], and forward, which ends
    # with self.remember(y, x), so that `(x,) = self.recall(dy)` returns x.

    def backward(self, dy, input_gradient: bool = True):
        """dW = columnsᵀ · dy, db = Σ dy, dx = col2im(dy · Wᵀ).

        input_gradient=False skips dx and returns None: the first layer needs no dx.
        """
        # 1. Get x from self.recall(dy) and pad it with zeros.
        # 2. db: the sum of dy over pictures, rows and columns.
        # 3. For each position (i, j) in the kernel and each group: the slice of the padded map
        #    that this position reads in all windows, times dy, is dW[i, j]; dy times the transpose
        #    of W[i, j] is *added* to the same slice of the padded dx.
        # 4. self.grads = {"W": dW, "b": db}: new arrays, not added to the previous call's.
        # 5. Return dx without the padding, or None if input_gradient is False.
        raise NotImplementedError("task 05.1: Conv2d.backward")
