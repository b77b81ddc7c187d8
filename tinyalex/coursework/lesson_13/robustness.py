"""How little it takes to change an answer: adversarial pictures and misleading cues.

    python -m tinyalex.coursework.lesson_13.robustness PICTURES TRUNK.npz

repeats the lesson's table on photographs: BVLC's conv1 to conv5 with a linear probe (lesson 14,
which says what PICTURES and TRUNK.npz are), on the 500 pictures that neither has met.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tinyalex.coursework.lesson_14 import leakage
from tinyalex.coursework.small.nets import small_net
from tinyalex.coursework.small.pictures import of_classes
from tinyalex.coursework.small.script import run_on_files
from tinyalex.coursework.small.training import one_epoch, train
from tinyalex.data import find_pictures
from tinyalex.layers import Linear, SoftmaxCrossEntropy
from tinyalex.models import Sequential
from tinyalex.optim import SGD

STEPS = (0, 0.5, 1, 2, 4, 8)  # of 255
LEARNT, MIXED = ("red-rings", "blue-stripes"), ("blue-rings", "red-stripes")


def uphill(net: Sequential, x: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The sign of ∂ loss / ∂x: the direction of the fast gradient sign method."""
    loss = SoftmaxCrossEntropy()
    loss.forward(net.forward(x), labels)
    return np.sign(net.backward(loss.backward()))


def moved(x: np.ndarray, direction: np.ndarray, size: float, bounds=None) -> np.ndarray:
    """x + size · direction, cut to what a picture can hold. bounds: the inputs of black and white.

    size: in the input's unit, so 1/255 of a picture's range is (white − black) / 255.
    """
    y = x + np.asarray(size * direction, x.dtype)
    return y if bounds is None else np.clip(y, *bounds).astype(x.dtype)


def accuracies(
    net: Sequential,
    x: np.ndarray,
    labels: np.ndarray,
    sizes: np.ndarray,
    bounds=None,
    seed: int = 0,
) -> dict[str, list[float]]:
    """Shares of right answers after a step of each size: uphill, and with random signs."""
    rng = np.random.default_rng(seed)
    directions = {
        "gradient's signs": uphill(net, x, labels),
        "random signs": rng.choice(np.array([-1, 1], x.dtype), x.shape),
    }
    return {
        name: [
            float((net.predict(moved(x, signs, size, bounds)).argmax(axis=1) == labels).mean())
            for size in sizes
        ]
        for name, signs in directions.items()
    }


def misled(seed: int, per_class: int = 30) -> dict[str, float]:
    """A network learns red rings and blue stripes, and is asked about blue rings and red stripes.

    Returns the share of right answers on new pictures of the two classes, and the shares of the
    mixed ones that are answered by their pattern and by their colour.
    """
    x, labels = of_classes(LEARNT, per_class, 64)
    mean, spread = x.mean(axis=(0, 1, 2)), x.std()
    rng = np.random.default_rng(seed)
    net = small_net(2, rng, side=64, channels=16, kernels=(7, 5, 3), stride=2)
    optimizer = SGD(net, lr=0.005)
    for _ in range(14):
        train(net, optimizer, one_epoch((x - mean) / spread, labels, 3, rng))
    answers = []
    for names in (LEARNT, MIXED):
        new, by_pattern = of_classes(names, 20, 64, "val")
        answers.append(net.predict((new - mean) / spread).argmax(axis=1) == by_pattern)
    by_pattern = float(answers[1].mean())
    return {"right": float(answers[0].mean()), "pattern": by_pattern, "colour": 1 - by_pattern}


def main(pictures: Path, weights: Path) -> None:
    stored = np.load(weights)
    train_set, val, _ = find_pictures(pictures)
    paths = [*train_set.paths, *val.paths]
    labels = np.concatenate([train_set.labels, val.labels])
    new = leakage.unseen(paths)
    learnt = np.flatnonzero((np.arange(len(paths)) < len(train_set.paths)) & ~new)
    learnt = np.random.default_rng(0).permutation(learnt)[:4000]
    net = leakage.trunk(stored)
    (known,) = leakage.features([net], [paths[i] for i in learnt], stored)
    spread = known.std()
    _, W, b = leakage.fit(known / spread, labels[learnt])
    probe = Linear(*W.shape)
    probe.params["W"][...], probe.params["b"][...] = W / spread, b
    whole = Sequential([*net.layers, ("probe", probe)])
    asked = np.flatnonzero(new)
    found = []
    for start in range(0, len(asked), 50):
        some = asked[start : start + 50]
        x = leakage.pixels([paths[i] for i in some], stored)
        black = -stored["mean"].astype("float32")
        sizes = np.array(STEPS)
        found.append(accuracies(whole, x, labels[some], sizes, (black, black + 255), start))
    for name in found[0]:
        print(
            name, *(f"{np.mean([part[name][i] for part in found]):.1%}" for i in range(len(STEPS)))
        )


if __name__ == "__main__":
    run_on_files(main, __doc__, ("PICTURES", "TRUNK.npz"))
