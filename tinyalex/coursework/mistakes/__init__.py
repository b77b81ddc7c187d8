"""Named mistakes: wrong layers, each with one mistake that students make.

They serve two purposes: the gradient checker must catch every one of them, and the lessons' check
compares them with a student's code to name the mistake.

MISTAKES: the wrong backward passes of every layer. Each lesson adds those of its own tasks in
`lesson_NN/mistakes.py`; `@mistake(id, of=name)` registers one, `mistakes_in(module)` finds them,
and `@another_form(of=wrong)` adds code with the same mistake that computes other numbers.
EXAMPLES: for each correct layer's name, a tiny case that exposes all its mistakes: windows overlap,
strides and groups are above 1, there is padding, and nothing is square.
"""

from tinyalex.coursework.mistakes import (
    activations,
    conv,
    conv_input,
    dropout,
    flatten,
    linear,
    loss,
    lrn,
    pooling,
)
from tinyalex.coursework.mistakes.mistake import (
    Example,
    Mistake,
    another_form,
    mistake,
    mistakes_in,
)

LAYERS = (conv, conv_input, linear, activations, pooling, lrn, dropout, flatten, loss)
MISTAKES: tuple[Mistake, ...] = mistakes_in(*LAYERS)

EXAMPLES: dict[str, Example] = {
    "Conv2d": conv.EXAMPLE,
    "Linear": linear.EXAMPLE,
    "ReLU": activations.EXAMPLE,
    "Tanh": activations.EXAMPLE,
    "Sigmoid": activations.EXAMPLE,
    "MaxPool2d": pooling.EXAMPLE,
    "AvgPool2d": pooling.EXAMPLE,
    "GlobalAvgPool2d": pooling.GLOBAL_EXAMPLE,
    "LocalResponseNorm": lrn.EXAMPLE,
    "Dropout": dropout.EXAMPLE,
    "Flatten": flatten.EXAMPLE,
    "SoftmaxCrossEntropy": loss.EXAMPLE,
}

__all__ = [
    "EXAMPLES",
    "LAYERS",
    "MISTAKES",
    "Example",
    "Mistake",
    "another_form",
    "mistake",
    "mistakes_in",
]
