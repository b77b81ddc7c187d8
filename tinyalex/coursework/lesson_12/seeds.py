"""python -m tinyalex.coursework.lesson_12.seeds IMAGENETTE: how far do trainings differ by seed?

Trains a small network on 300 photographs of each of Imagenette's ten classes, 64 × 64, once for
each seed in each of two arms, and writes the logits after each epoch to seeds.npz. The rate was
chosen on 100 pictures a class of `val`, seed 0; the tests are on the others, 2,925 of them. About
a minute a training on one core.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from tinyalex import metrics
from tinyalex.coursework.small.nets import small_net
from tinyalex.coursework.small.training import one_epoch, train
from tinyalex.models import Sequential
from tinyalex.optim import SGD
from tinyalex.support.commands import Parser, run_command
from tinyalex.support.files import destination, write_whole

SIDE, EACH, EPOCHS, LR = 64, 300, 10, 0.005
RATE_CHOSEN_ON = 100  # pictures a class of val
ARMS = ("reflections", "none")


def load(folder: Path, which: slice, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """(pictures (n, 64, 64, 3), labels): `which` of each class folder's pictures, shuffled."""
    rng, pictures, labels = np.random.default_rng(seed), [], []
    for label, name in enumerate(sorted(path.name for path in folder.iterdir() if path.is_dir())):
        paths = sorted((folder / name).iterdir())
        for path in rng.permutation(paths)[which]:
            with Image.open(path) as image:
                small = image.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BOX)
            pictures.append(np.asarray(small))
            labels.append(label)
    return np.array(pictures), np.array(labels)


def logits_of(net: Sequential, x: np.ndarray) -> np.ndarray:
    return np.concatenate([net.forward(part) for part in np.array_split(x, len(x) // 128)])


def training(arm: str, seed: int, x, labels, tested, epochs=EPOCHS) -> np.ndarray:
    """The logits (epochs, n, 10) on `tested` after each epoch; the seed draws weights and order."""
    rng = np.random.default_rng(seed)
    net = small_net(10, rng, side=SIDE, stride=2)
    sgd, batches, found = SGD(net, lr=LR), len(x) // 32, []
    for epoch in range(epochs):
        sgd.lr = LR * (1 + np.cos(np.pi * epoch / epochs)) / 2
        turned = x.copy()
        if arm != "none":
            flipped = rng.random(len(x)) < 0.5
            turned[flipped] = turned[flipped, :, ::-1]
        train(net, sgd, one_epoch(turned, labels, batches, rng))
        found.append(logits_of(net, tested))
    return np.array(found)


def trainings(folder: Path, seeds: range, arms=ARMS, epochs=EPOCHS) -> dict[str, np.ndarray]:
    """labels (n,), and for each arm logits (seeds, epochs, n, 10)."""
    x, labels = load(folder / "train", slice(EACH))
    tested, truth = load(folder / "val", slice(RATE_CHOSEN_ON, None))
    mean, deviation = x.mean(axis=(0, 1, 2)), x.std()
    x, tested = (((part - mean) / deviation).astype("float32") for part in (x, tested))
    found = {arm: [] for arm in arms}
    for seed in seeds:
        for arm in arms:
            found[arm].append(training(arm, seed, x, labels, tested, epochs))
            error = metrics.top_k_error(truth, found[arm][-1][-1])
            print(f"seed {seed}  {arm:<12} error {error:.4f}", flush=True)
    return {"labels": truth, **{arm: np.array(runs) for arm, runs in found.items()}}


def main(argv: list[str] | None = None) -> int:
    parser = Parser(prog="python -m tinyalex.coursework.lesson_12.seeds", description=__doc__)
    parser.add_argument("imagenette", type=Path, help="the folder with train/ and val/")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--seeds", type=int, default=8, help="how many")
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--arms", nargs="+", choices=ARMS, default=ARMS)
    parser.add_argument("--output", type=Path, default=Path("seeds.npz"))
    arguments = parser.parse_args(argv)
    destination(arguments.output)  # a wrong name fails before the work
    seeds = range(arguments.first, arguments.first + arguments.seeds)
    found = trainings(arguments.imagenette, seeds, arguments.arms, arguments.epochs)
    write_whole(arguments.output, lambda file: np.savez(file, **found))
    return 0


if __name__ == "__main__":
    run_command(main)
