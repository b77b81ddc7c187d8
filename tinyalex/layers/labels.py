"""Checks the labels and scores that a loss is given."""

from __future__ import annotations

from tinyalex import backend
from tinyalex.layers.base import FLOATS


def own_labels(loss: str, what: str, scores, labels):
    """A copy of the labels (N,) for scores (N, classes), as an array of the backend.

    labels: an array or any sequence of ints. Backward reads the copy, so the caller may write the
    next batch into the same array. loss, what: the names of the loss and of its scores, for error
    messages. ValueError if labels and scores do not match, or a label is not 0 to classes − 1.
    """
    if not hasattr(scores, "dtype"):
        raise ValueError(f"{loss}: {what} must be an array; got a {type(scores).__name__}")
    if scores.ndim != 2 or getattr(scores.dtype, "name", None) not in FLOATS:
        raise ValueError(
            f"{loss}: {what} must be float32 or float64 of shape (N, classes); "
            f"got {scores.dtype} of shape {scores.shape}"
        )
    if len(scores) == 0:
        raise ValueError(f"{loss}: the batch is empty")
    labels = _as_array(labels)
    if labels is None or labels.shape != scores.shape[:1] or labels.dtype.kind not in "iu":
        found = "a ragged sequence" if labels is None else f"{labels.dtype} of shape {labels.shape}"
        raise ValueError(
            f"{loss}: labels must be {len(scores)} ints, one for each row of {what}; got {found}"
        )
    low, high = int(labels.min()), int(labels.max())
    if low < 0 or high >= scores.shape[1]:
        raise ValueError(
            f"{loss}: labels must be 0 to {scores.shape[1] - 1} for {scores.shape[1]} classes; "
            f"got {low} to {high}"
        )
    return labels.copy()


def _as_array(labels):
    """The labels as an array of the backend; None for a ragged sequence."""
    try:
        return backend.from_numpy(labels)
    except ValueError:
        return None
