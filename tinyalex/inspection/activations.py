"""Layer outputs for a picture, and the units with the largest ones."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tinyalex import backend
from tinyalex.models import Sequential


def each_layer(net: Sequential, x: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    """Yields (name, output) for every layer, given an input (N, H, W, C).

    Afterwards no layer holds values for backward.
    """
    y = backend.from_numpy(x)
    for name, layer in net:
        y = layer.forward(y, training=False)
        if hasattr(layer, "forget"):
            layer.forget()
        yield name, backend.to_numpy(y)


def output(net: Sequential, x: np.ndarray) -> np.ndarray:
    """The last layer's output, (N, OH, OW, K) or (N, K)."""
    return backend.to_numpy(net.predict(backend.from_numpy(x)))


def peaks(y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each map's largest value, (N, K), and its place, (N, K, 2) as row and column.

    y: (N, H, W, K), or vectors (N, K), which count as maps of 1 × 1.
    """
    y = y[:, None, None] if y.ndim == 2 else y
    N, H, W, K = y.shape
    flat = y.reshape(N, H * W, K)
    at = flat.argmax(axis=1)
    values = np.take_along_axis(flat, at[:, None], axis=1)[:, 0]
    return values, np.stack(np.divmod(at, W), axis=-1)


def strongest_units(y: np.ndarray, count: int) -> list[int]:
    """The `count` units (maps) with the largest values for one picture, largest first.

    y: (1, H, W, K) or (1, K).
    """
    values, _ = peaks(y)
    return np.argsort(-values[0], kind="stable")[:count].tolist()


def check_units(units: list[int], net: Sequential, shape: tuple[int, ...]) -> None:
    """Raises ValueError for a number that is not a unit of the net's last layer."""
    name, count = net.layers[-1][0], net.output_shape(shape)[-1]
    for unit in units:
        if not 0 <= unit < count:
            raise ValueError(f"{name} has no unit {unit}: its units are 0 to {count - 1}")
