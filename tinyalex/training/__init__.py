"""Training: the loop, checkpoints, and the folder that a run writes."""

from tinyalex.training.loop import Diverged, Trainer
from tinyalex.training.run_folder import RunFolder
from tinyalex.training.settings import Settings
from tinyalex.weights.checkpoint import load_checkpoint, save_checkpoint

__all__ = ["Diverged", "RunFolder", "Settings", "Trainer", "load_checkpoint", "save_checkpoint"]
