"""Lesson 08: dropout.

The text is README.md. To check your work: python -m tinyalex.check 08
"""

import numpy as np

from tinyalex import layers


class Dropout(layers.Dropout):
    """In training y is 0 with probability p and x / (1 − p) otherwise; at test time y = x.

    The paper instead leaves training values as they are and multiplies by 1 − p at test time. The
    two agree in expectation; this "inverted" form, used by PyTorch and Caffe, costs nothing at test
    time.

    p: in [0, 1). rng: the numpy.random.Generator that draws the masks.
    `mask` is the last one drawn: 0 or 1 / (1 − p), of x's shape. Backward: dx = dy · mask.
    """

    # Given: self.p, the probability of dropping, and self.rng, a numpy.random.Generator.

    def forward(self, x, training: bool = False):
        # 1. At test time (training=False): y is a copy of x, and self.mask is None.
        # 2. In training: draw a number in [0, 1) from self.rng for each value. Keep the value if
        #    its number is at least p.
        # 3. self.mask is 1 / (1 − p) where a value is kept, else 0, in x's dtype. y = x · mask.
        # 4. Return self.remember(y, self.mask): backward needs the same mask again.
        raise NotImplementedError("task 08.1: Dropout.forward")

    def backward(self, dy):
        # 1. (mask,) = self.recall(dy).
        # 2. dx = dy · mask; at test time, a copy of dy.
        raise NotImplementedError("task 08.2: Dropout.backward")
