"""A trained network, ready for use, from a run's folder or a weights file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tinyalex import backend
from tinyalex.data import Statistics
from tinyalex.kernels.underflow import allow_underflow
from tinyalex.models import VARIANTS, Sequential, alexnet
from tinyalex.weights.checkpoint import load_checkpoint
from tinyalex.weights.foreign import is_ours, read_foreign
from tinyalex.weights.preprocessing import Preprocessing
from tinyalex.weights.weights import Weights


@dataclass
class Trained:
    """A network ready for use. classes: names, or numbers as strings if the file has no names."""

    net: Sequential
    variant: str
    classes: list[str]
    preprocessing: Preprocessing
    source: Path

    @allow_underflow
    def probabilities(self, pictures: np.ndarray, crops: int = 1) -> np.ndarray:
        """Softmax outputs (n, classes) for uint8 pictures (n, size, size, 3), averaged over the
        crops (section 4.1)."""
        views = self.preprocessing.views(np.asarray(pictures), crops)
        return np.mean([softmax(self.logits(view)) for view in views], axis=0)

    def logits(self, x: np.ndarray) -> np.ndarray:
        """The network's outputs for inputs (n, crop, crop, 3), as float32."""
        return backend.to_numpy(self.net.predict(backend.from_numpy(x)))


@allow_underflow
def softmax(logits: np.ndarray) -> np.ndarray:
    """exp(z_k) / Σ exp(z_j) along the last axis, in float64, after subtracting the maximum."""
    powers = np.exp(logits.astype(np.float64) - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def load_weights(path: str | Path) -> Weights:
    """Loads a run's folder (its best weights), one of its checkpoints, a file from `convert`, or
    another program's file if that needs no options: see `read_foreign`.

    Raises ValueError for a missing or damaged file, or one that does not hold an AlexNet.
    """
    path = weights_file(path)
    if not is_ours(path):
        return read_foreign(path)
    try:
        groups, about = load_checkpoint(path)
    except (RecursionError, MemoryError) as error:  # from malicious headers
        raise ValueError(f"{path} is damaged: {' '.join(str(error).split())}") from None
    variant, arrays = about.pop("variant", None), groups.get("weights")
    if not isinstance(variant, str) or variant not in VARIANTS or not arrays:
        raise ValueError(f"{path} does not hold an AlexNet: its variant is {variant!r}")
    if not all(isinstance(array, np.ndarray) for array in arrays.values()):
        raise ValueError(f"{path} is damaged: some of its weights are not arrays")
    classes = about.pop("classes", None)
    try:
        preprocessing = _preprocessing(groups, about.pop("preprocessing", None), variant)
    except (KeyError, TypeError) as error:
        raise ValueError(f"{path} does not say how pictures are prepared: {error}") from None
    for part in ("format", "trainer", "data"):
        about.pop(part, None)
    return Weights(variant, arrays, preprocessing, classes, about)


def weights_file(path: str | Path) -> Path:
    """The weights file for a command's WEIGHTS argument, a file or a run's folder."""
    path = Path(path)
    if not path.is_dir():
        return path
    for name in ("best.npz", "last.npz"):
        if (path / name).is_file():
            return path / name
    raise ValueError(f"no best.npz in {path}: give a run's folder or a weights file")


def load_trained(path: str | Path) -> Trained:
    """The network in a run's folder or a weights file, ready for use.

    Raises ValueError if the file cannot be read as weights, or lacks layers.
    """
    weights = load_weights(path)
    if weights.missing:
        raise ValueError(
            f"{path} has no {', '.join(weights.missing)}, so it cannot classify: use it with "
            "python -m tinyalex.train --init or python -m tinyalex.look"
        )
    classes = weights.classes or [str(k) for k in range(len(weights.arrays["fc8.b"]))]
    net = network(weights, len(classes))
    return Trained(net, weights.variant, classes, weights.preprocessing, Path(path))


def network(weights: Weights, num_classes: int) -> Sequential:
    """The variant's network with these weights; missing layers stay zero."""
    crop = weights.preprocessing.crop
    net = alexnet(num_classes, weights.variant, image_size=crop, initialization="zeros")
    net.load_state_dict({**net.state_dict(), **weights.arrays})
    return net


def _preprocessing(groups: dict, reading: dict | None, variant: str) -> Preprocessing:
    if reading is None:  # a training checkpoint
        statistics = Statistics.from_arrays(groups["statistics"])
        return Preprocessing.of_statistics(statistics, VARIANTS[variant].input_size)
    arrays = groups["preprocessing"]
    crop, size, warp = (reading[name] for name in ("crop", "size", "warp"))
    return Preprocessing(int(crop), arrays["mean"], arrays["scale"], int(size), bool(warp))
