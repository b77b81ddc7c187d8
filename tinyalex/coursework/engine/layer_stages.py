"""The stages of a layer's check, from its shapes to training with it."""

from __future__ import annotations

import inspect

import numpy as np

from tinyalex.coursework.engine.compare import check_equal, same_grid
from tinyalex.coursework.engine.drawn import drawn_examples
from tinyalex.coursework.engine.drawn_stages import backward_agrees, forward_agrees
from tinyalex.coursework.engine.layer_calls import (
    backward,
    built,
    each_example,
    forward,
    result_of,
)
from tinyalex.coursework.engine.student import calls
from tinyalex.coursework.engine.task import Hand, LayerTask
from tinyalex.coursework.engine.verdict import Failed, Open
from tinyalex.coursework.engine.wording import example_text, network_text, worked_text
from tinyalex.coursework.mistakes import Example
from tinyalex.gradcheck import GradientError, check_gradients, sample_input
from tinyalex.layers import SoftmaxCrossEntropy
from tinyalex.optim import SGD

EXACT = 1e-10  # relative, for the same sum in another order, in float64
STEPS = 20


def shapes(written: type, task: LayerTask, seed: int) -> None:
    for example in task.examples:
        layer, x = built(written, task, example, seed)
        right, _ = built(task.reference, task, example, seed)
        found = np.shape(forward(layer, task, x, example))
        expected = np.shape(forward(right, task, x, example))
        if found != expected:
            raise Failed(
                f"forward of x {x.shape} gives {found}; expected {expected}\n"
                f"with {example_text(task, example)}"
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
    example = Example(lambda rng: hand.arguments, x.shape, hand.training, hand.labels)
    worked = worked_text(task, hand)
    y = forward(layer, task, x, example)
    same_grid(f"forward of {worked}", y, hand.y)
    if hand.dx is not None:
        dx = backward(layer, task, np.array(hand.dy, dtype=float), example)
        same_grid(f"backward of {worked}", dx, hand.dx)
    for key, expected in hand.grads.items():
        if layer.grads.get(key) is None:
            raise Failed(f"backward of {worked} left no grads[{key!r}]")
        same_grid(f"d{key} of {worked}", layer.grads[key], expected)


def specification(written: type, task: LayerTask, seed: int) -> None:
    if task.random is not None:
        task.random(written, seed, and_backward=False)
    each_example(_meets_specification, written, task, seed)
    each_example(forward_agrees, written, task, seed, drawn_examples(task, seed))


def _meets_specification(written: type, task: LayerTask, example: Example, seed: int) -> None:
    layer, x = built(written, task, example, seed)
    y = np.array(forward(layer, task, x.copy(), example))
    labels = () if example.labels is None else (np.array(example.labels),)
    check_equal(result_of(example), y, task.naive(layer, x, *labels), EXACT)


def side_effects(written: type, task: LayerTask, seed: int) -> None:
    try:
        _no_side_effects(written, task, task.examples[0], seed)
    except Failed as failure:
        if " raised " not in str(failure):
            raise
        # Not a side effect: this geometry is met here for the first time by backward.
        each_example(_no_side_effects, written, task, seed)
    _spares_dx(written, task, task.examples[0], seed)
    if task.rules is not None:
        task.rules(written)


def _no_side_effects(written: type, task: LayerTask, example: Example, seed: int) -> None:
    _needs_forward(written, task, example, seed)
    layer, x = built(written, task, example, seed)
    given = x.copy()
    y = np.array(forward(layer, task, given, example))
    _unchanged("forward", "x", given, x)
    dy = np.random.default_rng(seed).uniform(0.5, 1.5, y.shape)
    upstream = dy.copy()
    backward(layer, task, upstream, example)
    _unchanged("backward", "x", given, x)
    _unchanged("backward", "dy", upstream, dy)
    _keeps_float32(written, task, example, seed)
    if example.labels is None:
        _last_forward_counts(written, task, example, seed)


def _needs_forward(written: type, task: LayerTask, example, seed: int) -> None:
    layer, x = built(written, task, example, seed)
    dy = np.ones(np.shape(forward(layer, task, x, example)))
    fresh, _ = built(written, task, example, seed)
    try:
        fresh.backward(*(() if example.labels is not None else (dy,)))
    except NotImplementedError as error:
        raise Open(str(error)) from None
    except Exception:
        return
    raise Failed("backward before any forward did not raise an error; it must", diagnose=False)


def _spares_dx(written: type, task: LayerTask, example: Example, seed: int) -> None:
    """If backward has the parameter input_gradient, False spares dx and nothing else."""
    (layer, x), (other, _) = (built(written, task, example, seed) for _ in range(2))
    if "input_gradient" not in inspect.signature(layer.backward).parameters:
        return
    dy = np.ones(np.shape(forward(layer, task, x, example)), x.dtype)
    forward(other, task, x.copy(), example)
    what = "backward(dy, input_gradient=False)"
    if calls(task, what, layer.backward, dy, input_gradient=False) is not None:
        raise Failed(f"{what} must return None: a network asks its first layer not to compute dx")
    backward(other, task, dy.copy(), example)
    for key, array in other.grads.items():
        check_equal(f"d{key} of {what}", np.array(layer.grads[key]), np.array(array), EXACT)


def _unchanged(who: str, name: str, found, original) -> None:
    if found.tobytes() != original.tobytes():
        raise Failed(f"{who} changed {name}, which belongs to the caller: use a copy")


def _keeps_float32(written: type, task: LayerTask, example, seed: int) -> None:
    has_dtype = "dtype" in example.arguments(np.random.default_rng(seed))
    layer, x = built(written, task, example, seed, **({"dtype": "float32"} if has_dtype else {}))
    y = forward(layer, task, x.astype("float32"), example)
    if example.labels is None and y.dtype != np.float32:
        raise Failed(f"y is {y.dtype} for a float32 x: a layer must keep its input's dtype")
    dx = backward(layer, task, np.ones(np.shape(y), "float32"), example)
    if dx.dtype != np.float32:
        raise Failed(f"dx is {dx.dtype} for a float32 dy: a layer must keep its input's dtype")
    for key, array in getattr(layer, "grads", {}).items():
        if array is not None and np.asarray(array).dtype != np.float32:
            raise Failed(
                f"d{key} is {array.dtype} where x, dy and {key} are float32: keep the dtype"
            )


def _last_forward_counts(written: type, task: LayerTask, example, seed: int) -> None:
    """After two forwards, backward belongs to the second."""
    layer, x = built(written, task, example, seed)
    y = np.array(forward(layer, task, x, example))
    dy = np.random.default_rng(seed).uniform(0.5, 1.5, y.shape)
    once, _ = built(written, task, example, seed)
    other = sample_input(example.shape, np.random.default_rng(seed + 1))
    if example.training:  # random numbers would differ between the two
        return
    forward(layer, task, other, example)
    forward(once, task, other, example)
    first = np.array(backward(layer, task, dy, example))
    second = np.array(backward(once, task, dy, example))
    check_equal("dx after a second forward", first, second, EXACT)


def gradients(written: type, task: LayerTask, seed: int) -> None:
    def agrees(written: type, task: LayerTask, example: Example, number: int) -> None:
        layer, x = built(written, task, example, number)
        labels = None if example.labels is None else np.array(example.labels)
        how = {"labels": labels, "training": example.training, "seed": seed}
        try:
            calls(task, "the gradient check", check_gradients, layer, x, **how)
        except GradientError as error:
            raise Failed(str(error)) from None

    each_example(agrees, written, task, seed)
    if task.random is not None:
        task.random(written, seed, and_backward=True)
    each_example(backward_agrees, written, task, seed, drawn_examples(task, seed))


def integration(written: type, task: LayerTask, seed: int) -> None:
    if task.net is None:
        return
    ours, theirs = (_losses(task.net(kind), task, seed) for kind in (task.reference, written))
    for step, (right, found) in enumerate(zip(ours, theirs, strict=True), start=1):
        if not abs(found - right) <= 1e-9 * max(1, abs(right)):
            raise Failed(
                f"in a small network the loss differs from the library's at step {step}/{STEPS}: "
                f"{found:.12g} instead of {right:.12g}\nthe network: {_layers(task.net(written))}"
            )


def _layers(made) -> str:
    return network_text(made[0] if isinstance(made, tuple) else made)


def _losses(made, task: LayerTask, seed: int) -> list[float]:
    """The losses of STEPS training steps on the same few pictures."""
    net, loss = made if isinstance(made, tuple) else (made, SoftmaxCrossEntropy())
    rng = np.random.default_rng(seed)
    x, labels = rng.normal(size=(6, 8, 8, 3)), rng.integers(0, 3, 6)
    optimizer, losses = SGD(net, lr=0.02), []
    step = f"a training step of {network_text(net)}"
    for _ in range(STEPS):
        logits = calls(task, step, net.forward, x, training=True)
        losses.append(float(calls(task, step, loss.forward, logits, labels)))
        calls(task, step, net.backward, loss.backward())
        optimizer.step()
    return losses
