"""Named mistakes: wrong layers, each with one mistake that students make.

They serve twice: a checker must find every one of them, and a student's wrong gradient that equals
one of theirs can be called by its name.

MISTAKES: the wrong backwards of every layer. The lessons add those of their own tasks in
`lesson_NN/mistakes.py`; `@mistake(id, of=name)` registers one, `mistakes_in(module)` finds them.
EXAMPLES: for each right layer's name, a tiny case in which all its mistakes show: windows overlap,
strides and groups are above 1, padding is there, nothing is square.
"""

from tinyalex.coursework.mistakes import (
    activations,
    conv,
    dropout,
    flatten,
    linear,
    loss,
    lrn,
    pooling,
)
from tinyalex.coursework.mistakes.mistake import Example, Mistake, mistake, mistakes_in

LAYERS = (conv, linear, activations, pooling, lrn, dropout, flatten, loss)
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

__all__ = ["EXAMPLES", "LAYERS", "MISTAKES", "Example", "Mistake", "mistake", "mistakes_in"]
