"""Transfer in small: from some of the built-in classes to others.

A network of three convolutions learns 30 classes, six colours × five patterns. Ten others are then
learnt from a few pictures each, in several ways: NEAR has the same patterns in two new colours, FAR
new patterns as well. The few pictures are drawn again in every run. Rates and decay are chosen on
validation pictures; the test pictures are used for the table alone.

    python -m tinyalex.coursework.lesson_14.transfer     five runs, all settings: 15 to 30 minutes

prints what `measured.py` holds. Lesson 14 and its notebook show it.
"""

from __future__ import annotations

from itertools import product
from pprint import pprint
from typing import NamedTuple

import numpy as np

from tinyalex.coursework.lesson_14.solution import class_means, linear_probe, nearest_class
from tinyalex.coursework.small.nets import small_net
from tinyalex.coursework.small.pictures import PATTERNS, names_of, shrunk
from tinyalex.coursework.small.training import train_flipped
from tinyalex.data.builtin import CLASS_NAMES, draw_picture
from tinyalex.models import Sequential

TRUNK = ("conv1", "conv2", "conv3", "fc4")
_SEEN, _NEW = ("black", "blue", "green", "red", "white", "yellow"), ("orange", "purple")
SOURCE = names_of(_SEEN, PATTERNS[::2])
NEAR = names_of(_NEW, PATTERNS[::2])
FAR = names_of(_NEW, PATTERNS[1::2])

POOL = 20  # training pictures a class, of which the few are drawn
VALIDATION, TEST = range(20), range(20, 40)  # both from the split "val", and disjoint
TASKS = (("near", 1), ("near", 3), ("far", 1), ("far", 3), ("far", 10))
RATES = (0.02, 0.01, 0.005, 0.002)
SETTINGS = {
    "pixels": (None,),  # nearest class mean of the pixels themselves
    "nearest_mean": (None,),  # nearest class mean of the features
    "probe": (0.001, 0.01, 0.1, 1.0, 10.0),  # the decay of a linear probe on the features
    "fine_tuned": tuple(product(RATES, (1.0, 0.2))),  # the rate, and the trunk's share of it
    "from_scratch": (0.05, *RATES),  # the rate of the same network from random weights
}


class Set(NamedTuple):
    """x (n, 32, 32, 3) float32 of about unit variance, and labels (n,)."""

    x: np.ndarray
    labels: np.ndarray


def pictures(names: list[str], numbers, split: str = "train") -> Set:
    """These pictures of each class, made small. The same call gives the same pixels.

    numbers: which pictures, for all classes alike or, as a list of lists, for each class.
    """
    each = np.broadcast_to(numbers, (len(names), np.shape(numbers)[-1]))
    x = [
        shrunk(draw_picture(CLASS_NAMES.index(name), int(number), split), 32)
        for name, own in zip(names, each, strict=True)
        for number in own
    ]
    return Set((np.stack(x) - 110) / 60, np.repeat(np.arange(len(names)), each.shape[1]))


def few(names: list[str], shots: int, seed: int) -> Set:
    """`shots` pictures of each class, drawn from the training pictures."""
    rng = np.random.default_rng([seed, shots])
    return pictures(names, [rng.choice(POOL, shots, replace=False) for _ in names])


def beginner(num_classes: int, seed: int = 0) -> Sequential:
    """A network whose fc5 begins at zero, so that it does not disturb a trained trunk."""
    return small_net(num_classes, np.random.default_rng(seed), last="zeros")


def source_net(count: int = POOL, steps: int = 400, seed: int = 0) -> Sequential:
    """A network that has learnt SOURCE, from `count` pictures of each class."""
    net = beginner(len(SOURCE), seed)
    train_flipped(net, *pictures(SOURCE, range(count)), steps, seed=seed)
    return net


def features(net: Sequential, x: np.ndarray) -> np.ndarray:
    """relu4's output: (n, 64), in float64."""
    return Sequential(net.layers[:-1]).predict(x).astype(float)


def take_trunk(net: Sequential, trained: Sequential, last: str = "fc5") -> None:
    """Copies the weights of all layers but the last into net, which learns other classes."""
    state = net.state_dict()
    kept = {k: v for k, v in trained.state_dict().items() if not k.startswith(f"{last}.")}
    net.load_state_dict({**state, **kept})


def nearest_mean(known: np.ndarray, asked: np.ndarray, some: Set) -> np.ndarray:
    means = class_means(known, some.labels, some.labels.max() + 1)
    return nearest_class(asked, means)


