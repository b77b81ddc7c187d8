"""The stages of a layer's check, from its shapes to training with it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from tinyalex.coursework.engine.compare import check_equal, same_grid
from tinyalex.coursework.engine.isolate_setting import as_text, narrow
from tinyalex.coursework.engine.student import calls
from tinyalex.coursework.engine.task import Hand, LayerTask
from tinyalex.coursework.engine.verdict import Failed, Open
from tinyalex.coursework.mistakes import Example
from tinyalex.gradcheck import GradientError, check_gradients, sample_input
from tinyalex.layers import SoftmaxCrossEntropy
from tinyalex.optim import SGD

EXACT = 1e-10  # relative, for the same sum in another order, in float64
STEPS = 20


def _built(written: type, task: LayerTask, example: Example, seed: int, **changes):
    """The student's layer and an input, both from the seed."""
    rng = np.random.default_rng(seed)
    arguments = {**example.arguments(rng), **changes}
    layer = calls(task, f"{task.name}({as_text(arguments)})", written, **arguments)
    return layer, sample_input(example.shape, rng)


def _forward(layer, task: LayerTask, x, example) -> Any:
    what = f"{task.name}.forward of shape {x.shape}"
    if example.labels is not None:
        return _returned(what, calls(task, what, layer.forward, x, np.array(example.labels)))
    return _returned(what, calls(task, what, layer.forward, x, training=example.training))


def _backward(layer, task: LayerTask, dy, example) -> Any:
    what = f"{task.name}.backward"
    arguments = () if example.labels is not None else (dy,)
    return _returned(what, calls(task, what, layer.backward, *arguments))


def _returned(what: str, result: Any) -> Any:
    if result is None:
        raise Failed(f"{what} returned None: is the return missing?", diagnose=False)
    return result


def shapes(written: type, task: LayerTask, seed: int) -> None:
    for example in task.examples:
        layer, x = _built(written, task, example, seed)
        right, _ = _built(task.reference, task, example, seed)
        found = np.shape(_forward(layer, task, x, example))
        expected = np.shape(_forward(right, task, x, example))
        if found != expected:
            raise Failed(
                f"forward of x {x.shape} gives {found}; expected {expected}\n"
                f"with {as_text(example.arguments(np.random.default_rng(seed)))}"
            )


def hand_example(written: type, task: LayerTask, seed: int) -> None:
    for hand in filter(None, (task.hand, task.corner)):
        try:
            _by_hand(written, task, hand)
        except Failed as failure:
            raise Failed(
                "\n".join(filter(None, (str(failure), hand.note))), failure.diagnose
            ) from None


def _by_hand(written: type, task: LayerTask, hand: Hand) -> None:
    layer = calls(task, task.name, written, **hand.arguments)
    for key, value in hand.params.items():
        layer.params[key] = np.array(value, dtype=float)
    x = np.array(hand.x, dtype=float)
    example = Example(lambda rng: {}, x.shape, hand.training, hand.labels)
    y = _forward(layer, task, x, example)
    same_grid("forward of the worked example", y, hand.y)
    if hand.dx is not None:
        dx = _backward(layer, task, np.array(hand.dy, dtype=float), example)
        same_grid("backward of the worked example", dx, hand.dx)
    for key, expected in hand.grads.items():
        if layer.grads.get(key) is None:
            raise Failed(f"backward of the worked example left no grads[{key!r}]")
        same_grid(f"d{key} of the worked example", layer.grads[key], expected)


def specification(written: type, task: LayerTask, seed: int) -> None:
    _each_example(_meets_specification, written, task, seed)


def _meets_specification(written: type, task: LayerTask, example: Example, seed: int) -> None:
    layer, x = _built(written, task, example, seed)
    y = np.array(_forward(layer, task, x.copy(), example))
    labels = () if example.labels is None else (np.array(example.labels),)
    check_equal("y", y, task.naive(layer, x, *labels), EXACT)


def _each_example(agrees: Callable, written: type, task: LayerTask, seed: int) -> None:
    """Runs agrees(…) on every example; a failure is reported with the setting that causes it."""
    for number, example in enumerate(task.examples, start=seed):

        def is_right(plainer: Example, number=number) -> bool:
            try:
                agrees(written, task, plainer, number)
            except (Failed, Open):
                return False
            return True

        try:
            agrees(written, task, example, number)
        except Failed as failure:
            arguments = example.arguments(np.random.default_rng(seed))
            remarks = narrow(example, arguments, is_right)
            raise Failed(f"{failure}{remarks}", failure.diagnose) from None


def side_effects(written: type, task: LayerTask, seed: int) -> None:
    try:
        _no_side_effects(written, task, task.examples[0], seed)
    except Failed as failure:
        if " raised " not in str(failure):
            raise
        # Not a side effect: this geometry is met here for the first time by backward.
        _each_example(_no_side_effects, written, task, seed)


def _no_side_effects(written: type, task: LayerTask, example: Example, seed: int) -> None:
    _needs_forward(written, task, example, seed)
    layer, x = _built(written, task, example, seed)
    given = x.copy()
    y = np.array(_forward(layer, task, given, example))
    _unchanged("forward", "x", given, x)
    dy = np.random.default_rng(seed).uniform(0.5, 1.5, y.shape)
    upstream = dy.copy()
    _backward(layer, task, upstream, example)
    _unchanged("backward", "x", given, x)
    _unchanged("backward", "dy", upstream, dy)
    _views(written, task, example, seed)
    _keeps_float32(written, task, example, seed)
    if example.labels is None:
        _last_forward_counts(written, task, example, seed)


