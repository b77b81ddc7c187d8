"""Lesson 11: training."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from tinyalex import optim
from tinyalex.coursework.engine.drawn import KINDS, drawn_numbers
from tinyalex.coursework.engine.pairs import every_pair
from tinyalex.coursework.engine.task import FunctionTask, Lesson
from tinyalex.coursework.engine.verdict import Failed
from tinyalex.coursework.lesson_11 import mistakes
from tinyalex.coursework.mistakes import mistakes_in
from tinyalex.layers import Linear
from tinyalex.models import Sequential
from tinyalex.support.beside import runs_beside


class Called(list):
    """A list that goes by a few words in the checker's messages."""

    def __init__(self, words: str, items: list) -> None:
        super().__init__(items)
        self.words = words

    def __repr__(self) -> str:
        return self.words


@runs_beside  # the network changes between two calls of the student's
def steps(sgd: type, start: list, x, slopes: list, rates: list, options: dict, stop_at=None):
    """The parameters after each step, of Linear layers in a row that begin as in `start`.

    start    (W, b) of each layer: fc1, fc2, ...
    slopes   for each step dy, handed to the network's backward; None: no backward at all; a
             parameter's name: a backward that leaves this one without a gradient
    rates    for each step (lr, bias_lr)
    stop_at  the step before which training stops; it continues with a new optimizer, into
             which the state of the old one is loaded
    """
    net = _linear_layers(start)
    optimizer = sgd(net, **options)
    trail = {name: [] for name in net.parameters()}
    for number, (dy, (lr, bias_lr)) in enumerate(zip(slopes, rates, strict=True)):
        if number == stop_at:
            state = optimizer.state_dict()
            optimizer = sgd(net, **options)
            optimizer.load_state_dict(state)
        optimizer.lr, optimizer.bias_lr = lr, bias_lr
        if dy is not None:
            _one_backward(net, x, dy)
        _one_step(optimizer, net)
        for name, array in net.parameters().items():
            trail[name].append(array.copy())
    return {name: np.array(arrays) for name, arrays in trail.items()}


def _one_backward(net: Sequential, x, dy) -> None:
    y = net.forward(x, training=True)
    net.backward(np.ones_like(y) if isinstance(dy, str) else dy)
    if isinstance(dy, str):
        layer, _, key = dy.partition(".")
        net[layer].grads[key] = None


def _linear_layers(start: list) -> Sequential:
    layers = []
    for number, (weights, bias) in enumerate(start, start=1):
        layer = Linear(*weights.shape, dtype=weights.dtype.name)
        layer.params["W"][...], layer.params["b"][...] = weights, bias
        layers.append((f"fc{number}", layer))
    return Sequential(layers)


def _one_step(optimizer, net: Sequential) -> None:
    before = {k: None if g is None else g.copy() for k, g in net.gradients().items()}
    optimizer.step()
    for name, gradient in net.gradients().items():
        if before[name] is not None and gradient.tobytes() != before[name].tobytes():
            raise Failed(f"step changed the gradient of {name}, which belongs to the layer")


def some_steps(rng: np.random.Generator) -> list[tuple]:
    """Rates that change on the way, biases with a rate of their own, frozen layers, a stop."""
    first = (rng.normal(size=(3, 4)), rng.normal(size=4))
    second = (rng.normal(size=(4, 2)), rng.normal(size=2))
    start = Called("two Linear layers", [first, second])
    x, slopes = rng.normal(size=(5, 3)), Called("6 steps", list(rng.normal(size=(6, 5, 2))))
    falling = Called("lr .1 then .01", [(0.1, None)] * 3 + [(0.01, None)] * 3)
    own = Called("lr .05 then .005 and bias_lr .1", [(0.05, 0.1)] * 3 + [(0.005, 0.1)] * 3)
    settings = {"momentum": 0.9, "weight_decay": 0.2}
    factors = {"fc1": 0.5, "fc2": 3.0}
    return [
        *_drawn_steps(rng),
        (start, x, slopes, falling, settings),
        (start, x, slopes, own, {"momentum": 0.5, "weight_decay": 0.1}),
        (start, x, slopes, falling, {**settings, "layer_rates": factors}),
        (start, x, slopes, own, {**settings, "layer_rates": {"fc1": 0.0}}),
        (start, x, slopes, falling, {"momentum": 0.0, "weight_decay": 0.0}),
        (start, x, slopes, falling, settings, 2),
    ]


