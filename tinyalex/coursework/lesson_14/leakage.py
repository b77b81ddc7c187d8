"""Leakage, measured: a trunk that has met the validation pictures.

Imagenette takes ten of ImageNet's classes, 12,894 of ILSVRC's training pictures and 500 of its
validation pictures, mixes them and splits them again. BVLC's trunk was trained on ILSVRC's training
pictures, so it has met 97% of Imagenette's own `val`. The names tell which: `ILSVRC2012_val_*`.

    python -m tinyalex.coursework.lesson_14.leakage PICTURES TRUNK.npz

PICTURES has train/ and val/ (Imagenette). TRUNK.npz has conv1_w … conv5_b in Caffe's layout, and
mean. A linear probe on the frozen trunk's pool5 learns from those training pictures that the trunk
has met; 1,000 of these choose its decay. It is then asked about pictures that the trunk has met,
and about the 500 that it has not. A trunk with the same numbers, shuffled within each layer, knows
no picture: it shows how far the two groups differ in themselves.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from tinyalex.coursework.lesson_14.solution import linear_probe
from tinyalex.coursework.small.script import run_on_files
from tinyalex.data import find_pictures, read_picture
from tinyalex.layers import AvgPool2d, Flatten
from tinyalex.models import Sequential, alexnet

DECAYS = (0.001, 0.01, 0.1, 1.0, 10.0)
BATCH = 64
CHOOSE = 1000  # training pictures, kept back to choose the decay


def trunk(stored, rng: np.random.Generator | None = None) -> Sequential:
    """conv1 to pool5 of BVLC's AlexNet, and pool5 averaged over 3 × 3 places: (n, 2 · 2 · 256).

    rng: shuffles the weights within each layer.
    """
    whole = list(alexnet(10, "caffe", initialization="zeros"))
    names = [name for name, _ in whole]
    top = [("average", AvgPool2d(3, 3)), ("flatten", Flatten())]
    net = Sequential(whole[: names.index("pool5") + 1] + top)
    for name in ("conv1", "conv2", "conv3", "conv4", "conv5"):
        W = stored[f"{name}_w"].astype("float32").transpose(2, 3, 1, 0)
        if rng is not None:
            W = rng.permutation(W.ravel()).reshape(W.shape)
        net[name].params["W"][...] = W
        net[name].params["b"][...] = stored[f"{name}_b"]
    return net


def pixels(paths: list, stored) -> np.ndarray:
    """Pictures as the trunk wants them: 227 × 227, blue, green, red, less the mean."""
    rgb = np.stack([read_picture(path, 227) for path in paths])
    return rgb[..., ::-1].astype("float32") - stored["mean"].astype("float32")


def features(nets: list[Sequential], paths: list, stored) -> list[np.ndarray]:
    """Each net's features of the same pictures."""
    found = [[] for _ in nets]
    for start in range(0, len(paths), BATCH):
        x = pixels(paths[start : start + BATCH], stored)
        for net, rows in zip(nets, found, strict=True):
            rows.append(net.predict(x))
        print(f"\r{start + len(x)} of {len(paths)}", end="", file=sys.stderr, flush=True)
    return [np.concatenate(rows).astype(float) for rows in found]


def wilson(right: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """The 95% interval of a share (Wilson 1927)."""
    middle, room = (right + z * z / 2) / (n + z * z), z / (n + z * z)
    half = room * np.sqrt(right * (n - right) / n + z * z / 4)
    return middle - half, middle + half


def fit(known: np.ndarray, labels: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """decay, W and b. The first CHOOSE samples choose the decay, and only that."""
    some, rest = slice(CHOOSE), slice(CHOOSE, None)

    def score(decay: float) -> float:
        W, b = linear_probe(known[rest], labels[rest], 10, decay)
        return ((known[some] @ W + b).argmax(axis=1) == labels[some]).mean()

    decay = max(DECAYS, key=score)
    return decay, *linear_probe(known[rest], labels[rest], 10, decay)


def unseen(paths: list) -> np.ndarray:
    """Which pictures are ILSVRC's validation pictures, by their names."""
    return np.array([Path(path).name.startswith("ILSVRC2012_val_") for path in paths])


def main(pictures: Path, weights: Path) -> None:
    stored = np.load(weights)
    train, val, _ = find_pictures(pictures)
    paths, labels = [*train.paths, *val.paths], np.concatenate([train.labels, val.labels])
    new, in_train = unseen(paths), np.arange(len(paths)) < len(train.paths)
    nets = [trunk(stored), trunk(stored, np.random.default_rng(0))]
    learnt = np.random.default_rng(0).permutation(np.flatnonzero(in_train & ~new))
    groups = {
        "val, all": ~in_train,
        "val, met by the trunk": ~in_train & ~new,
        "val, not met": ~in_train & new,
        "train and val, not met": new,
        "the probe's own samples": np.isin(np.arange(len(paths)), learnt[CHOOSE:]),
    }
    found = features(nets, paths, stored)
    for name, known in zip(("BVLC's trunk", "shuffled weights"), found, strict=True):
        spread = known[learnt].std()
        decay, W, b = fit(known[learnt] / spread, labels[learnt])
        right = (known / spread @ W + b).argmax(axis=1) == labels
        print(f"\n{name}, decay {decay}")
        for group, which in groups.items():
            hits, n = int(right[which].sum()), int(which.sum())
            low, high = wilson(hits, n)
            print(f"  {group:24} {hits:5} of {n:5}  {hits / n:.1%}  ({low:.1%} to {high:.1%})")


if __name__ == "__main__":
    run_on_files(main, __doc__, ("PICTURES", "TRUNK.npz"))
