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
    xs = under_test.fresh_inputs()
    y = under_test.run_forward(xs)
    if under_test.labels is None:
        check_array(under_test, "forward", "y", y, None)
        if y.size == 0:
            shapes = ", ".join(str(x.shape) for x in xs)
            raise ValueError(
                f"{under_test.name}: forward of x, {shapes}, returned an empty array, {y.shape}, "
                "so there is nothing to differentiate"
            )
    elif not np.isfinite(float(y)):
        raise GradientError(f"{under_test.name}: forward returned a loss of {float(y)}")
    check_unchanged(under_test, "forward", xs)
    y = np.array(backend.to_numpy(y))
    late = under_test.read_late_parameters()
    again = under_test.output()
    if late:  # the first forward drew them, and what it drew next was not what later ones draw
        y, again = again, under_test.output()
    if again.shape != y.shape or not _same(again, y):
        raise ValueError(
            f"{under_test.name}: two forwards of the same input differ, so there is nothing to "
            "differentiate. Draw random numbers from a numpy.random.Generator kept as an "
            "attribute of the layer: the check can rewind that"
        )
    return y


def first_gradients(under_test: LayerUnderTest, dy: np.ndarray) -> dict[str, np.ndarray]:
    """Runs forward and backward twice. Returns the gradients, or GradientError."""
    xs = under_test.fresh_inputs()
    upstream = backend.from_numpy(dy.copy())
    under_test.run_forward(xs)
    dx = under_test.run_backward(upstream)
    _leave_out_frozen(under_test, dx)
    check_gradient_arrays(under_test, dx)
    check_unchanged(under_test, "backward", xs)
    check_upstream(under_test, upstream, dy)
    first = under_test.collect(dx)
    _check_overwritten(under_test, first, under_test.analytic(dy))
    return first


def check_gradient_arrays(under_test: LayerUnderTest, dx) -> None:
    """GradientError unless all gradients are there, of the right shapes, float64 and finite."""
    found = under_test.input_gradients(dx)
    if under_test.several and not isinstance(dx, list | tuple):
        raise GradientError(
            f"{under_test.name}: backward returned {_described(dx)} as dx for {len(under_test.xs)} "
            "inputs; it must return a tuple of as many"
        )
    for variable in under_test.inputs:
        _check_one(under_test, variable, found[variable.name])
    gradients = under_test.gradients()
    _check_keys(under_test, gradients)
    for variable in under_test.parameters:
        gradient = gradients[variable.name]
        if variable.is_number and isinstance(gradient, float | int):
            gradient = np.asarray(gradient, dtype=np.float64)
        _check_one(under_test, variable, gradient)
        for name, turned in variable.others:
            other = gradients[name].T if turned and gradients[name] is not None else gradients[name]
            _check_one(under_test, variable, other)


def _check_one(under_test, variable, gradient) -> None:
    shape = variable.get().shape
    check_array(under_test, "backward", variable.gradient, gradient, shape)


def _leave_out_frozen(under_test: LayerUnderTest, dx) -> None:
    """A read-only parameter without a gradient is frozen; so may be all up to a net's input."""
    gradients = under_test.gradients()
    for variable in list(under_test.parameters):
        if variable.read_only and gradients.get(variable.name) is None:
            under_test.parameters.remove(variable)
            variable.restore()
            under_test.notes.append(
                f"{variable.name}: read-only and without a gradient: taken as frozen, not judged"
            )
    if dx is None and under_test.frozen:
        under_test.inputs.clear()
        under_test.notes.append("x: backward ends at a frozen layer, and gives no dx to judge")


def check_array(under_test: LayerUnderTest, who: str, name: str, array, shape) -> None:
    """GradientError unless this is a float64 array of finite numbers (and of the given shape)."""
    does = "returned" if name[:2] in ("y", "dx") or name == "dlogits" else "left"
    if not hasattr(array, "dtype") or not hasattr(array, "shape"):
        kind = _described(array)
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


def _described(item) -> str:
    return "None" if item is None else f"a {type(item).__name__}"


def check_unchanged(under_test: LayerUnderTest, who: str, xs: list) -> None:
    """GradientError if a pass wrote into its inputs, its labels or a parameter."""
    for given, original in zip(xs, under_test.xs, strict=True):
        if backend.to_numpy(given).tobytes() != original.tobytes():
            raise GradientError(
                f"{under_test.name}: {who} changed x, which belongs to the caller; work on a copy"
            )
    labels = under_test.labels_in_use
    if labels is not None and backend.to_numpy(labels).tobytes() != under_test.labels.tobytes():
        raise GradientError(
            f"{under_test.name}: {who} changed labels, which belong to the caller; work on a copy"
        )
    for variable in under_test.parameters:
        if variable.changed:
            raise GradientError(
                f"{under_test.name}: {who} changed the parameter {variable.name}; "
                "only the optimiser may"
            )


def check_upstream(under_test: LayerUnderTest, upstream, dy: np.ndarray) -> None:
    """GradientError if backward wrote into its dy."""
    if backend.to_numpy(upstream).tobytes() != dy.tobytes():
        raise GradientError(
            f"{under_test.name}: backward changed dy, which belongs to the caller; work on a copy"
        )


def check_y_is_kept(under_test: LayerUnderTest, who: str, y, before: np.ndarray) -> None:
    """GradientError if a later pass wrote into a y that forward had returned."""
    if under_test.labels is None and backend.to_numpy(y).tobytes() != before.tobytes():
        raise GradientError(
            f"{under_test.name}: {who} wrote into a y that forward had returned: it belongs to "
            "the caller, so make a new array"
        )


def _check_keys(under_test: LayerUnderTest, gradients: dict) -> None:
    names = {v.name for v in under_test.parameters}
    expected = names | {name for v in under_test.parameters for name, _ in v.others}
    allowed = expected | under_test.unjudged()
    if not expected <= set(gradients) <= allowed:
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
