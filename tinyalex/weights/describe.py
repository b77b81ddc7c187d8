"""Describes weights in a few lines of text."""

from __future__ import annotations

import numpy as np

from tinyalex.models import VARIANTS
from tinyalex.support.text import shown
from tinyalex.weights.preprocessing import Preprocessing
from tinyalex.weights.weights import LEARNING, Weights


def describe(weights: Weights) -> str:
    """Source, variant, layer shapes, preprocessing and classes."""
    layers = [
        f"{name}  {' × '.join(map(str, weights.arrays[f'{name}.W'].shape))}"
        for name in LEARNING
        if f"{name}.W" in weights.arrays
    ]
    count = sum(array.size for array in weights.arrays.values())
    lines = [
        ("format", weights.about.get("source", "tinyalex")),
        ("variant", f"{weights.variant}: {VARIANTS[weights.variant].summary}"),
        *zip(["layers"] + [""] * (len(layers) - 1), layers, strict=True),
        ("parameters", f"{count:,}"),
        ("pictures", pictures(weights.preprocessing)),
        ("classes", _classes(weights)),
    ]
    if weights.missing:
        lines.append(("missing", ", ".join(weights.missing)))
    if "licence" in weights.about:
        lines.append(("licence", weights.about["licence"]))
    return "\n".join(f"{head:<12}{shown(text)}" for head, text in lines)


def pictures(p: Preprocessing) -> str:
    """How a picture becomes the network's input."""
    square = f"squeezed to {p.size} × {p.size}" if p.warp else f"shorter side to {p.size}"
    colours = p.mean.mean(axis=(0, 1), dtype=np.float64)
    mean = "a mean picture of" if np.ptp(p.mean, axis=(0, 1)).any() else "mean"
    factors = "" if (p.scale == 1).all() else f", times {' '.join(f'{x:.5f}' for x in p.scale)}"
    return (
        f"{square}, central {p.crop} × {p.crop}, RGB 0 to 255, less {mean} "
        f"{' '.join(f'{x:.1f}' for x in colours)}{factors}"
    )


def _classes(weights: Weights) -> str:
    if "fc8.b" not in weights.arrays:
        return "none: there is no fc8"
    names, count = weights.classes, len(weights.arrays["fc8.b"])
    if not names:
        return f"{count}, without names (--classes adds them)"
    return f"{count}, from {names[0][:40]} to {names[-1][:40]}"
