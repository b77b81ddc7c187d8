"""Trained networks as files: our own format and those of other programs."""

from tinyalex.weights.checkpoint import load_checkpoint, save_checkpoint
from tinyalex.weights.export import export
from tinyalex.weights.foreign import read_foreign
from tinyalex.weights.preprocessing import Preprocessing
from tinyalex.weights.trained import Trained, load_trained, load_weights, softmax
from tinyalex.weights.weights import Weights

__all__ = [
    "Preprocessing",
    "Trained",
    "Weights",
    "export",
    "load_checkpoint",
    "load_trained",
    "load_weights",
    "read_foreign",
    "save_checkpoint",
    "softmax",
]
