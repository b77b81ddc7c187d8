"""Batches of augmented pictures, which threads decode ahead of the training loop."""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np

from tinyalex.data.pictures import BrokenPicture
from tinyalex.data.threads import submit


class Batch(NamedTuple):
    """One step's pictures.

    x        (n, crop, crop, 3), float32: the last batch may be smaller, and broken pictures are
             missing
    labels   (n,) int64
    indices  (n,) int64: the pictures' numbers in the store
    step     the batch's number in its epoch; to resume after it, start at step + 1
    broken   a line for each broken picture found that was not reported before
    """

    x: np.ndarray
    labels: np.ndarray
    indices: np.ndarray
    step: int
    broken: list[str]


class Loader:
    """Batches from a store of pictures, the same for any number of workers.

    The order of an epoch depends only on (seed, epoch), the augmentation of a batch only on (seed,
    epoch, step). So a run that was stopped in the middle of an epoch resumes bit for bit.

    store       `load(i)` -> uint8 (size, size, 3), thread-safe; `labels`; `len(store)`
    transform   called as `transform(picture, rng, out=...)`; has `crop` and `dtype`
    shuffle     True for training: a new order every epoch
    workers     threads, each making one batch at a time (Pillow and NumPy release the GIL)
    ahead       batches made ahead of the one in use; at least one per worker
    strict      raise BrokenPicture instead of leaving broken pictures out

    Raises ValueError if batch_size or workers is below 1, the store is empty, or shuffle is true
    and the store has fewer pictures than one batch.
    """

    def __init__(
        self,
        store: Any,
        transform: Callable[..., np.ndarray],
        batch_size: int,
        *,
        shuffle: bool,
        seed: int,
        workers: int = 2,
        ahead: int = 4,
        strict: bool = False,
    ):
        if batch_size < 1 or workers < 1:
            raise ValueError(
                f"batch_size {batch_size} and workers {workers}: both must be 1 or more"
            )
        if len(store) == 0:
            raise ValueError("there are no pictures to load")
        if shuffle and batch_size > len(store):
            raise ValueError(
                f"a batch of {batch_size} is more than the {len(store)} training pictures: "
                f"choose a batch size of at most {len(store)}"
            )
        self.store, self.transform, self.batch_size = store, transform, batch_size
        self.shuffle, self.seed, self.strict = shuffle, seed, strict
        self.workers, self.ahead = workers, max(ahead, workers)
        self._reported: set[int] = set()  # broken pictures already listed in a batch
        self._unreported: list[str] = []  # found in a batch with no pictures left

    def __len__(self) -> int:
        """The number of batches in an epoch, including the last, which may be smaller."""
        return -(-len(self.store) // self.batch_size)

    def epoch(self, epoch: int, start: int = 0) -> Iterator[Batch]:
        """The batches start, start + 1, ... of an epoch.

        Closing or deleting the iterator ends its threads. An exception in a thread is raised here,
        at the batch that it belongs to. Raises ValueError if start is not in 0..len(loader).
        """
        if not 0 <= start <= len(self):
            raise ValueError(f"cannot start at batch {start} of an epoch of {len(self)} batches")
        return self._batches(epoch, start)

    def order(self, epoch: int) -> np.ndarray:
        """The pictures' numbers in the order of this epoch."""
        if not self.shuffle:
            return np.arange(len(self.store))
        return np.random.default_rng([self.seed, epoch]).permutation(len(self.store))

    def _batches(self, epoch: int, start: int) -> Iterator[Batch]:
        order = self.order(epoch)
        stop = threading.Event()
        executor = ThreadPoolExecutor(self.workers, thread_name_prefix="tinyalex-loader")
        queue: deque = deque()
        try:
            for step in range(start, len(self)):
                queue.append(submit(executor, self._make, order, epoch, step, stop))
                if len(queue) == self.ahead:
                    yield from self._report(*queue.popleft().result())
            while queue:
                yield from self._report(*queue.popleft().result())
        finally:
            stop.set()
            executor.shutdown(cancel_futures=True)

    def _make(
        self, order: np.ndarray, epoch: int, step: int, stop: threading.Event
    ) -> tuple[Batch, dict[int, str]]:
        """One batch, and the broken pictures in it. Runs in a thread."""
        # step + 1, because the seed [seed, epoch, 0] gives the same numbers as [seed, epoch].
        rng = np.random.default_rng([self.seed, epoch, step + 1])
        chosen = order[step * self.batch_size : (step + 1) * self.batch_size]
        crop = self.transform.crop
        x = np.empty((len(chosen), crop, crop, 3), self.transform.dtype)
        kept: list[int] = []
        broken: dict[int, str] = {}
        for index in chosen.tolist():
            if stop.is_set():
                break
            try:
                picture = self.store.load(index)
            except BrokenPicture as error:
                if self.strict:
                    raise
                broken[index] = str(error)
                continue
            self.transform(picture, rng, out=x[len(kept)])
            kept.append(index)
        indices = np.array(kept, dtype=np.int64)
        return Batch(x[: len(kept)], self.store.labels[indices], indices, step, []), broken

    def _report(self, batch: Batch, broken: dict[int, str]) -> Iterator[Batch]:
        """The batch, with broken pictures not reported before; nothing if the batch is empty."""
        self._unreported += [line for i, line in broken.items() if i not in self._reported]
        self._reported.update(broken)
        if len(batch.indices):
            lines, self._unreported = self._unreported, []
            yield batch._replace(broken=lines)
