"""A tensor to be written to a file."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class TensorToWrite:
    """view: our array with its axes in the other program's order. shape: its shape there. The
    view is copied only when it is written, since fc6 alone takes 151 MB."""

    name: str
    shape: tuple[int, ...]
    view: np.ndarray

    def bytes(self) -> memoryview:
        """The numbers as little-endian float32."""
        return memoryview(np.ascontiguousarray(self.view, "<f4")).cast("B")
