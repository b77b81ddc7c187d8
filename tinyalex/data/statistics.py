"""The mean picture and the principal components of RGB (paper, sections 2 and 4.1)."""

import threading
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from tinyalex.data.pictures import BrokenPicture
from tinyalex.data.threads import map_in_threads
from tinyalex.kernels.underflow import allow_underflow


@dataclass(frozen=True)
class Statistics:
    """The statistics of the training set that augmentation needs.

    mean          (size, size, 3) float32: the mean picture, in 0-255 units
    eigenvectors  (3, 3) float32: the principal components of RGB, one per column
    deviations    (3,) float32, 0-255 units: the standard deviation along each column, smallest
                  first: the SQUARE ROOTS of the eigenvalues of the covariance of RGB

    Pitfall: section 4.1 adds p_i α_i λ_i with α ~ N(0, 0.1) and calls λ_i the eigenvalue. On 0-255
    pictures the first eigenvalue is about 14,800: read literally, the noise would be 1,480 grey
    levels. The authors' own data file contains the square roots (19.7, 37.1 and 121.8 on ImageNet),
    so the noise is 12 levels along the first component.

    scale         the factor on a picture minus its mean: 1 in the paper, whose network sees grey
                  levels; `standardized()` gives values of variance 1 instead; imported networks may
                  have a factor for each of R, G and B
    warp          how pictures become squares: see `read_picture`
    """

    mean: np.ndarray
    eigenvectors: np.ndarray
    deviations: np.ndarray
    scale: float | np.ndarray = 1.0
    warp: bool = False

    @allow_underflow
    def standardized(self) -> "Statistics":
        """The same with scale = 1 / (root mean square of the deviations): about 1 / 60."""
        deviation = float(np.sqrt(np.mean(self.deviations.astype(np.float64) ** 2)))
        return replace(self, scale=1 / deviation if deviation > 0 else 1.0)

    def as_arrays(self) -> dict[str, np.ndarray]:
        """The entries by name, as arrays, for a checkpoint."""
        return {name: np.asarray(value) for name, value in asdict(self).items()}

    @classmethod
    @allow_underflow
    def from_arrays(cls, arrays: dict[str, np.ndarray]) -> "Statistics":
        """The inverse of `as_arrays`; ignores other entries, and the last two may be missing."""
        names = ("mean", "eigenvectors", "deviations")
        found = {name: np.asarray(arrays[name], dtype=np.float32) for name in names}
        scale = np.asarray(arrays.get("scale", 1.0))
        scale = scale if scale.ndim else float(scale)
        return cls(**found, scale=scale, warp=bool(arrays.get("warp", False)))


class _Sums:
    """Sums over pictures, in integers: exact, so the order of the threads does not matter."""

    def __init__(self) -> None:
        self.count = 0
        self.pixels: np.ndarray | int = 0  # (size, size, 3) from the first picture on
        self.products = np.zeros((3, 3), dtype=np.int64)  # sum of rgb rgbᵀ over all pixels
        self._lock = threading.Lock()

    def add(self, picture: np.ndarray) -> None:
        # Not by a matrix product, whose threads would compete with these.
        rgb = picture.reshape(-1, 3).T.astype(np.int32)
        products = np.empty((3, 3), dtype=np.int64)
        for i in range(3):
            for j in range(i + 1):
                products[i, j] = products[j, i] = (rgb[i] * rgb[j]).sum(dtype=np.int64)
        with self._lock:
            self.count += 1
            self.pixels = self.pixels + picture.astype(np.int64)
            self.products += products


def compute_statistics(store: Any, sample: int = 1000, progress: bool = True) -> Statistics:
    """The statistics of at most `sample` pictures, evenly spaced: the same in every run.

    `store` has `load(i)` -> uint8 (size, size, 3) and a length. Broken pictures are left out.
    Raises ValueError if no picture is left.
    """
    indices = np.unique(np.linspace(0, len(store) - 1, min(sample, len(store))).astype(np.int64))
    sums = _Sums()

    def add(index: int) -> None:
        with suppress(BrokenPicture):  # the loader reports it when training reaches it
            sums.add(store.load(index))

    map_in_threads(add, indices.tolist(), description="mean picture", progress=progress)
    if sums.count == 0:
        raise ValueError(f"no statistics: none of the {len(indices)} pictures tried can be decoded")
    return _statistics_from(sums)


@allow_underflow
def _statistics_from(sums: _Sums) -> Statistics:
    """The mean, and the eigenvectors and root eigenvalues of the covariance of RGB."""
    mean = sums.pixels / sums.count
    # n Σxxᵀ − Σx Σxᵀ in Python's unlimited integers: no cancellation, one colour gives exact zeros.
    n = sums.count * mean.shape[0] * mean.shape[1]
    total = sums.pixels.sum(axis=(0, 1)).astype(object)
    covariance = (n * sums.products.astype(object) - np.outer(total, total)) / (n * n)
    eigenvalues, eigenvectors = np.linalg.eigh(covariance.astype(np.float64))
    # Signs are arbitrary: make the largest entry of each column positive, on every machine.
    largest = eigenvectors[np.abs(eigenvectors).argmax(axis=0), range(3)]
    return Statistics(
        mean=mean.astype(np.float32),
        eigenvectors=(eigenvectors * np.sign(largest)).astype(np.float32),
        deviations=np.sqrt(np.maximum(eigenvalues, 0)).astype(np.float32),
    )
