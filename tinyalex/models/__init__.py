"""Networks: Sequential, AlexNet and its family."""

from tinyalex.models.alexnet import VARIANTS, alexnet
from tinyalex.models.lenet import LENET_VARIANTS, lenet5
from tinyalex.models.nin import NIN_VARIANTS, nin
from tinyalex.models.sequential import Sequential
from tinyalex.models.zfnet import renormalize_filters, zfnet

__all__ = [
    "LENET_VARIANTS",
    "NIN_VARIANTS",
    "VARIANTS",
    "Sequential",
    "alexnet",
    "lenet5",
    "nin",
    "renormalize_filters",
    "zfnet",
]
