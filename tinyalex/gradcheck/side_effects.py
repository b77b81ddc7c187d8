"""The contract beside the numbers: shapes, dtypes, nothing changed that is not the layer's."""

from __future__ import annotations

import numpy as np

from tinyalex import backend
from tinyalex.gradcheck.layer_under_test import LayerUnderTest
from tinyalex.gradcheck.report import GradientError


def first_output(under_test: LayerUnderTest) -> np.ndarray:
    """Runs forward twice. Returns y, or GradientError where it breaks the contract.

    ValueError if the second forward gives another y although all randomness was rewound.
    """
    x = backend.from_numpy(under_test.input.original.copy())
    y = under_test.run_forward(x)
    if under_test.labels is None:
        _check_array(under_test, "forward", "y", y, None)
        if y.size == 0:
            raise ValueError(
                f"{under_test.name}: forward of x, {x.shape}, returned an empty array, {y.shape}, "
                "so there is nothing to differentiate"
            )
    elif not np.isfinite(float(y)):
        raise GradientError(f"{under_test.name}: forward returned a loss of {float(y)}")
    _check_unchanged(under_test, "forward", x)
    y = np.array(backend.to_numpy(y))
    again = under_test.output()
    if again.shape != y.shape or not _same(again, y):
        raise ValueError(
            f"{under_test.name}: two forwards of the same input differ, so there is nothing to "
            "differentiate. Draw random numbers from a numpy.random.Generator kept as an "
            "attribute of the layer: the check can rewind that"
        )
    return y


def first_gradients(under_test: LayerUnderTest, dy: np.ndarray) -> dict[str, np.ndarray]:
    """Runs forward and backward twice. Returns the gradients, or GradientError."""
    x = backend.from_numpy(under_test.input.original.copy())
    upstream = backend.from_numpy(dy.copy())
    under_test.run_forward(x)
    dx = under_test.run_backward(upstream)
    _check_array(
        under_test, "backward", under_test.input.gradient, dx, under_test.input.original.shape
    )
    gradients = under_test.gradients()
    _check_keys(under_test, gradients)
    for variable in under_test.variables[1:]:
        gradient = gradients[variable.name]
        shape = variable.original.shape
        _check_array(under_test, "backward", variable.gradient, gradient, shape)
    _check_unchanged(under_test, "backward", x)
    if backend.to_numpy(upstream).tobytes() != dy.tobytes():
        raise GradientError(
            f"{under_test.name}: backward changed dy, which belongs to the caller; work on a copy"
        )
    gradients = {under_test.input.name: dx, **gradients}
    first = {key: np.array(backend.to_numpy(array)) for key, array in gradients.items()}
    _check_overwritten(under_test, first, under_test.analytic(dy))
    return first


def _check_array(under_test: LayerUnderTest, who: str, name: str, array, shape) -> None:
    """GradientError unless this is a float64 array of finite numbers (and of the given shape)."""
    does = "returned" if name in ("y", "dx", "dlogits") else "left"
    if not hasattr(array, "dtype") or not hasattr(array, "shape"):
        kind = "None" if array is None else f"a {type(array).__name__}"
        raise GradientError(f"{under_test.name}: {who} {does} {kind} as {name}, not an array")
    if shape is not None and array.shape != shape:
        raise GradientError(
            f"{under_test.name}: {who} {does} {name} of shape {array.shape}; it must be {shape}"
        )
    if array.dtype != np.float64:
        raise GradientError(
            f"{under_test.name}: {who} {does} {name} as {array.dtype} where all was float64; "
            "a layer keeps the dtype that it is given"
        )
    bad = np.argwhere(~np.isfinite(backend.to_numpy(array)))
    if len(bad):
        index = ", ".join(str(i) for i in bad[0])
        raise GradientError(
            f"{under_test.name}: {who} {does} NaN or infinity in {name}[{index}] "
            f"({len(bad)} of {array.size} entries)"
        )


def _check_unchanged(under_test: LayerUnderTest, who: str, x) -> None:
    """GradientError if a pass wrote into its input, its labels or a parameter."""
    if backend.to_numpy(x).tobytes() != under_test.input.original.tobytes():
        raise GradientError(
            f"{under_test.name}: {who} changed x, which belongs to the caller; work on a copy"
        )
    labels = under_test.labels_in_use
    if labels is not None and backend.to_numpy(labels).tobytes() != under_test.labels.tobytes():
        raise GradientError(
            f"{under_test.name}: {who} changed labels, which belong to the caller; work on a copy"
        )
    for variable in under_test.variables[1:]:
        if variable.changed:
            raise GradientError(
                f"{under_test.name}: {who} changed the parameter {variable.name}; "
                "only the optimiser may"
            )


def _check_keys(under_test: LayerUnderTest, gradients: dict) -> None:
    expected = {variable.name for variable in under_test.variables[1:]}
    if set(gradients) != expected:
        raise GradientError(
            f"{under_test.name}: backward must leave gradients for {sorted(expected)}; "
            f"it left {sorted(gradients)}"
        )


def _check_overwritten(under_test: LayerUnderTest, first: dict, second: dict) -> None:
    """GradientError if a second forward and backward gives other gradients."""
    for variable in under_test.variables:
        before, after = first[variable.name], second[variable.name]
        if after.shape == before.shape and _same(after, before):
            continue
        doubled = after.shape == before.shape and _same(after, 2 * before)
        reason = (
            "adds to what is there; gradients are overwritten at every backward"
            if doubled
            else "gives something else the second time, for the same x and dy"
        )
        raise GradientError(f"{under_test.name}: {variable.gradient}: backward {reason}")


def _same(a: np.ndarray, b: np.ndarray) -> bool:
    """Equal but for the last digits, which a matrix product may round differently."""
    return bool(np.abs(a - b).max(initial=0) <= 1e-12 * np.abs(b).max(initial=0))
