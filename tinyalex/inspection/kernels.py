"""The two halves of conv1: section 6.1 and Figure 3 of the paper."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class KernelGroup(NamedTuple):
    """The conv1 kernels that one group of conv2 reads: those on one of the paper's two GPUs.

    channels  their numbers
    colour    the share of colour in their squared weights: see `colour_share`
    """

    channels: range
    colour: float


def colour_share(W: np.ndarray, axis=None) -> np.ndarray:
    """Σ (w − grey)² / Σ w², where grey is the mean over R, G and B at each place.

    0 for kernels that ignore colour, 1 for those that ignore brightness, 2/3 for noise.
    W: (KH, KW, 3, K), in RGB. axis: None for all kernels together, (0, 1, 2) for each one, (K,).
    """
    if W.shape[2] != 3:
        raise ValueError(f"colour_share needs kernels with 3 input channels; got {W.shape[2]}")
    W = W.astype(np.float64)
    colour = ((W - W.mean(axis=2, keepdims=True)) ** 2).sum(axis=axis)
    whole = (W**2).sum(axis=axis)
    return colour / np.where(whole > 0, whole, 1)


def kernel_groups(W: np.ndarray, groups: int) -> list[KernelGroup]:
    """conv1's kernels by the group of conv2 that reads them, least colourful group first.

    W: (KH, KW, 3, K). groups: the number of groups of conv2, 2 for networks split over two GPUs.
    Group g reads the channels g·K/groups … (g + 1)·K/groups − 1.
    """
    size = W.shape[3] // groups
    runs = [range(g * size, (g + 1) * size) for g in range(groups)]
    found = [KernelGroup(run, float(colour_share(W[..., run.start : run.stop]))) for run in runs]
    return sorted(found, key=lambda group: group.colour)
