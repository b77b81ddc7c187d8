"""Are a layer's gradients right? Finite differences that never pass a wrong layer in silence.

    from tinyalex.gradcheck import check_gradients, sample_input
    layer = Conv2d(4, 6, 3, stride=2, padding=1, groups=2, dtype="float64")
    print(check_gradients(layer, sample_input((2, 5, 4, 4))))

The check measures L = Σ dy · y for a random dy: ∂L/∂x_i ≈ (L(x_i + h) − L(x_i − h)) / 2h for every
entry of the input and of every parameter, and compares with what `backward` says.

That takes two forwards an entry, so shapes should be tiny. `mode="projection"` instead compares a
few random mixtures of all entries of an array, with two forwards each whatever its size: for large
layers and nets. It finds an error but not its place.

The rules, each of them paid for by a real bug that some published checker let through:

1. dy is random. With dy all ones a softmax whose backward returns zeros passes.
2. Every entry is compared by itself, relative to its own size; entries near zero are allowed the
   rounding error of the finite difference, and no more.
3. float64 only. In float32 the differences have no correct digits left.
4. Away from kinks and ties: zeros and equal values in the input are moved apart first, and an
   entry whose slope differs to its left and right is judged a little further on.
5. Randomness is frozen: each forward draws the same dropout mask.
6. Shapes must bring the bugs out: windows that overlap, stride above 1, padding, maps that are not
   square and do not divide evenly, groups, and N, C, K above 1. Pooling 2×2 by 2 hides what 3×3 by
   2 shows.
7. Response normalization: at the paper's α = 1e-4 its cross-channel term is 1e-4 of the gradient.
   The tolerance here is fine enough to see it; `sample_input(shape, scale=100)` shows it plainly.
8. A wrong gradient raises `GradientError`. Nothing is merely printed.
9. The checker is itself tested, with wrong layers (`tinyalex.coursework.mistakes`).
10. It asks more than once: with other x, sizes and parameters, with dy large, small, zero and in
    another memory order. What a layer keeps from its first batch shows only then.
11. The step fits the entry. Where rounding hides a gradient, the report says how far it was judged,
    and it names what it could not see, such as arrays outside params.
"""

from tinyalex.gradcheck.check import check_gradients, check_loss_gradients
from tinyalex.gradcheck.inputs import sample_input
from tinyalex.gradcheck.numerical import largest_relative_error, numerical_gradient
from tinyalex.gradcheck.report import ArrayResult, GradientError, Report

__all__ = [
    "ArrayResult",
    "GradientError",
    "Report",
    "check_gradients",
    "check_loss_gradients",
    "largest_relative_error",
    "numerical_gradient",
    "sample_input",
]
