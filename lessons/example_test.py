"""An example for teachers: testing a student's layer. Run: pytest lessons/example_test.py

This file tests the library's layer; import your student's instead.
"""

import numpy as np
import pytest

from tinyalex.gradcheck import GradientError, check_gradients, sample_input
from tinyalex.layers import MaxPool2d


@pytest.mark.parametrize("seed", range(5))
def test_gradients(seed):
    # Windows overlap, there is padding, and nothing is square.
    layer = MaxPool2d(kernel_size=3, stride=2, padding=1)
    check_gradients(layer, sample_input((2, 7, 6, 3), np.random.default_rng(seed)), seed=seed)


def test_the_check_finds_what_is_wrong():
    class Doubled(MaxPool2d):
        def backward(self, dy):
            return 2 * super().backward(dy)

    with pytest.raises(GradientError, match=r"dx\["):
        check_gradients(Doubled(3, 2), sample_input((1, 5, 5, 2)))
