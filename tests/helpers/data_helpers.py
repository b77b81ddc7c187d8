"""Small data sets for the tests of tinyalex.data."""

from pathlib import Path

import numpy as np
from PIL import Image

from tinyalex.data import BrokenPicture, PictureStore, find_pictures


def save_picture(path: Path, colour=(200, 100, 50), size=(20, 16)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, colour).save(path)
    return path


def make_classes(folder: Path, classes, count=3, suffix=".png") -> Path:
    """`count` pictures in each of the class folders."""
    for name in classes:
        for i in range(count):
            save_picture(folder / name / f"{name}_{i}{suffix}")
    return folder


def noise_store(folder: Path, count=10, size=16) -> PictureStore:
    """A store of pictures of noise, all different, read back exactly (PNG)."""
    rng = np.random.default_rng(1)
    for name in "ab":
        (folder / name).mkdir(parents=True)
        for i in range(count):
            pixels = rng.integers(0, 256, (size, size, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{i}.png")
    return PictureStore(find_pictures(folder)[0], size=size)


class ArrayStore:
    """Pictures in memory, some of them broken: the least that the loader asks of a store."""

    def __init__(self, pictures: np.ndarray, broken=()):
        self.pictures, self.broken = pictures, set(broken)
        self.labels = np.arange(len(pictures), dtype=np.int64) % 7

    def __len__(self) -> int:
        return len(self.pictures)

    def load(self, index: int) -> np.ndarray:
        if index in self.broken:
            raise BrokenPicture(f"cannot read the picture {index}.jpg: broken")
        return self.pictures[index]
