"""Everything that is drawn."""

from tinyalex.figures.curves import draw_curves
from tinyalex.figures.kernels import draw_kernels

__all__ = ["draw_curves", "draw_kernels"]
