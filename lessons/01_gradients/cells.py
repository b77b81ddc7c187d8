# %% after=""
import textwrap

import numpy as np

from tinyalex.check import check
from tinyalex.coursework.drawing.explore import explore, show
from tinyalex.coursework.lesson_01 import figures as pictures
from tinyalex.gradcheck import (
    GradientError,
    check_gradients,
    largest_relative_error,
    numerical_gradient,
)
from tinyalex.layers import ReLU, Sigmoid

# %% after="One number in, one number out"
explore(pictures.secants, {"h": 0.8}, h=[1.4, 0.8, 0.4, 0.2, 0.1])

# %% after="How small should the step be?"
show(pictures.error_by_step())
steps = np.array([1e-2, 1e-3, 1e-5, 1e-8, 1e-12])
print(f"{'h':<20}", *(f"{step:8.0e}" for step in steps))
for name, error in pictures.errors(steps).items():
    print(f"{name:<20}", *(f"{value:8.0e}" for value in error))


# %% after="A worked example"
def product_and_square(x):
    return np.array([x[0] * x[1], x[0] ** 2])


print(numerical_gradient(product_and_square, np.array([2.0, 3.0]), np.array([1.0, 10.0]), 0.5))

# %% after="Comparing"
a, n = np.array([10, 0.02, 0]), np.array([10.1, 0.01, 0])
print("each by its own size:", largest_relative_error(a, n))
print(f"the norms:            {np.linalg.norm(a - n) / np.linalg.norm(n):.2f}")


# %% after="What makes a check worth having"
class ForgetfulReLU(ReLU):
    """Its backward returns the mask and forgets dy."""

    def backward(self, dy):
        (y,) = self.recall(dy)
        return (y > 0).astype(y.dtype)


x = np.random.default_rng(1).normal(size=(3, 4))
for name, dy in ("all ones", np.ones_like(x)), ("random", None):
    try:
        check_gradients(ForgetfulReLU(), x, dy=dy)
        print(f"dy {name}: the wrong layer passes")
    except GradientError as error:
        print(textwrap.fill(f"dy {name}: {error}", width=90))

# %% after="What makes a check worth having"
show(pictures.at_a_kink())

# %% after="In code"
# The complete check of a correct layer. How large is the error in float64?
print(check_gradients(Sigmoid(), x))

# %% after="In code"
# This checks the library's own functions: define yours in a cell above and run this one again.
# `python -m tinyalex.check 01` checks what you write into the lesson's exercise.py.
check(numerical_gradient)
check(largest_relative_error)
