"""Everything that is drawn."""

from tinyalex.figures.contact_sheet import contact_sheet, draw_contact_sheet
from tinyalex.figures.curves import draw_curves
from tinyalex.figures.kernels import draw_kernels

__all__ = ["contact_sheet", "draw_contact_sheet", "draw_curves", "draw_kernels"]
