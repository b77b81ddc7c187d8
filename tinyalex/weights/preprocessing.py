"""How a network expects its pictures: size, crop, mean and scale, stored with its weights."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tinyalex.data import EvalTransform, Statistics, read_picture, ten_crop


@dataclass(frozen=True)
class Preprocessing:
    """From a file to the network's input: resize, crop, subtract the mean, multiply by the scale.

    crop   side of the network's input
    size   side of the square that a picture is first resized to
    warp   True: squeeze the whole picture into the square, as for Caffe's networks; False: scale
           its shorter side to `size` and keep the central square, as in section 2
    mean   (size, size, 3) float32, RGB in 0-255 units
    scale  (3,) float32: factors for R, G and B after subtracting the mean
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
        """From one mean colour (R, G, B), the same for all pixels."""
        picture = np.broadcast_to(np.asarray(mean, np.float32), (size, size, 3)).copy()
        return cls(crop, picture, np.broadcast_to(np.float32(scale), (3,)).copy(), size, warp)

    @classmethod
    def of_statistics(cls, statistics: Statistics, crop: int) -> Preprocessing:
        """From the statistics of a network trained with tinyalex."""
        size = statistics.mean.shape[0]
        scale = np.broadcast_to(np.float32(statistics.scale), (3,)).copy()
        return cls(crop, statistics.mean, scale, size, statistics.warp)

    def read(self, path: str | Path) -> np.ndarray:
        """Reads a picture as uint8 (size, size, 3). Raises BrokenPicture if it is damaged."""
        return read_picture(path, self.size, warp=self.warp)

    def views(self, pictures: np.ndarray, crops: int = 1) -> np.ndarray:
        """uint8 (n, size, size, 3) -> the network's inputs (crops, n, crop, crop, 3), float32.

        crops: 1 (the centre) or 10 (corners, centre and their reflections, section 4.1).
        """
        transform = EvalTransform(self.statistics, self.crop)
        if crops == 1:
            return np.stack([transform(picture) for picture in pictures])[None]
        if crops != 10:
            raise ValueError(f"crops must be 1 or 10; got {crops}")
        return transform.normalise(ten_crop(pictures, self.crop))

    def as_picture(self, x: np.ndarray) -> np.ndarray:
        """The inverse, for display: an input (crop, crop, 3) as float32 RGB, clipped to 0-1."""
        middle = EvalTransform(self.statistics, self.crop).mean
        return np.clip((x / self.scale + middle) / 255, 0, 1)

    @property
    def statistics(self) -> Statistics:
        """As Statistics for `EvalTransform`, without the components of the colour noise."""
        nothing = np.zeros((3, 3), np.float32), np.zeros(3, np.float32)
        return Statistics(self.mean, *nothing, scale=self.scale, warp=self.warp)
