"""python -m tinyalex.coursework.lesson_10.duplicates FOLDER: pictures that come twice, or nearly.

FOLDER has train/ and val/ with a folder for each class, as Imagenette has. Every picture is made
16 × 16 and grey, and its mirror image too; two are a pair if their grey levels correlate by .97 or
more. Look at the pairs: flat pictures (a parachute in a blue sky) correlate without being the same.
Prints the pairs with one half on each side, and the components of the pixels' colours.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from tinyalex.coursework.small.script import run_on_files
from tinyalex.data.statistics import compute_statistics

SIDE, ALIKE = 16, 0.97


class Photographs:
    """Some photographs of a folder with a folder for each class; a store for compute_statistics."""

    def __init__(self, folder: str | Path, count: int = 1000, seed: int = 0) -> None:
        paths = sorted(path for path in Path(folder).rglob("*") if path.is_file())
        chosen = np.random.default_rng(seed).permutation(len(paths))[:count]
        self.pictures = [_rgb(paths[number]) for number in chosen]

    def __len__(self) -> int:
        return len(self.pictures)

    def load(self, index: int) -> np.ndarray:
        return self.pictures[index]

    def statistics(self):
        return compute_statistics(self, progress=False)


def _rgb(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def thumbnail(path: Path) -> np.ndarray:
    """(256,) float32, of mean 0 and length 1."""
    with Image.open(path) as image:
        small = image.convert("L").resize((SIDE, SIDE), Image.Resampling.BOX)
    x = np.asarray(small, "float32").ravel()
    x = x - x.mean()
    return x / max(float(np.linalg.norm(x)), 1e-6)


def pairs(left: np.ndarray, right: np.ndarray, alike: float = ALIKE) -> list[tuple]:
    """(correlation, row of left, row of right) of those that are alike, mirrored or not."""
    mirrored = right.reshape(-1, SIDE, SIDE)[:, :, ::-1].reshape(len(right), -1)
    found = []
    for start in range(0, len(left), 512):
        part = left[start : start + 512]
        alikeness = np.maximum(part @ right.T, part @ mirrored.T)
        for i, j in zip(*np.nonzero(alikeness >= alike), strict=True):
            found.append((float(alikeness[i, j]), start + int(i), int(j)))
    return sorted(found, reverse=True)


def main(folder: Path) -> None:
    names = {split: sorted((folder / split).rglob("*.*")) for split in ("train", "val")}
    left, right = (np.array([thumbnail(path) for path in names[split]]) for split in names)
    for alike, i, j in pairs(right, left):
        print(f"{alike:.3f}  {names['val'][i].relative_to(folder)}", end="  ")
        print(names["train"][j].relative_to(folder))
    statistics = Photographs(folder / "train").statistics()
    print("deviations", statistics.deviations.round(1))
    print(statistics.eigenvectors.round(2))


if __name__ == "__main__":
    run_on_files(main, __doc__, ("PICTURES",))
