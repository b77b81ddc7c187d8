"""What a network expects of a picture: size, crop, mean and scale travel with its weights."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tinyalex.data import EvalTransform, Statistics, read_picture, ten_crop


@dataclass(frozen=True)
class Preprocessing:
    """From a file to the network's input: resize, cut out, subtract the mean, multiply.

    crop   side of the network's input
    size   side of the square that a picture is first scaled to
    warp   True: the whole picture is squeezed into the square, as for Caffe's networks; False: its
           shorter side is scaled to `size` and the central square kept, as in section 2
    mean   (size, size, 3) float32, RGB in 0-255 units
    scale  (3,) float32: what each of R, G and B is multiplied by, less the mean
    """

    crop: int
    mean: np.ndarray
    scale: np.ndarray
    size: int = 256
    warp: bool = False

    @classmethod
    def of_colours(
        cls, crop: int, mean=(0.0, 0.0, 0.0), scale=1.0, size: int = 256, warp: bool = False
    ) -> Preprocessing:
        """With one mean (R, G, B) for all places."""
        picture = np.broadcast_to(np.asarray(mean, np.float32), (size, size, 3)).copy()
        return cls(crop, picture, np.broadcast_to(np.float32(scale), (3,)).copy(), size, warp)

    @classmethod
    def of_statistics(cls, statistics: Statistics, crop: int) -> Preprocessing:
        """That of a network trained here."""
        size = statistics.mean.shape[0]
        scale = np.broadcast_to(np.float32(statistics.scale), (3,)).copy()
        return cls(crop, statistics.mean, scale, size, statistics.warp)

    def read(self, path: str | Path) -> np.ndarray:
        """The picture file as uint8 (size, size, 3). BrokenPicture where it cannot be decoded."""
        return read_picture(path, self.size, warp=self.warp)

    def views(self, pictures: np.ndarray, crops: int = 1) -> np.ndarray:
        """uint8 (n, size, size, 3) -> the network's inputs (crops, n, crop, crop, 3), float32.

        crops: 1, the centre, or 10, the corners, the centre and their reflections (section 4.1).
        """
        transform = EvalTransform(self.statistics, self.crop)
        if crops == 1:
            return np.stack([transform(picture) for picture in pictures])[None]
        if crops != 10:
            raise ValueError(f"crops must be 1 or 10; got {crops}")
        return transform.normalise(ten_crop(pictures, self.crop))

    def as_picture(self, x: np.ndarray) -> np.ndarray:
        """The inverse for looking: an input (crop, crop, 3) as float32 RGB in 0-1, clipped."""
        middle = EvalTransform(self.statistics, self.crop).mean
        return np.clip((x / self.scale + middle) / 255, 0, 1)

    @property
    def statistics(self) -> Statistics:
        """As `EvalTransform` takes it; without colour noise's components."""
        nothing = np.zeros((3, 3), np.float32), np.zeros(3, np.float32)
        return Statistics(self.mean, *nothing, scale=self.scale, warp=self.warp)
