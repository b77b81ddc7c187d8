"""The first loss of AlexNet by its first weights, on photographs with random labels.

python -m tinyalex.coursework.lesson_02.first_loss FOLDER prints the lesson's table (half a minute).
FOLDER: JPEGs in any subfolders; 64 of them are taken, evenly spread over the sorted names.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tinyalex.data import read_picture
from tinyalex.layers import SoftmaxCrossEntropy
from tinyalex.models import alexnet
from tinyalex.support.commands import Parser, run_command

COUNT, CLASSES, DRAWS = 64, 1000, 20
GREY = np.array([123, 117, 104], np.float32)  # ImageNet's mean colour
# name: variant, initialization, side of the picture, scale of the pixels
WAYS = {
    "torchvision's": ("torchvision", "source", 224, 1 / 58),
    "Caffe's": ("caffe", "source", 227, 1),
    "He's, pixels of deviation 1": ("paper", "he", 224, 1 / 58),
    "the paper's text": ("paper", "source", 224, 1),
    "the authors' program": ("original", "source", 224, 1),
    "He's, pixels 0 to 255": ("paper", "he", 224, 1),
}


def first_loss(way: str, paths: list[Path]) -> tuple[float, float]:
    """(deviation of the logits, mean loss over DRAWS draws of the labels)."""
    variant, initialization, side, scale = WAYS[way]
    net = alexnet(CLASSES, variant=variant, initialization=initialization)
    x = np.stack([read_picture(path, side) for path in paths]).astype(np.float32)
    logits, ce = net.forward((x - GREY) * np.float32(scale)), SoftmaxCrossEntropy()
    draws = [np.random.default_rng(seed).integers(0, CLASSES, len(x)) for seed in range(DRAWS)]
    losses = [float(ce.forward(logits, labels)) for labels in draws]
    return float(np.sqrt(logits.var(axis=1).mean())), float(np.mean(losses))


def main(argv: list[str] | None = None) -> int:
    parser = Parser(prog="python -m tinyalex.coursework.lesson_02.first_loss", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    folder = parser.parse_args(argv).folder
    every = sorted(p for p in folder.rglob("*") if p.suffix.lower() in (".jpg", ".jpeg"))
    if len(every) < COUNT:
        raise ValueError(f"{folder} has {len(every)} JPEGs; {COUNT} are needed")
    paths = every[:: len(every) // COUNT][:COUNT]
    for way in WAYS:
        deviation, loss = first_loss(way, paths)
        expected = np.log(CLASSES) + deviation**2 / 2
        print(f"{way:28} deviation {deviation:5.2f}  loss {loss:5.2f}  ln C + v/2 {expected:6.2f}")
    return 0


if __name__ == "__main__":
    run_command(main)
