"""Shared by all layers: parameters, gradients, saved values, input checks."""

from __future__ import annotations

from itertools import permutations
from typing import Any

from tinyalex.kernels.windows import Padding, Pair

FLOATS = ("float32", "float64")  # the number types that layers and kernels compute in


class Layer:
    """forward(x, training=False) -> y, backward(dy) -> dx, and the dicts params and grads.

    `params` and `grads` have the same keys ("W", "b"; none if nothing is learned). Every backward
    overwrites the gradients. A layer never changes x or dy.

    Backward uses what the *last* forward kept, in training or not. So do not evaluate between a
    training forward and its backward: if the two batches have the same shape, the mistake goes
    unnoticed. (`Sequential.predict` keeps nothing, and a backward after it is refused.)
    To save memory, forward often keeps the caller's x, or the y that it returned, instead of a
    copy: convolutions, Linear and the response norms keep x, activations keep y, and Flatten's y is
    a view of x. Do not write into either before backward.
    """

    def __init__(self) -> None:
        self.params: dict[str, Any] = {}
        self.grads: dict[str, Any] = {}
        self._memory: tuple | None = None
        self._output: tuple | None = None

    def forward(self, x, training: bool = False):
        raise NotImplementedError(f"{self.name}.forward")

    def backward(self, dy):
        raise NotImplementedError(f"{self.name}.backward")

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """The shape of forward's result for this input shape. ValueError if it does not fit."""
        return tuple(shape)

    def multiply_adds(self, shape: tuple[int, ...]) -> int:
        """How many multiply-adds forward does on an input of this shape (biases not counted)."""
        return 0

    @property
    def name(self) -> str:
        return type(self).__name__

    def remember(self, y, *values):
        """Keeps what backward needs, and y's shape to check dy against. Returns y."""
        self._memory, self._output = values, (y.shape, y.dtype)
        return y

    def recall(self, dy) -> tuple:
        """Returns what forward kept, once. ValueError if there is nothing or dy does not match."""
        if self._memory is None:
            never = "forward has not run, or did not end with self.remember(y, …)"
            used = "the last forward's values are used up, or predict has dropped them"
            reason = never if self._output is None else used
            raise ValueError(f"{self.name}.backward: {reason}; call forward(x) first")
        shape, dtype = self._output
        if not is_array(dy) or dy.shape != shape or dy.dtype != dtype:
            raise ValueError(
                f"{self.name}.backward: dy must be like forward's output, {shape} {dtype}; "
                f"got {described(dy)}"
            )
        memory, self._memory = self._memory, None
        return memory

    def forget(self) -> None:
        """Drops what forward kept, so that its memory is freed."""
        self._memory = None

    def parameter_shapes(self) -> dict[str, tuple[int, ...]]:
        """The shapes that the arrays in `params` must have, also after they are replaced."""
        return {}

    def check_parameters(self) -> None:
        """ValueError if a parameter is missing or has the wrong shape."""
        for key, array in self.params.items():
            if not is_array(array):
                raise ValueError(
                    f"{self.name}: params[{key!r}] must be an array; got {described(array)}"
                )
        for key, shape in self.parameter_shapes().items():
            array = self.params.get(key)
            if not is_array(array) or tuple(array.shape) != shape:
                raise ValueError(
                    f"{self.name}: params[{key!r}] must have shape {shape}; "
                    f"got {described(array)}{transpose_hint(array, shape, key)}"
                )

    def check_input(self, x, channels: int | None = None, dimensions: int | None = 4) -> None:
        """ValueError unless x has the expected dimensions (4: NHWC), channels and dtype.

        The parameters must have the right shapes and x's dtype.
        """
        if not is_array(x):
            raise ValueError(f"{self.name}: input must be an array; got {described(x)}")
        self.check_parameters()
        if dimensions is not None and x.ndim != dimensions:
            letters = {2: "(N, features)", 4: "(N, H, W, C)"}[dimensions]
            raise ValueError(f"{self.name}: input must be {letters}; got shape {x.shape}")
        if channels is not None and x.shape[-1] != channels:
            raise ValueError(
                f"{self.name}: built for {channels} input channels (the last axis); "
                f"got {x.shape[-1]} in shape {x.shape}"
            )
        if x.dtype not in FLOATS and x.dtype.newbyteorder("=") not in FLOATS:
            raise ValueError(
                f"{self.name}: input must be float32 or float64; got {x.dtype} "
                '(x.astype("float32") converts it)'
            )
        for key, array in self.params.items():
            if array.dtype != x.dtype:
                wanted = array.dtype.newbyteorder("=").name
                raise ValueError(
                    f"{self.name}: params[{key!r}] is {array.dtype} and the input is {x.dtype}; "
                    f"convert one of them (.astype({wanted!r}), or dtype= at construction)"
                )


def as_pair(value: int | Pair, what: str, smallest: int = 1) -> Pair:
    """An int or a pair as a pair of ints. ValueError for anything else or below `smallest`."""
    pair = (value, value) if _is_int(value) else value
    good = isinstance(pair, tuple | list) and len(pair) == 2
    if not good or not all(_is_int(item) and item >= smallest for item in pair):
        raise ValueError(f"{what} must be an int or a pair, at least {smallest}; got {value!r}")
    return int(pair[0]), int(pair[1])


def as_padding(value) -> Padding:
    """int, (ph, pw) or (top, bottom, left, right) as ((top, bottom), (left, right))."""
    sides = (value,) * 4 if _is_int(value) else value
    if isinstance(sides, tuple | list) and len(sides) == 2:
        sides = (sides[0], sides[0], sides[1], sides[1])
    good = isinstance(sides, tuple | list) and len(sides) == 4
    if not good or not all(_is_int(side) and side >= 0 for side in sides):
        raise ValueError(
            "padding must be an int, (ph, pw) or (top, bottom, left, right), at least 0; "
            f"got {value!r}"
        )
    top, bottom, left, right = (int(side) for side in sides)
    return (top, bottom), (left, right)


def _is_int(value) -> bool:
    return hasattr(value, "__index__") and not isinstance(value, bool)


def positive(value: int, what: str) -> int:
    """Returns the value. ValueError unless it is an int of at least 1."""
    if not _is_int(value) or value < 1:
        raise ValueError(f"{what} must be an int of at least 1; got {value!r}")
    return int(value)


def is_array(value) -> bool:
    """Whether this is an array of any backend."""
    return hasattr(value, "dtype") and hasattr(value, "shape") and hasattr(value, "ndim")


def described(value) -> str:
    """A value in words for a message: an array's shape and dtype, or another value's type."""
    if is_array(value):
        return f"{tuple(value.shape)} {value.dtype}"
    return "nothing" if value is None else f"a {type(value).__name__}"


def transpose_hint(array, shape: tuple[int, ...], name: str) -> str:
    """How to turn weights in another layout, such as PyTorch's, into this shape; "" if unknown."""
    if not is_array(array) or array.ndim != len(shape):
        return ""
    if array.ndim == 2:
        hint = (
            f": pass {name}.T (for a layer after Flatten also reorder the rows to H, W, C, as "
            "python -m tinyalex.convert does)"
        )
        return hint if tuple(array.shape[::-1]) == shape else ""
    for axes in ((2, 3, 1, 0), *permutations(range(array.ndim))):
        if len(axes) == array.ndim and tuple(array.shape[axis] for axis in axes) == shape:
            return f": pass {name}.transpose{axes}"
    return ""
