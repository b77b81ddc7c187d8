"""Lesson 06: overlapping max-pooling.

The text is README.md. To check your work: python -m tinyalex.check 06
"""

import numpy as np

from tinyalex import layers


class MaxPool2d(layers.MaxPool2d):
    """y = the largest x in each KH × KW window. (N, H, W, C) → (N, OH, OW, C), sizes as in Conv2d.

    Backward sends dy to the place of the maximum, and *adds* where overlapping windows share it.
    In a tie the first value, row by row, wins. Padding counts as −∞.
    """

    # Given: self.kernel_size (KH, KW), self.stride (SH, SW), self.padding ((top, bottom),
    # (left, right)) and self.output_shape(x.shape), which is (N, OH, OW, C).

    def forward(self, x, training: bool = False):
        # 1. Pad x with −∞.
        # 2. For each window, take the largest value and remember its position in the window.
        # 3. Keep what backward needs (positions and x's shape, not x itself) and return y:
        #    self.remember(y, …) does both, and self.recall(dy) returns what it kept, as a tuple.
        raise NotImplementedError("task 06.1: MaxPool2d.forward")

    def backward(self, dy):
        # 1. Make a map of zeros of the padded shape, in dy's dtype.
        # 2. Add each number of dy at the position of its window's maximum.
        # 3. Crop the padding.
        raise NotImplementedError("task 06.2: MaxPool2d.backward")
