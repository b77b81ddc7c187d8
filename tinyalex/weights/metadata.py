"""Metadata that our exports carry, so that importing them again loses nothing.

JSON with variant, classes, further facts and preprocessing. In PyTorch files it is an extra
zip entry, which PyTorch ignores; safetensors has a metadata field for it.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

import numpy as np

from tinyalex.models import VARIANTS
from tinyalex.weights.preprocessing import Preprocessing
from tinyalex.weights.weights import Weights

LARGEST = 400  # pixels of a side
LONGEST = 2**22  # characters: the largest mean picture takes 2.6 million, plus names


def to_text(weights: Weights) -> str:
    """The text for these weights."""
    p = weights.preprocessing
    colours = p.mean[0, 0]
    # A single mean colour is three numbers; a mean picture takes a megabyte of text.
    plain = bool((p.mean == colours).all())
    picture = base64.b64encode(p.mean.astype("<f4").tobytes()).decode()
    return json.dumps(
        {
            "variant": weights.variant,
            "classes": weights.classes,
            "about": weights.about,
            "crop": p.crop,
            "size": p.size,
            "warp": p.warp,
            "scale": [float(x) for x in p.scale],
            "mean": [float(x) for x in colours] if plain else picture,
        }
    )


def from_text(text: str) -> tuple[str, Preprocessing, list[str] | None, dict[str, Any]]:
    """Variant, preprocessing, classes and further facts. Raises ValueError if it is damaged."""
    try:
        if len(text) > LONGEST:
            raise ValueError(f"it takes {len(text):,} characters")
        facts = json.loads(text)
        crop, size, scale = facts["crop"], facts["size"], np.asarray(facts["scale"], np.float32)
        if not (type(crop) is type(size) is int and 0 < crop <= size <= LARGEST):
            raise ValueError(f"a crop of {crop!r:.20} from {size!r:.20}")
        mean = _mean(facts["mean"], size)
        variant, classes, about = facts["variant"], facts["classes"], facts["about"]
        warp = facts["warp"] is True
        if scale.shape != (3,) or not np.isfinite(scale).all() or not np.isfinite(mean).all():
            raise ValueError("scale or mean is not finite")
        if not (classes is None or isinstance(classes, list)) or not all(
            isinstance(name, str) for name in classes or ()
        ):
            raise ValueError("classes are not a list of names")
        if variant not in VARIANTS or not isinstance(about, dict):
            raise ValueError("unknown variant, or facts that are not a dictionary")
    except (ValueError, KeyError, TypeError, RecursionError, OverflowError) as error:
        reason = " ".join(str(error).split())[:100]
        raise ValueError(f"its tinyalex metadata is damaged: {reason}") from None
    preprocessing = Preprocessing(crop, mean, scale, size, warp)
    return variant, preprocessing, classes, about


def _mean(value: Any, size: int) -> np.ndarray:
    if isinstance(value, str):
        try:
            data = base64.b64decode(value, validate=True)
        except binascii.Error as error:
            raise ValueError(f"mean picture is not base64 ({error})") from None
        return np.frombuffer(data, "<f4").reshape(size, size, 3).astype(np.float32)
    colours = np.asarray(value, np.float32)
    if colours.shape != (3,):
        raise ValueError("mean does not have three colours")
    return np.broadcast_to(colours, (size, size, 3)).copy()
