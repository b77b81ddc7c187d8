"""Figures: everything that tinyalex draws."""

from tinyalex.figures.adversarial import draw_adversarial
from tinyalex.figures.captioned_sheet import draw_captioned_sheet
from tinyalex.figures.confusion import draw_confusion
from tinyalex.figures.contact_sheet import contact_sheet, draw_contact_sheet
from tinyalex.figures.curves import draw_curves
from tinyalex.figures.feature_maps import draw_feature_maps
from tinyalex.figures.heat import draw_occlusion, draw_saliency
from tinyalex.figures.kernel_groups import draw_kernel_groups
from tinyalex.figures.kernels import draw_kernels
from tinyalex.figures.neighbours import draw_neighbours
from tinyalex.figures.projections import draw_patches, draw_projections
from tinyalex.figures.roc import draw_roc

__all__ = [
    "contact_sheet",
    "draw_adversarial",
    "draw_captioned_sheet",
    "draw_confusion",
    "draw_contact_sheet",
    "draw_curves",
    "draw_feature_maps",
    "draw_kernel_groups",
    "draw_kernels",
    "draw_neighbours",
    "draw_occlusion",
    "draw_patches",
    "draw_projections",
    "draw_roc",
    "draw_saliency",
]
