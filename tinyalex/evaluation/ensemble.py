"""Runs one network, or an ensemble, on every picture."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tinyalex.data import Loader, Pictures, PictureStore
from tinyalex.data.listing import few
from tinyalex.kernels.underflow import allow_underflow
from tinyalex.support.progress import progress_bar
from tinyalex.weights import Trained, load_trained, load_weights


class Answers(NamedTuple):
    """An ensemble's output for the n pictures that could be read.

    indices        (n,) int64: their positions among all pictures
    probabilities  (n, classes) float64
    broken         one line for each picture that could not be read
    seconds        total time
    """

    indices: np.ndarray
    probabilities: np.ndarray
    broken: list[str]
    seconds: float


class Ensemble:
    """Networks with the same classes, whose probabilities are averaged as in Table 2.

    Raises ValueError if a file does not hold a network, or if the classes differ.
    """

    def __init__(self, paths: Sequence[str | Path]) -> None:
        self.networks = [load_trained(path) for path in paths]
        self.classes = self.networks[0].classes
        self.wnids = load_weights(paths[0]).about.get("wnids")
        for network in self.networks[1:]:
            if network.classes != self.classes:
                raise ValueError(
                    f"{network.source} has different classes ({few(network.classes, 3)}) from "
                    f"{paths[0]} ({few(self.classes, 3)}): an ensemble needs the same classes"
                )

    @allow_underflow
    def answer(self, pictures: Pictures, crops: int = 1, batch_size: int = 64) -> Answers:
        """The mean of the networks' probabilities, each averaged over the crops (1 or 10).

        Pictures are decoded ahead, once for all networks with the same size and warp. Raises
        ValueError if none can be read, or if a network's outputs are NaN or infinite.
        """
        if batch_size < 1:
            raise ValueError(f"--batch-size must be at least 1; got {batch_size}")
        sums = np.zeros((len(pictures), len(self.classes)))
        started = time.perf_counter()
        total = len(pictures) * len(self.networks)
        with progress_bar(total=total, desc="evaluating", unit="pic") as bar:
            for (size, warp), networks in self._by_reading().items():
                store = PictureStore(pictures, size, cache_bytes=0, warp=warp)
                loader = Loader(store, _Whole(size), batch_size, shuffle=False, seed=0)
                for batch in loader.epoch(0):
                    for network in networks:
                        sums[batch.indices] += network.probabilities(batch.x, crops)
                        bar.update(len(batch.indices))
        seconds = time.perf_counter() - started
        # The files are the same for every size and warp, and so are the broken ones.
        indices = np.setdiff1d(np.arange(len(pictures)), list(store.broken))
        if len(indices) == 0:
            raise ValueError(f"none of the pictures could be read; {store.broken[0]}")
        if len(indices) < len(sums):
            sums = sums[indices]
        sums /= len(self.networks)
        if not np.isfinite(sums).all():
            bad = pictures.paths[indices[np.argwhere(~np.isfinite(sums))[0, 0]]]
            raise ValueError(
                f"the network's outputs for {bad} are NaN or infinite: did its training diverge?"
            )
        broken = [store.broken[i] for i in sorted(store.broken)]
        return Answers(indices, sums, broken, seconds)

    def _by_reading(self) -> dict[tuple[int, bool], list[Trained]]:
        groups: dict[tuple[int, bool], list[Trained]] = {}
        for network in self.networks:
            reading = network.preprocessing.size, network.preprocessing.warp
            groups.setdefault(reading, []).append(network)
        return groups


class _Whole:
    """A Loader transform that returns the whole picture: each network crops it itself."""

    dtype = np.uint8

    def __init__(self, size: int) -> None:
        self.crop = size

    def __call__(self, picture: np.ndarray, rng: np.random.Generator, out: np.ndarray) -> None:
        out[...] = picture
