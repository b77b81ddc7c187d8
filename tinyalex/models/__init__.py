"""Networks: layers in a row, and AlexNet."""

from tinyalex.models.alexnet import VARIANTS, alexnet
from tinyalex.models.sequential import Sequential

__all__ = ["VARIANTS", "Sequential", "alexnet"]
