"""Lesson 15: wrong Winograd transforms. Each docstring is what the student reads."""

from __future__ import annotations

import numpy as np

from tinyalex.coursework.lesson_15 import solution as right
from tinyalex.coursework.mistakes.mistake import mistake


@mistake("15-input_side_by_side", of="transform_input")
def input_side_by_side(d):
    """the tiles are four places apart; a tile produces two outputs, so tiles are two apart."""
    V = right.transform_input(d)
    return V[:, ::2]


@mistake("15-input_last_tile_missing", of="transform_input")
def input_last_tile_missing(d):
    """the last tile is missing where the number of outputs is odd: round the number of tiles up."""
    V = right.transform_input(d)
    return V[:, : (len(d) - 2) // 2]


@mistake("15-input_padded_in_front", of="transform_input")
def input_padded_in_front(d):
    """the extra zero is added before the line; it belongs after the last place."""
    right.transform_input(d)
    return (
        right.transform_input(np.concatenate([np.zeros_like(d[:1]), d]))
        if len(d) % 2
        else (right.transform_input(d))
    )


@mistake("15-input_repeats_the_edge", of="transform_input")
def input_repeats_the_edge(d):
    """the line is extended by repeating its last place; it should be extended by zero."""
    right.transform_input(d)
    return right.transform_input(np.concatenate([d, d[-1:]]) if len(d) % 2 else d)


@mistake("15-input_first_sign", of="transform_input")
def input_first_sign(d):
    """V₀ is d₀ − d₂, as in texts with U₀ = g₀; here it is d₂ − d₀."""
    return right.transform_input(d) * np.array([-1.0, 1, 1, 1])[:, None, None]


@mistake("15-input_third_sign", of="transform_input")
def input_third_sign(d):
    """V₂ is d₁ − d₂; it should be d₂ − d₁."""
    return right.transform_input(d) * np.array([1.0, 1, -1, 1])[:, None, None]


@mistake("15-input_last_sign", of="transform_input")
def input_last_sign(d):
    """V₃ is d₁ − d₃, as in texts that subtract M₃; here it is d₃ − d₁."""
    return right.transform_input(d) * np.array([1.0, 1, 1, -1])[:, None, None]


@mistake("15-kernel_not_halved", of="transform_kernel")
def kernel_not_halved(g):
    """U₁ and U₂ are not halved."""
    return right.transform_kernel(g) * np.array([1.0, 2, 2, 1])[:, None, None]


@mistake("15-kernel_first_sign", of="transform_kernel")
def kernel_first_sign(g):
    """U₀ is g₀, as in texts with V₀ = d₀ − d₂; here it is −g₀."""
    return right.transform_kernel(g) * np.array([-1.0, 1, 1, 1])[:, None, None]


@mistake("15-kernel_flipped", of="transform_kernel")
def kernel_flipped(g):
    """the kernel is flipped; layers compute a cross-correlation, which does not flip it."""
    return right.transform_kernel(g[::-1])


@mistake("15-kernel_same_sum_twice", of="transform_kernel")
def kernel_same_sum_twice(g):
    """U₂ has +g₁, like U₁; it should have −g₁."""
    U = right.transform_kernel(g)
    return np.stack([U[0], U[1], U[1], U[3]])


@mistake("15-convolve_not_interleaved", of="winograd_convolve")
def convolve_not_interleaved(d, g):
    """all first outputs come before all second ones; each tile's two belong side by side."""
    y = right.winograd_convolve(np.concatenate([d, 0 * d[:1]]) if len(d) % 2 else d, g)
    return np.concatenate([y[::2], y[1::2]])[: len(d) - 2]


@mistake("15-convolve_one_too_many", of="winograd_convolve")
def convolve_one_too_many(d, g):
    """the last tile's second output is kept where it is one too many; return W − 2 outputs."""
    return right.winograd_convolve(np.concatenate([d, 0 * d[:1]]) if len(d) % 2 else d, g)


@mistake("15-convolve_second_output", of="winograd_convolve")
def convolve_second_output(d, g):
    """y[2t + 1] adds M₂; it should subtract it."""
    return _combine(d, g, [[1, 1, 1, 0], [0, 1, 1, 1]])


@mistake("15-convolve_last_sign", of="winograd_convolve")
def convolve_last_sign(d, g):
    """y[2t + 1] subtracts M₃, as in texts with V₃ = d₁ − d₃; here it should add it."""
    return _combine(d, g, [[1, 1, 1, 0], [0, 1, -1, -1]])


@mistake("15-convolve_flipped", of="winograd_convolve")
def convolve_flipped(d, g):
    """the kernel is flipped, which is convolution in the mathematical sense; do not flip it."""
    return right.winograd_convolve(d, g[::-1])


@mistake("15-convolve_padded", of="winograd_convolve")
def convolve_padded(d, g):
    """there are W outputs, as if the line were padded by 1 at both ends; return W − 2."""
    edge = np.zeros_like(d[:1])
    return right.winograd_convolve(np.concatenate([edge, d, edge]), g)


@mistake("15-convolve_first_channel_only", of="winograd_convolve")
def convolve_first_channel_only(d, g):
    """the sum over the channels is missing."""
    right.winograd_convolve(d, g)
    return right.winograd_convolve(d[:, :1], g[:, :1])


def _combine(d, g, at):
    M = right.transform_input(d) @ right.transform_kernel(g)
    return np.einsum("op,ptk->tok", np.array(at, d.dtype), M).reshape(-1, g.shape[2])[: len(d) - 2]
