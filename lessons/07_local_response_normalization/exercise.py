"""Lesson 07: local response normalization.

The text is README.md. To check your work: python -m tinyalex.check 07
"""

import numpy as np

from tinyalex import layers


class LocalResponseNorm(layers.LocalResponseNorm):
    """y_i = x_i / (k + α · Σ_{j near i} x_j²)^β, a sum over `size` neighbouring channels.

    The window of channel i has `size` channels, starts at i − ⌊size/2⌋ and is cut off at both ends.
    x and y: (N, H, W, C). With groups, a window stays within its run of C/groups channels.

    Sources scale α differently. n is the size, 5; the last column shows what to pass here:

    | source                   | formula         | its AlexNet            | divide_by_size |
    |--------------------------|-----------------|------------------------|----------------|
    | the paper                | k + α · Σ       | k 2, α 1e-4            | False          |
    | cuda-convnet (2012 code) | k + (α / n) · Σ | k 2, α 1e-4, so 2e-5   | True           |
    | Caffe                    | k + (α / n) · Σ | k 1, α 1e-4, so 2e-5   | True           |
    | PyTorch, ONNX            | k + (α / n) · Σ | the paper's: α 5e-4    | True           |
    | TensorFlow               | k + α · Σ       | the paper's: α 1e-4, depth_radius 2 | False |

    Backward: dx_i = dy_i · d_i^−β − 2αβ · x_i · Σ_{j whose window reads i} dy_j · x_j · d_j^(−β−1).
    The second, cross-channel term is small at the paper's α; a gradient check must scale x up.
    """

    # Given: self.size, self.beta, self.k, self.groups, and self.scaled_alpha, which is alpha, or
    # alpha / size with divide_by_size. Use it wherever the formulas say α.

    def forward(self, x, training: bool = False):
        # 1. d = k + α · Σ x² over each channel's window: from i − size // 2, `size` channels wide,
        #    cut at both ends; with groups, at the ends of the channel's own group.
        # 2. y = x · d^−β.
        # 3. Return self.remember(y, …) with what backward needs; self.recall(dy) returns it once,
        #    as a tuple.
        raise NotImplementedError("task 07.1: LocalResponseNorm.forward")

    def backward(self, dy):
        # 1. The direct term: dy · d^−β.
        # 2. The cross-channel term: t = dy · x · d^(−β−1), summed over the windows that *read* a
        #    channel. They reach size // 2 ahead and size − 1 − size // 2 back, which mirrors
        #    forward's window.
        # 3. dx = direct − 2αβ · x · that sum.
        raise NotImplementedError("task 07.2: LocalResponseNorm.backward")
