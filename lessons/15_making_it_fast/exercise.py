"""Lesson 15: making it fast.

The text is README.md. To check your work: python -m tinyalex.check 15
"""

import numpy as np


def transform_input(d: np.ndarray) -> np.ndarray:
    """V = Bᵀ d for every tile of a line: (4, T, C).

    d: (W, C), W ≥ 3 places of C channels; W − 2 outputs, so T = ⌈(W − 2) / 2⌉ tiles. Tile t reads
    the places 2t … 2t + 3: neighbours share two. Places beyond the last are zero.

        V₀ = d₂ − d₀     V₁ = d₁ + d₂     V₂ = d₂ − d₁     V₃ = d₃ − d₁
    """
    if d.ndim != 2 or len(d) < 3:
        raise ValueError(f"d must be (W, C) with W of at least 3; got {d.shape}")
    # 1. Extend d to 2T + 2 places, with zeros after the last.
    # 2. Take place 0 of all tiles with one slice; likewise places 1, 2 and 3.
    # 3. Compute the four sums for all tiles and channels at once.
    raise NotImplementedError("task 15.1: transform_input")


def transform_kernel(g: np.ndarray) -> np.ndarray:
    """U = G g: (4, C, K), once per kernel, not per tile.

    g: (3, C, K).

        U₀ = −g₀     U₁ = (g₀ + g₁ + g₂) / 2     U₂ = (g₀ − g₁ + g₂) / 2     U₃ = g₂
    """
    # 1. Compute the four sums for all pairs of channels at once.
    raise NotImplementedError("task 15.2: transform_kernel")


def winograd_convolve(d: np.ndarray, g: np.ndarray) -> np.ndarray:
    """y[w, k] = Σ over i and c of d[w + i, c] · g[i, c, k], four multiplications for two outputs.

    d: (W, C), W ≥ 3. g: (3, C, K). Returns (W − 2, K). With M = V · U, one matrix product for
    each of the four points, tile t's outputs are

        y[2t] = M₀ + M₁ + M₂     y[2t + 1] = M₁ − M₂ + M₃
    """
    # To use the library's transforms instead of yours: tinyalex.coursework.lesson_15.solution.
    # 1. Compute V and U, and for each of the four points the matrix product over the channels.
    # 2. Compute the two outputs of each tile, side by side.
    # 3. If W is odd, cut off the extra output.
    raise NotImplementedError("task 15.3: winograd_convolve")
