"""python -m tinyalex.coursework.lesson_11.optimizers: four rules, each at its best rate.

Trains the lessons' small network on ten built-in classes for 60 steps with each rule at each of
some rates and from three seeds, then momentum with larger batches. Lesson 11 quotes the table. Two
to five minutes on one core.
"""

from __future__ import annotations

import numpy as np

from tinyalex.coursework.small.nets import small_net
from tinyalex.coursework.small.pictures import PATTERNS, names_of, of_classes
from tinyalex.layers import SoftmaxCrossEntropy

STEPS, BATCH, SEEDS = 60, 32, 3
BATCHES = [
    (steps, times, lr)  # steps of batches that are not larger; how many times larger; rate
    for steps in (STEPS, 4 * STEPS)
    for times, lr in ((1, 0.003), (4, 0.003), (4, 0.012))
]
RATES = {
    "plain": (0.01, 0.03, 0.1, 0.3),
    "momentum": (0.001, 0.003, 0.01, 0.03),
    "Nesterov": (0.001, 0.003, 0.01, 0.03),
    "Adam": (0.0003, 0.001, 0.003, 0.01),
}


def plain(state: dict, g, lr: float):
    """The change of w for the gradient g."""
    return -lr * g


def momentum(state: dict, g, lr: float, mu: float = 0.9):
    state["v"] = mu * state.get("v", 0) - lr * g
    return state["v"]


def nesterov(state: dict, g, lr: float, mu: float = 0.9):
    """The gradient of the place that w moves to with μ·v, in the form that needs only g at w."""
    state["v"] = mu * state.get("v", 0) - lr * g
    return mu * state["v"] - lr * g


def adam(state: dict, g, lr: float, beta1: float = 0.9, beta2: float = 0.999):
    t = state["t"] = state.get("t", 0) + 1
    state["m"] = beta1 * state.get("m", 0) + (1 - beta1) * g
    state["s"] = beta2 * state.get("s", 0) + (1 - beta2) * g**2
    mean, square = state["m"] / (1 - beta1**t), state["s"] / (1 - beta2**t)
    return -lr * mean / (np.sqrt(square) + 1e-8)


RULES = {"plain": plain, "momentum": momentum, "Nesterov": nesterov, "Adam": adam}


def pictures(split: str, each: int) -> tuple[np.ndarray, np.ndarray]:
    x, labels = of_classes(names_of(("black", "blue"), PATTERNS[::2]), each, 32, split)
    return (x - 110) / 60, labels


def trained(rule, lr: float, seed: int, x, labels, steps=STEPS, batch=BATCH) -> tuple[float, float]:
    """(mean loss of the last tenth of the steps, error on pictures not trained on)."""
    rng, loss = np.random.default_rng(seed), SoftmaxCrossEntropy()
    net = small_net(len(set(labels)), rng, stride=2)
    states = {name: {} for name in net.parameters()}
    losses = []
    for _ in range(steps):
        chosen = rng.integers(0, len(x), batch)
        losses.append(loss.forward(net.forward(x[chosen], training=True), labels[chosen]))
        net.backward(loss.backward(), input_gradient=False)
        gradients = net.gradients()
        for name, w in net.parameters().items():
            w += rule(states[name], gradients[name], lr)
    tested, truth = pictures("val", 20)
    wrong = net.forward(tested).argmax(axis=1) != truth
    return float(np.mean(losses[-max(1, steps // 10) :])), float(wrong.mean())


def main() -> None:
    x, labels = pictures("train", 40)
    for name, rates in RATES.items():
        for lr in rates:
            found = [trained(RULES[name], lr, seed, x, labels) for seed in range(SEEDS)]
            losses, errors = np.mean(found, axis=0)
            print(f"{name:9} rate {lr:<7g} loss {losses:6.3f}  error {errors:.1%}", flush=True)
    print("momentum, the same number of pictures in larger batches")
    for steps, times, lr in BATCHES:
        size = {"steps": steps // times, "batch": BATCH * times}
        found = [trained(momentum, lr, seed, x, labels, **size) for seed in range(SEEDS)]
        words = f"{steps * BATCH} pictures, batch {BATCH * times:<4} rate {lr:<6g}"
        print(words, f"error {np.mean(found, axis=0)[1]:.1%}", flush=True)


if __name__ == "__main__":
    main()
