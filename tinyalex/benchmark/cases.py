"""What is timed: a network, batch, image size and thread count, in training or inference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from tinyalex.models import VARIANTS

MODES = {"train": "training", "infer": "inference"}


@dataclass(frozen=True)
class Case:
    """One combination to time.

    image_size: None for the whole network at the variant's input size. Otherwise only conv1 to
    pool5 are timed, the fully convolutional part, which accepts any size.
    """

    variant: str
    batch: int
    mode: str
    threads: int
    image_size: int | None = None

    @property
    def input_shape(self) -> tuple[int, int, int, int]:
        size = VARIANTS[self.variant].input_size if self.image_size is None else self.image_size
        return (self.batch, size, size, 3)

    @property
    def title(self) -> str:
        part = "" if self.image_size is None else f" up to pool5 at {self.image_size} px"
        plural = "s" if self.threads > 1 else ""
        what = MODES[self.mode]
        return f"{self.variant}{part}, {what}, batch {self.batch}, {self.threads} thread{plural}"


def all_cases(
    variants: Sequence[str],
    image_sizes: Sequence[int],
    modes: Sequence[str],
    batches: Sequence[int],
    threads: Sequence[int],
) -> list[Case]:
    """Every combination, in table order. Without image_sizes: the whole network."""
    sizes = image_sizes or [None]
    return [
        Case(variant, batch, mode, count, size)
        for variant, size, mode, batch, count in product(variants, sizes, modes, batches, threads)
    ]