def _drawn_steps(rng: np.random.Generator) -> list[tuple]:
    """Every pair of settings, on two layers; rates that are 0 for a while among them."""
    options = {"lr": (0.1, 0.0, 0.7), "bias_lr": (None, 0.0, 0.01, 0.7), "stop_at": (None, 1)}
    options |= {"momentum": (0.9, 0.0, 0.01), "weight_decay": (0.2, 0.0, 0.01, 0.8)}
    options |= {"factor": (1.0, 0.0, 3.0), "shape": ((3, 2), (1, 4), (5, 1)), "slopes": KINDS}
    found = []
    for choice in every_pair(options, rng):
        features, outputs = choice["shape"]
        sizes = (features, outputs, 2)
        start = [(rng.normal(size=pair), rng.normal(size=pair[1])) for pair in pairwise(sizes)]
        slopes = [drawn_numbers(choice["slopes"], (2, 2), rng) for _ in range(3)]
        rates = [(choice["lr"], choice["bias_lr"]), (0.05, None), (choice["lr"], choice["bias_lr"])]
        settings = {name: choice[name] for name in ("momentum", "weight_decay")}
        settings["layer_rates"] = {"fc1": choice["factor"]}
        x = rng.normal(size=(2, features))
        start = Called("two Linear layers", start)
        found.append((start, x, slopes, rates, settings, choice["stop_at"]))
    return found


def factors(plateau: type, errors: list, patience: int, most: int = 3) -> np.ndarray:
    """The schedule's factor after each epoch's error."""
    schedule = plateau(patience=patience, most=most)
    found = []
    for error in errors:
        schedule.update(error)
        found.append(schedule(0.0))
    return np.array(found)


def some_errors(rng: np.random.Generator) -> list[tuple]:
    """Progress, standstill, ties, progress after a drop, more standstill than drops."""
    noisy = list(np.sort(rng.random(12))[::-1] + rng.normal(0, 0.1, 12))
    drawn = []
    for choice in every_pair({"patience": (2, 1, 5, 12), "most": (3, 1, 0, 12), "n": (40, 8)}, rng):
        errors = rng.integers(0, 12, choice["n"]) / 120
        drawn.append((errors.tolist(), choice["patience"], choice["most"]))
    return [
        *drawn,
        ([0.9, 0.8, 0.85, 0.7, 0.75, 0.72, 0.71, 0.71, 0.71], 2),
        ([0.5, 0.6, 0.55, 0.52, 0.51, 0.4, 0.45, 0.41], 2),
        ([0.5] * 12, 2),
        ([0.5] * 12, 1, 5),
        ([0.6, 0.5, 0.5, 0.5, 0.4, 0.4, 0.4, 0.4], 3),
        ([0.9, 0.91, 0.8, 0.81, 0.7, 0.71, 0.6, 0.61, 0.5], 2),
        (noisy, 2, 2),
        ([0.3], 1),
    ]


HAND_START = [(np.array([[2.0]]), np.array([1.0]))]
HAND_RATES = [(0.1, None), (0.1, None), (0.01, None)]
HAND_OPTIONS = {"momentum": 0.5, "weight_decay": 0.1}
PARTS_MISSING = tuple(
    (HAND_START * 2, np.ones((1, 1)), [name], [(0.1, None)], {}) for name in ("fc1.W", "fc2.b")
)
NO_BACKWARD = (HAND_START, np.ones((1, 1)), [None], [(0.1, None)], HAND_OPTIONS)

LESSON = Lesson(
    "11",
    "11_training",
    "Training",
    (
        FunctionTask(
            ids={"step": "11.1"},
            reference=optim.SGD,
            cases=some_steps,
            hand=(
                (HAND_START, np.ones((1, 1)), [np.ones((1, 1))] * 3, HAND_RATES, HAND_OPTIONS),
                {
                    "fc1.W": np.reshape([1.88, 1.7012, 1.6000988], (3, 1, 1)),
                    "fc1.b": np.reshape([0.9, 0.75, 0.665], (3, 1)),
                },
            ),
            mistakes=mistakes_in(mistakes, of="SGD"),
            run=steps,
            float32=True,
            raises=(NO_BACKWARD, *PARTS_MISSING),
        ),
        FunctionTask(
            ids={"update": "11.2"},
            reference=optim.Plateau,
            cases=some_errors,
            hand=(
                ([0.62, 0.5, 0.51, 0.5, 0.47, 0.49, 0.48], 2),
                np.array([1, 1, 1, 0.1, 0.1, 0.1, 0.01]),
            ),
            mistakes=mistakes_in(mistakes, of="Plateau"),
            run=factors,
        ),
    ),
)