def learn(way: str, setting, trained: Sequential, some: Set, steps: int, seed: int):
    """Learns `some` in one of SETTINGS' ways. Returns x → the answers (n,)."""
    C = int(some.labels.max()) + 1
    if way == "pixels":
        known = some.x.reshape(len(some.x), -1).astype(float)
        return lambda x: nearest_mean(known, x.reshape(len(x), -1).astype(float), some)
    if way == "nearest_mean":
        return lambda x: nearest_mean(features(trained, some.x), features(trained, x), some)
    if way == "probe":
        W, b = linear_probe(features(trained, some.x), some.labels, C, decay=setting)
        return lambda x: (features(trained, x) @ W + b).argmax(axis=1)
    net = beginner(C, seed + 1)
    if way == "fine_tuned":
        rate, share = setting
        take_trunk(net, trained)
        train_flipped(net, *some, steps, rate, seed, layer_rates=dict.fromkeys(TRUNK, share))
    else:
        train_flipped(net, *some, steps, setting, seed)
    return lambda x: net.predict(x).argmax(axis=1)


def transfer(
    trained: Sequential,
    names: list[str],
    shots: int,
    settings: dict,
    asked: dict[str, Set],
    *,
    steps: int = 100,
    seed: int = 0,
) -> dict:
    """Shares of right answers: {(way, setting): {name: share of asked[name]}}.

    trained: what `source_net()` returns. settings: as SETTINGS, some settings of each way.
    seed: draws the `shots` pictures of each class, and the weights and batches.
    """
    some, found = few(names, shots, seed), {}
    for way, several in settings.items():
        for setting in several:
            answer = learn(way, setting, trained, some, steps, seed)
            found[way, setting] = {
                name: float((answer(s.x) == s.labels).mean()) for name, s in asked.items()
            }
    return found


def asked_of(kind: str) -> tuple[list[str], dict[str, Set]]:
    """The classes of a kind, "near" or "far", with their validation and test pictures."""
    names = {"near": NEAR, "far": FAR}[kind]
    parts = {"validation": VALIDATION, "test": TEST}
    return names, {part: pictures(names, numbers, "val") for part, numbers in parts.items()}


def measure(runs: int = 5) -> dict:
    """{(kind, shots): the runs' results}. Each run has a trunk and few pictures of its own."""
    results = {task: [] for task in TASKS}
    for seed in range(runs):
        trained = source_net(seed=seed)
        for kind, shots in TASKS:
            names, asked = asked_of(kind)
            found = transfer(trained, names, shots, SETTINGS, asked, seed=seed)
            results[kind, shots].append(found)
            print(f"run {seed}: {kind}, {shots} done", flush=True)
    return results


def chosen(found: list[dict]) -> dict:
    """The setting of each way that was best on validation pictures, in the mean of the runs."""
    means = {key: np.mean([run[key]["validation"] for run in found]) for key in found[0]}
    return {
        way: max(several, key=lambda setting: means[way, setting])
        for way, several in SETTINGS.items()
    }


def spread(task: tuple[str, int], settings: dict, count: int = 5) -> dict:
    """Test shares of `count` draws of the few pictures for one trunk, and of one draw for many."""
    (kind, shots), found = task, {}
    names, asked = asked_of(kind)
    some = {way: (settings[way],) for way in ("nearest_mean", "fine_tuned")}
    pairs = {"draws": [(0, k) for k in range(count)], "trunks": [(k, 0) for k in range(count)]}
    for what, seeds in pairs.items():
        results = [
            transfer(source_net(seed=trunk), names, shots, some, asked, seed=draw)
            for trunk, draw in seeds
        ]
        for way, (setting,) in some.items():
            found[what, way] = [round(r[way, setting]["test"], 3) for r in results]
    return found


def main() -> None:
    results = measure()
    best = {task: chosen(found) for task, found in results.items()}
    test = {
        task: {
            way: [round(run[way, s]["test"], 3) for run in found] for way, s in best[task].items()
        }
        for task, found in results.items()
    }
    rates = {
        task: {key: [round(r[key]["validation"], 3) for r in found] for key in found[0]}
        for task, found in results.items()
    }
    shown = {"CHOSEN": best, "TEST": test, "SPREAD": spread(("far", 1), best["far", 1])}
    for name, value in {**shown, "VALIDATION": rates}.items():
        print(f"{name} = ", end="")
        pprint(value, sort_dicts=False, width=100)


if __name__ == "__main__":
    main()
