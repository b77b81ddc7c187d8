"""`python -m tinyalex.look adversarial`; arguments as in show.py."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tinyalex import figures
from tinyalex.data import EvalTransform, center_crop
from tinyalex.figures.adversarial import Attacked
from tinyalex.inspection.activations import output
from tinyalex.inspection.adversarial import View, attack, check_size, random_signs
from tinyalex.inspection.cli_inputs import class_number, classes_of
from tinyalex.inspection.cli_inputs import target as file_to_write
from tinyalex.inspection.cut import net_up_to
from tinyalex.support.text import cut, say
from tinyalex.weights import Weights, load_weights, softmax

SHOWN = 3  # classes of each answer in the figure
DRAWN = 12  # pictures in the figure
NAME_WIDTH = 40


def adversarial(
    weights: str,
    pictures: list[str],
    epsilon: float = 2,
    steps: int = 1,
    target: str | None = None,
    out: Path | None = None,
) -> None:
    """Pictures changed by at most epsilon so that the answer changes, or becomes `target`."""
    out = file_to_write(out, "adversarial.png")
    check_size(epsilon, steps)
    read = load_weights(weights)
    net = net_up_to(read, "fc8", weights)
    classes = classes_of(read)
    aim = None if target is None else class_number(target, classes, "--target")
    given = [pixels_of(read, picture) for picture in pictures]  # unreadable files fail early
    view, rows, answers = view_of(read), [], []
    for number, (picture, pixels) in enumerate(zip(pictures, given, strict=True)):
        p = softmax(output(net, view.as_input(pixels)))[0]
        unit = int(p.argmax()) if aim is None else aim
        changed = attack(net, pixels, view, unit, epsilon, steps, towards=aim is not None)
        others = np.concatenate([changed, random_signs(pixels, epsilon, seed=number)])
        found = np.stack([p, *(softmax(output(net, view.as_input(y[None])))[0] for y in others)])
        answers.append(found.argmax(axis=1))
        say(f"{_title(picture)}: {_told(found, classes, unit, aim is not None)}")
        if number < DRAWN:
            kept = _most_likely(found, unit)
            shown = pixels[0] / 255, changed[0] / 255
            names = [classes[k] for k in kept]
            rows.append(Attacked(Path(picture).name, *shown, names, found[:, kept]))
    _count(np.array(answers), aim, classes)
    figures.draw_adversarial(rows, epsilon, out, _heading(weights, epsilon, steps, aim, classes))
    if len(rows) < len(pictures):
        say(f"the figure shows the first {len(rows)} of {len(pictures)} pictures")
    say(f"wrote {out}")


def pixels_of(weights: Weights, picture: str | Path) -> np.ndarray:
    """The part of a picture that the network sees, uint8 (1, crop, crop, 3)."""
    preprocessing = weights.preprocessing
    whole = preprocessing.read(picture)
    return center_crop(whole, preprocessing.crop)[None]


def view_of(weights: Weights) -> View:
    """How a run turns these pixels into its network's input."""
    preprocessing = weights.preprocessing
    transform = EvalTransform(preprocessing.statistics, preprocessing.crop)
    return View(transform.normalise, preprocessing.scale)


def _most_likely(found: np.ndarray, unit: int) -> list[int]:
    """The classes to show: the likeliest before and after, and the attacked one."""
    best = np.argsort(-found[:2], axis=1, kind="stable")[:, :SHOWN]
    kept = dict.fromkeys([*best[0].tolist(), *best[1].tolist(), unit])
    return sorted(kept, key=lambda k: -found[0, k])


def _told(found: np.ndarray, classes: list[str], unit: int, towards: bool) -> str:
    """The answers before, after and with random signs, and what became of the attacked class."""
    own = cut(classes[unit], NAME_WIDTH)
    before, after, control = (
        f"{cut(classes[p.argmax()], NAME_WIDTH)} {p.max():.3f}" for p in found
    )
    if towards:
        after += f" ({own} {found[0, unit]:.3f} -> {found[1, unit]:.3f})"
    elif found[1].argmax() != unit:
        after += f" ({own} {found[1, unit]:.3f})"
    if found[2].argmax() != unit:
        control += f" ({own} {found[2, unit]:.3f})"
    return f"{before} -> {after}; random signs -> {control}"


def _count(answers: np.ndarray, aim: int | None, classes: list[str]) -> None:
    """Prints how many of several answers changed. answers: (pictures, 3)."""
    before, after, control = answers.T
    total = len(answers)
    if total > 1:
        changed, by_chance = (before != after).sum(), (before != control).sum()
        say(f"changed answers: {changed} of {total}; with random signs {by_chance} of {total}")
    if total > 1 and aim is not None:
        name = cut(classes[aim], NAME_WIDTH)
        say(f"answered as {name}: {(before == aim).sum()} of {total} before, "
            f"{(after == aim).sum()} after")  # fmt: skip


def _heading(weights: str, epsilon: float, steps: int, aim: int | None, classes: list[str]) -> str:
    way = "away from the answer" if aim is None else f"towards {cut(classes[aim], NAME_WIDTH)}"
    times = "1 step" if steps == 1 else f"{steps} steps"
    return f"{_title(weights)}: {times} {way}, at most {epsilon:g} of 255 at each pixel"


def _title(path: str) -> str:
    return cut(Path(path).name, NAME_WIDTH)
