"""Recognizes a dx that is set where windows overlap, though it must be a sum.

Which window wins depends on the order of the loops, so the numbers differ from form to form. What
they share: each number of dx is what one window alone would send there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinyalex.coursework.mistakes.mistake import Example
from tinyalex.gradcheck import sample_input

SEED = 6
NEAR = 1e-5  # relative; a student may compute in float32


def keeps_one_window(reference: type, example: Example) -> Callable[[Any], bool]:
    """An experiment for `Mistake.shown_by`, on an example whose windows overlap."""

    def shown_by(written: Any) -> bool:
        x = sample_input(example.shape, np.random.default_rng(SEED))
        y = _built(reference, example).forward(x.copy())
        dy = np.random.default_rng(SEED).uniform(0.5, 1.5, y.shape)
        layer = _built(written, example)
        layer.forward(x.copy())
        dx = np.array(layer.backward(dy.copy()), dtype=float)
        # By window, or by each number of dy: a loop may also go through the output channels.
        whole = _shares(reference, example, x, dy, np.ndindex(y.shape[1:3]))
        single = _shares(reference, example, x, dy, np.ndindex(y.shape[1:]))
        return dx.shape == x.shape and (_one_of(whole, dx) or _one_of(single, dx))

    return shown_by


def _built(kind: Any, example: Example) -> Any:
    return example.build(kind, np.random.default_rng(SEED))


def _shares(reference: type, example: Example, x, dy, places) -> np.ndarray:
    """What each place of dy sends to dx alone: (places, N, H, W, C)."""
    shares = []
    for place in places:
        alone = np.zeros_like(dy)
        here = (slice(None), *place)
        alone[here] = dy[here]
        layer = _built(reference, example)
        layer.forward(x.copy())
        shares.append(np.array(layer.backward(alone)))
    return np.array(shares)


def _one_of(shares: np.ndarray, dx: np.ndarray) -> bool:
    """Whether dx holds one share, or 0, at each place, and one share at most where two meet.

    0 because a loop may also overwrite what it had set with the zeros of another window.
    """
    allowed = NEAR * np.abs(shares).max()
    sent = np.abs(shares) > allowed
    overlap, reached = sent.sum(axis=0) > 1, sent.any(axis=0)
    one = ((np.abs(shares - dx) <= allowed) & sent).any(axis=0)
    nothing = np.abs(dx) <= allowed
    return bool((one | nothing).all() and (one & overlap).any() and one.sum() >= reached.sum() / 2)
