"""How the prediction changes when part of the picture is hidden."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tinyalex.inspection.activations import output
from tinyalex.models import Sequential
from tinyalex.support.progress import progress_bar
from tinyalex.weights import softmax

BATCH = 32


class Occlusion(NamedTuple):
    """probabilities: (R, C, classes), with the square's top left corner at (tops[i], lefts[j])."""

    probabilities: np.ndarray
    tops: np.ndarray
    lefts: np.ndarray
    size: int


def occlude(
    net: Sequential, x: np.ndarray, size: int = 32, stride: int = 8, progress: bool = False
) -> Occlusion:
    """Slides a grey square over a picture and predicts the classes at every position.

    net: outputs logits. x: (H, W, C), one input. Grey is the mean picture, 0 in the input. The
    first and last squares touch the edges; the steps between are equal to within a pixel and at
    most `stride`. Source: Zeiler and Fergus 2013, section 4.2.
    """
    H, W, _ = x.shape
    if not 1 <= size <= min(H, W) or stride < 1:
        raise ValueError(
            f"the square must be 1 to {min(H, W)} pixels wide and its step at least 1; "
            f"got {size} and {stride}"
        )
    tops, lefts = _places(H - size, stride), _places(W - size, stride)
    places = [(top, left) for top in tops for left in lefts]
    results = []
    with progress_bar(total=len(places), desc="occluding", disable=not progress) as bar:
        for start in range(0, len(places), BATCH):
            some = places[start : start + BATCH]
            hidden = np.repeat(x[None], len(some), axis=0)
            for picture, (top, left) in zip(hidden, some, strict=True):
                picture[top : top + size, left : left + size] = 0
            results.append(softmax(output(net, hidden)))
            bar.update(len(some))
    probabilities = np.concatenate(results).reshape(len(tops), len(lefts), -1)
    return Occlusion(probabilities, tops, lefts, size)


def _places(room: int, stride: int) -> np.ndarray:
    """From 0 to `room` in equal steps of at most `stride`, in whole pixels."""
    return np.linspace(0, room, -(-room // stride) + 1).round().astype(int)
