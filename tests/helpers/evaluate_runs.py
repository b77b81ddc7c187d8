"""Small networks and pictures for python -m tinyalex.evaluate."""

import csv
import json

import numpy as np
from PIL import Image

from tinyalex import evaluate
from tinyalex.data import Pictures, find_pictures
from tinyalex.models import alexnet
from tinyalex.training.picture_record import record
from tinyalex.weights import Preprocessing, Weights
from tinyalex.weights.checkpoint import load_checkpoint, save_checkpoint

CROP, SIZE = 67, 80


NAMES = ["ant", "bee", "cat, or kitten", "dog", "eel", "fox"]


FILES = {
    "metrics.json",
    "per_class.csv",
    "predictions.csv",
    "confusion.png",
    "roc.png",
    "reliability.png",
}


def make_weights(path, seed=3, names=NAMES, about=None, size=SIZE):
    net = alexnet(6, image_size=CROP, initialization="he", rng=np.random.default_rng(seed))
    preprocessing = Preprocessing.of_colours(CROP, (120, 110, 100), 1 / 60, size=size)
    # Answers that differ from picture to picture: logits of mean 0 and deviation 2 in each class.
    noise = np.random.default_rng(0).integers(0, 256, (16, 5, 5, 3), dtype=np.uint8)
    x = preprocessing.views(noise.repeat(size // 5, axis=1).repeat(size // 5, axis=2))[0]
    logits, fc8 = net.predict(x), net["fc8"].params
    fc8["W"] *= 2 / logits.std(axis=0)
    fc8["b"] -= 2 * logits.mean(axis=0) / logits.std(axis=0)
    Weights("paper", net.state_dict(), preprocessing, names, about or {}).save(path)
    return path


def make_pictures(root, names, counts):
    rng = np.random.default_rng(0)
    for split, count in counts.items():
        for number, name in enumerate(names):
            folder = root / split / name
            folder.mkdir(parents=True)
            for index in range(count):
                coarse = rng.integers(0, 256, (6, 7, 3), dtype=np.uint8)
                coarse[..., number % 3] //= 4
                Image.fromarray(coarse).resize((110, 100)).save(folder / f"{index}.png")
    return root


def run(*flags):
    assert evaluate.main([str(flag) for flag in flags]) == 0


def read(folder):
    """The measures, and the rows of both tables."""
    tables = []
    for name in ("per_class.csv", "predictions.csv"):
        with open(folder / name, newline="") as file:
            tables.append(list(csv.DictReader(file)))
    return json.loads((folder / "metrics.json").read_text()), *tables


def expected(networks, data, split=1, crops=1):
    """Paths, labels and mean probabilities, all pictures at once."""
    pictures = find_pictures(data)[split]
    labels = [NAMES.index(pictures.classes[k]) for k in pictures.labels]
    each = []
    for net in networks:
        read = np.stack([net.preprocessing.read(path) for path in pictures.paths])
        each.append(net.probabilities(read, crops))
    return pictures.paths, np.array(labels), np.mean(each, axis=0)


def p_true(rows):
    return [float(row["p_true"]) for row in rows]


def make_run(folder, weights, settings):
    """A run's folder as training leaves it: these weights, and the record of its pictures."""
    train, val, _ = find_pictures(
        settings.data,
        per_class=settings.per_class,
        val_fraction=settings.val_fraction,
        seed=settings.seed,
    )
    numbers = np.array([NAMES.index(name) for name in train.classes])
    splits = [Pictures(some.paths, numbers[some.labels], NAMES) for some in (train, val)]
    groups, about = load_checkpoint(weights)
    del about["format"]
    folder.mkdir(parents=True)
    save_checkpoint(folder / "best.npz", groups, about | {"data": record(*splits)})
    (folder / "config.json").write_text(settings.as_json())
    return folder
