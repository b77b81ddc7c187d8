"""Weights by name, with everything needed to use them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from tinyalex.weights.checkpoint import save_checkpoint
from tinyalex.weights.preprocessing import Preprocessing

LEARNING = ("conv1", "conv2", "conv3", "conv4", "conv5", "fc6", "fc7", "fc8")


@dataclass
class Weights:
    """The contents of a weights file: arrays by parameter name ("conv1.W": …) and their context.

    Layers may be missing: some published networks end with conv5.
    about: further facts, such as "source", "licence" and "top1".
    """

    variant: str
    arrays: dict[str, np.ndarray]
    preprocessing: Preprocessing
    classes: list[str] | None = None
    about: dict[str, Any] = field(default_factory=dict)

    def save(self, path: Path) -> None:
        """Writes an .npz for `load_weights`. Raises ValueError if it cannot be written."""
        p = self.preprocessing
        groups = {"weights": self.arrays, "preprocessing": {"mean": p.mean, "scale": p.scale}}
        reading = {"crop": p.crop, "size": p.size, "warp": p.warp}
        facts = {"variant": self.variant, "classes": self.classes, "preprocessing": reading}
        save_checkpoint(path, groups, {**self.about, **facts})

    @property
    def missing(self) -> list[str]:
        """The layers with parameters that are missing."""
        return [name for name in LEARNING if f"{name}.W" not in self.arrays]