def _needs_forward(written: type, task: LayerTask, example, seed: int) -> None:
    layer, x = _built(written, task, example, seed)
    dy = np.ones(np.shape(_forward(layer, task, x, example)))
    fresh, _ = _built(written, task, example, seed)
    try:
        fresh.backward(*(() if example.labels is not None else (dy,)))
    except NotImplementedError as error:
        raise Open(str(error)) from None
    except Exception:
        return
    raise Failed("backward before any forward did not raise an error; it must", diagnose=False)


def _unchanged(who: str, name: str, found, original) -> None:
    if found.tobytes() != original.tobytes():
        raise Failed(f"{who} changed {name}, which belongs to the caller: use a copy")


def _views(written: type, task: LayerTask, example, seed: int) -> None:
    """Arrays that are not contiguous in memory must work too."""
    layer, x = _built(written, task, example, seed)
    expected = np.array(_forward(layer, task, x, example))
    layer, _ = _built(written, task, example, seed)
    check_equal(
        "y of an x that is a view (not contiguous)",
        np.array(_forward(layer, task, np.asfortranarray(x), example)),
        expected,
        EXACT,
    )


def _keeps_float32(written: type, task: LayerTask, example, seed: int) -> None:
    has_dtype = "dtype" in example.arguments(np.random.default_rng(seed))
    layer, x = _built(written, task, example, seed, **({"dtype": "float32"} if has_dtype else {}))
    y = _forward(layer, task, x.astype("float32"), example)
    if example.labels is None and y.dtype != np.float32:
        raise Failed(f"y is {y.dtype} for a float32 x: a layer must keep its input's dtype")
    dx = _backward(layer, task, np.ones(np.shape(y), "float32"), example)
    if dx.dtype != np.float32:
        raise Failed(f"dx is {dx.dtype} for a float32 dy: a layer must keep its input's dtype")
    for key, array in getattr(layer, "grads", {}).items():
        if array is not None and np.asarray(array).dtype != np.float32:
            raise Failed(
                f"d{key} is {array.dtype} where x, dy and {key} are float32: keep the dtype"
            )


def _last_forward_counts(written: type, task: LayerTask, example, seed: int) -> None:
    """After two forwards, backward belongs to the second."""
    layer, x = _built(written, task, example, seed)
    y = np.array(_forward(layer, task, x, example))
    dy = np.random.default_rng(seed).uniform(0.5, 1.5, y.shape)
    once, _ = _built(written, task, example, seed)
    other = sample_input(example.shape, np.random.default_rng(seed + 1))
    if example.training:  # random numbers would differ between the two
        return
    _forward(layer, task, other, example)
    _forward(once, task, other, example)
    first = np.array(_backward(layer, task, dy, example))
    second = np.array(_backward(once, task, dy, example))
    check_equal("dx after a second forward", first, second, EXACT)


def gradients(written: type, task: LayerTask, seed: int) -> None:
    def agrees(written: type, task: LayerTask, example: Example, number: int) -> None:
        layer, x = _built(written, task, example, number)
        labels = None if example.labels is None else np.array(example.labels)
        how = {"labels": labels, "training": example.training, "seed": seed}
        try:
            calls(task, "the gradient check", check_gradients, layer, x, **how)
        except GradientError as error:
            raise Failed(str(error)) from None

    _each_example(agrees, written, task, seed)


def integration(written: type, task: LayerTask, seed: int) -> None:
    if task.net is None:
        return
    ours, theirs = (_losses(task.net(kind), task, seed) for kind in (task.reference, written))
    for step, (right, found) in enumerate(zip(ours, theirs, strict=True), start=1):
        if not abs(found - right) <= 1e-9 * max(1, abs(right)):
            raise Failed(
                f"in a small network the loss differs from the library's at step {step}/{STEPS}: "
                f"{found:.12g} instead of {right:.12g}"
            )


def _losses(made, task: LayerTask, seed: int) -> list[float]:
    """The losses of STEPS training steps on the same few pictures."""
    net, loss = made if isinstance(made, tuple) else (made, SoftmaxCrossEntropy())
    rng = np.random.default_rng(seed)
    x, labels = rng.normal(size=(6, 8, 8, 3)), rng.integers(0, 3, 6)
    optimizer, losses = SGD(net, lr=0.02), []
    for _ in range(STEPS):
        logits = calls(task, "a training step", net.forward, x, training=True)
        losses.append(float(calls(task, "a training step", loss.forward, logits, labels)))
        calls(task, "a training step", net.backward, loss.backward())
        optimizer.step()
    return losses


def timing(written: type, task: LayerTask) -> str:
    """The time of a forward and backward of the first example, yours and the library's."""
    example = task.examples[0]
    seconds = []
    for kind in (written, task.reference):
        layer, x = _built(kind, task, example, 0)
        times = []
        for _ in range(3):
            started = time.perf_counter()
            y = np.array(_forward(layer, task, x, example))
            _backward(layer, task, np.ones_like(y), example)
            times.append(time.perf_counter() - started)
        seconds.append(min(times))
    yours, ours = (1e3 * s for s in seconds)
    what = f"forward and backward of {example.shape}"
    return f"{what}: yours {yours:.2f} ms, the library's {ours:.2f} ms (mostly Python overhead)"
