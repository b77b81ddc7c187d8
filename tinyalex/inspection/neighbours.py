"""Which pictures a network takes for alike: Figure 4 (right)."""

from __future__ import annotations

import numpy as np

ROWS = 512  # of the features at a time: their differences would else take as much memory again


def nearest(
    queries: np.ndarray, features: np.ndarray, count: int, leave_out: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The rows of `features` (n, d) with the smallest Euclidean distance to each query (q, d).

    leave_out: (q,), for each query the row that is the query itself, −1 where there is none.
    Returns indices and distances, both (q, count), nearest first; of equals the first row.
    ValueError where there are fewer rows than asked for.
    """
    spare = 0 if leave_out is None else int((leave_out >= 0).any())
    if not 1 <= count <= len(features) - spare:
        raise ValueError(f"asked for {count} neighbours among {len(features) - spare} pictures")
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
    """Each row divided by its length: their distances then compare directions alone.

    Among thousands of numbers that are mostly 0, a picture that excites little is near the origin
    and so the nearest neighbour of almost everything. A row of zeros stays as it is.
    """
    lengths = np.linalg.norm(features, axis=1, keepdims=True)
    return features / np.where(lengths > 0, lengths, 1)


def _distances(query: np.ndarray, features: np.ndarray) -> np.ndarray:
    """√Σ (f − q)², by differences: |f|² − 2fq + |q|² would lose the digits of near neighbours."""
    blocks = (features[start : start + ROWS] for start in range(0, len(features), ROWS))
    return np.concatenate([np.linalg.norm(block - query, axis=1) for block in blocks])
