"""Looking inside a trained network: functions on a Sequential and arrays, also for notebooks.

Read in this order: activations, projection, receptive_field, patches; then the others.
"""

from tinyalex.inspection.activations import each_layer, output, peaks, strongest_units
from tinyalex.inspection.adversarial import View, attack, loss_slope, random_signs
from tinyalex.inspection.cut import cut, deepest, net_up_to
from tinyalex.inspection.folder import batches, features, pictures_in
from tinyalex.inspection.kernels import KernelGroup, colour_share, kernel_groups
from tinyalex.inspection.neighbours import nearest, unit_length
from tinyalex.inspection.occlusion import Occlusion, occlude
from tinyalex.inspection.patches import Patch, patch_pictures, strongest_patches
from tinyalex.inspection.projection import project, saliency, start_at
from tinyalex.inspection.receptive_field import Field, cut_out, receptive_field
from tinyalex.inspection.statistics import activation_statistics, weight_statistics

__all__ = [
    "Field",
    "KernelGroup",
    "Occlusion",
    "Patch",
    "View",
    "activation_statistics",
    "attack",
    "batches",
    "colour_share",
    "cut",
    "cut_out",
    "deepest",
    "each_layer",
    "features",
    "kernel_groups",
    "loss_slope",
    "nearest",
    "net_up_to",
    "occlude",
    "output",
    "patch_pictures",
    "peaks",
    "pictures_in",
    "project",
    "random_signs",
    "receptive_field",
    "saliency",
    "start_at",
    "strongest_patches",
    "strongest_units",
    "unit_length",
    "weight_statistics",
]
