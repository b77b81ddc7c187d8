"""Which pictures a network finds similar: Figure 4 (right)."""

from __future__ import annotations

import numpy as np

ROWS = 512  # rows of features at a time: all at once would double the memory that they need


def nearest(
    queries: np.ndarray, features: np.ndarray, count: int, leave_out: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The rows of `features` (n, d) with the smallest Euclidean distance to each query (q, d).

    leave_out: (q,), the row that is the query itself, or −1. Returns indices and distances, both
    (q, count), nearest first; ties go to the lower row. Raises ValueError if there are fewer rows
    than `count`.
    """
    spare = 0 if leave_out is None else int((leave_out >= 0).any())
    if not 1 <= count <= len(features) - spare:
        raise ValueError(f"cannot find {count} neighbours among {len(features) - spare} pictures")
    indices = np.empty((len(queries), count), np.int64)
    distances = np.empty((len(queries), count), np.float64)
    for q, query in enumerate(queries):
        distance = _distances(query, features)
        if leave_out is not None and leave_out[q] >= 0:
            distance[leave_out[q]] = np.inf
        indices[q] = np.argsort(distance, kind="stable")[:count]
        distances[q] = distance[indices[q]]
    return indices, distances


def unit_length(features: np.ndarray) -> np.ndarray:
    """Each row divided by its length, so that distances compare directions only.

    With thousands of mostly zero features, a picture that excites few units lies near the origin
    and becomes the nearest neighbour of almost everything. Rows of zeros stay as they are.
    """
    lengths = np.linalg.norm(features, axis=1, keepdims=True)
    return features / np.where(lengths > 0, lengths, 1)


def _distances(query: np.ndarray, features: np.ndarray) -> np.ndarray:
    """√Σ (f − q)², from differences: |f|² − 2fq + |q|² loses precision for near neighbours."""
    blocks = (features[start : start + ROWS] for start in range(0, len(features), ROWS))
    return np.concatenate([np.linalg.norm(block - query, axis=1) for block in blocks])
