"""Sliding windows: how many fit, and the error if none does."""

from __future__ import annotations

Pair = tuple[int, int]
Padding = tuple[Pair, Pair]


def window_counts(size: Pair, kernel: Pair, stride: Pair, padding: Padding) -> Pair:
    """How many windows fit: OH, OW = ⌊(size + padding − kernel) / stride⌋ + 1."""
    (top, bottom), (left, right) = padding
    return (
        (size[0] + top + bottom - kernel[0]) // stride[0] + 1,
        (size[1] + left + right - kernel[1]) // stride[1] + 1,
    )


def position_type(kernel: Pair) -> str:
    """The smallest unsigned type that can number the places of a window."""
    places = kernel[0] * kernel[1]
    return "uint8" if places <= 2**8 else "uint16" if places <= 2**16 else "uint32"


def output_size(layer: str, size: Pair, kernel: Pair, stride: Pair, padding: Padding) -> Pair:
    """`window_counts` for a layer's map (H, W); ValueError with the formula if no window fits.

    As in PyTorch, an incomplete window at the end is left out (the floor).
    """
    for axis, letter in enumerate("HW"):
        before, after = padding[axis]
        if size[axis] + before + after < kernel[axis]:
            raise ValueError(
                f"{layer}: no window fits along {letter}: "
                f"O{letter} = ⌊({letter} + padding − K{letter}) / stride⌋ + 1 = "
                f"⌊({size[axis]} + {before} + {after} − {kernel[axis]}) / {stride[axis]}⌋ + 1 < 1"
            )
    return window_counts(size, kernel, stride, padding)
