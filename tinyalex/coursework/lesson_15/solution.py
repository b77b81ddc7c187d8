"""Winograd's convolution along one line: F(2, 3), two outputs of a kernel of three at a time.

The same steps, and the same signs, as in two dimensions: `kernels/winograd.py`, matrices(2, 3).
"""

from __future__ import annotations

import numpy as np


def transform_input(d: np.ndarray) -> np.ndarray:
    """V = Bᵀ d for every tile of a line: (4, T, C).

    d: (W, C), W ≥ 3 places of C channels; W − 2 outputs, so T = ⌈(W − 2) / 2⌉ tiles. Tile t reads
    the places 2t … 2t + 3: neighbours share two. Places beyond the last are zero.

        V₀ = d₂ − d₀     V₁ = d₁ + d₂     V₂ = d₂ − d₁     V₃ = d₃ − d₁
    """
    if d.ndim != 2 or len(d) < 3:
        raise ValueError(f"d must be (W, C) with W of at least 3; got {d.shape}")
    W, C = d.shape
    T = -(-(W - 2) // 2)
    padded = np.zeros((2 * T + 2, C), d.dtype)
    padded[:W] = d
    d0, d1, d2, d3 = (padded[i : i + 2 * T : 2] for i in range(4))
    return np.stack([d2 - d0, d1 + d2, d2 - d1, d3 - d1])


def transform_kernel(g: np.ndarray) -> np.ndarray:
    """U = G g: (4, C, K), once per kernel, not per tile.

    g: (3, C, K).

        U₀ = −g₀     U₁ = (g₀ + g₁ + g₂) / 2     U₂ = (g₀ − g₁ + g₂) / 2     U₃ = g₂
    """
    g0, g1, g2 = g
    return np.stack([-g0, (g0 + g1 + g2) / 2, (g0 - g1 + g2) / 2, g2])


def winograd_convolve(d: np.ndarray, g: np.ndarray) -> np.ndarray:
    """y[w, k] = Σ over i and c of d[w + i, c] · g[i, c, k], four multiplications for two outputs.

    d: (W, C), W ≥ 3. g: (3, C, K). Returns (W − 2, K). With M = V · U, one matrix product for
    each of the four points, tile t's outputs are

        y[2t] = M₀ + M₁ + M₂     y[2t + 1] = M₁ − M₂ + M₃
    """
    M = transform_input(d) @ transform_kernel(g)
    pairs = np.stack([M[0] + M[1] + M[2], M[1] - M[2] + M[3]], axis=1)
    return pairs.reshape(-1, g.shape[2])[: len(d) - 2]
