"""First-layer kernels as a picture: Figure 3 of the paper."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from tinyalex.support.files import write_whole


def kernel_sheet(W: np.ndarray, columns: int = 16, scale: int = 5, gap: int = 2) -> np.ndarray:
    """All kernels side by side, as uint8 (height, width, 3).

    W: (KH, KW, 3, K), in RGB. Each kernel has its own contrast: grey is 0, and its largest |weight|
    is black or white. The kernels are in the order of the output channels, as in Figure 3.
    """
    KH, KW, C, K = W.shape
    if C != 3:
        raise ValueError(f"only kernels over 3 colours can be drawn; got {C} channels")
    largest = np.abs(W).max(axis=(0, 1, 2))
    shown = 127.5 + 127.5 * W / np.where(largest > 0, largest, 1)
    rows = -(-K // columns)
    height, width = KH * scale + gap, KW * scale + gap
    sheet = np.full((rows * height + gap, columns * width + gap, 3), 255, dtype=np.uint8)
    for k in range(K):
        kernel = shown[..., k].round().astype(np.uint8).repeat(scale, axis=0).repeat(scale, axis=1)
        top, left = gap + (k // columns) * height, gap + (k % columns) * width
        sheet[top : top + KH * scale, left : left + KW * scale] = kernel
    return sheet


def draw_kernels(W: np.ndarray, path: Path) -> None:
    """Writes kernel_sheet(W) as a PNG."""
    picture = Image.fromarray(kernel_sheet(W))
    write_whole(path, lambda file: picture.save(file, format="PNG"))
