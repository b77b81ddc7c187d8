"""Adversarial examples: a picture, the change, the changed picture, and the answers to both."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tinyalex.figures.lettering import drawn
from tinyalex.figures.panels import new_figure, save, show

SHOWN = 3  # classes
NAME_WIDTH = 26


class Attack(NamedTuple):
    """Pictures (crop, crop, 3) in grey levels, 0-255, and the classes' probabilities of each."""

    before: np.ndarray
    after: np.ndarray
    p_before: np.ndarray
    p_after: np.ndarray


def draw_attacks(
    rows: Sequence[tuple[str, Attack]], classes: Sequence[str], epsilon: float, path: Path
) -> None:
    """A row for each (name, attack): before; the change, ±epsilon drawn as black and white; after.

    Below the two pictures stand their most likely classes.
    """
    figure = new_figure(9.5, 4.1 * len(rows))
    for (name, found), panels in zip(
        rows, figure.subplots(len(rows), 3, squeeze=False), strict=True
    ):
        change = (found.after - found.before) / (2 * epsilon) + 0.5
        show(panels[0], found.before / 255, drawn(name, NAME_WIDTH))
        title = f"the change, magnified {127.5 / epsilon:.3g} times"
        show(panels[1], np.clip(change, 0, 1), title)
        show(panels[2], found.after / 255, f"changed by at most {epsilon:g} of 255")
        for axes, p in ((panels[0], found.p_before), (panels[2], found.p_after)):
            axes.set_xlabel(_answers(p, classes), fontsize=9)
    save(figure, path)


def _answers(p: np.ndarray, classes: Sequence[str]) -> str:
    likeliest = np.argsort(-p, kind="stable")[:SHOWN]
    return "\n".join(f"{p[k]:.1%}  {drawn(classes[k], NAME_WIDTH)}" for k in likeliest)
