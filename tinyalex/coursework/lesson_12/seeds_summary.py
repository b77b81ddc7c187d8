"""python -m tinyalex.coursework.lesson_12.seeds_summary seeds.npz: what lesson 12 quotes of them.

The spread over seeds and the difference of the two arms; McNemar's test on pairs of trainings; what
it brings to choose seed and epoch on the reported pictures; calibration on half of the pictures,
with temperature 1 and with the one fitted on the other half.
"""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np

from tinyalex import metrics
from tinyalex.coursework.lesson_12.intervals import mcnemar, standard_error
from tinyalex.coursework.small.script import run_on_files


def softmax(logits: np.ndarray) -> np.ndarray:
    e = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def spread(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The error of each seed's last epoch."""
    return (logits[:, -1].argmax(axis=-1) != labels).mean(axis=1)


def chosen(logits: np.ndarray, labels: np.ndarray, rng) -> tuple[float, float]:
    """The least error of all seeds and epochs on a half of the pictures, and that network's error
    on the other half; means over 200 ways to halve them."""
    wrong = (logits.argmax(axis=-1) != labels).reshape(-1, len(labels))
    found = []
    for _ in range(200):
        half = rng.permutation(len(labels)) < len(labels) // 2
        best = wrong[wrong[:, half].mean(axis=1).argmin()]
        found.append((best[half].mean(), best[~half].mean()))
    return tuple(np.mean(found, axis=0))


def print_arms(arms: dict[str, np.ndarray], labels: np.ndarray) -> None:
    errors = {name: spread(logits, labels) for name, logits in arms.items()}
    for name, one in errors.items():
        print(f"{name:12} {one.mean():.4f} ± {one.std(ddof=1):.4f}  {np.sort(one).round(4)}")
    first, second = errors.values()
    pairs = second[:, None] - first
    print(f"pairs of single runs: {pairs.min():+.4f} to {pairs.max():+.4f},", end=" ")
    print(f"{(pairs > 0).sum()} of {pairs.size} above 0")
    error = np.sqrt(first.var(ddof=1) / len(first) + second.var(ddof=1) / len(second))
    print(f"difference of means {second.mean() - first.mean():+.4f}, standard error {error:.4f}")


def print_calibration(logits: np.ndarray, labels: np.ndarray, rng) -> None:
    half = rng.permutation(len(labels)) < len(labels) // 2
    p, rest, truth = softmax(logits[half]), softmax(logits[~half]), labels[~half]
    for temperature in (1.0, metrics.fit_temperature(labels[half], p)):
        q = metrics.with_temperature(rest, temperature)
        ece, loss = (
            measure(truth, q)
            for measure in (metrics.expected_calibration_error, metrics.negative_log_likelihood)
        )
        print(f"T {temperature:.2f}: ECE {ece:.4f}, loss {loss:.4f},")
        print(f"  mean confidence {q.max(axis=1).mean():.4f},", end=" ")
        print(f"accuracy {(q.argmax(axis=1) == truth).mean():.4f}")
        bins = zip(*metrics.reliability(truth, q), strict=True)
        print(
            " ",
            [
                (int(n), float(round(sure, 3)), float(round(right, 3)))
                for n, sure, right in bins
                if n
            ],
        )


def main(*names: Path) -> None:
    files = [np.load(name) for name in names]
    labels = files[0]["labels"]
    names = [name for name in files[0].files if name != "labels"]
    arms = {name: np.concatenate([file[name] for file in files]) for name in names}
    print_arms(arms, labels)
    logits, rng = arms[names[0]], np.random.default_rng(0)
    error = spread(logits, labels)[0]
    print(
        f"seed 0 on {len(labels)} pictures: {error:.4f} ± {standard_error(error, len(labels)):.4f}"
    )
    right = logits[:, -1].argmax(axis=-1) == labels
    for one, other in combinations(right, 2):
        only = int((one & ~other).sum()), int((other & ~one).sum())
        print(f"right alone {only}: McNemar {mcnemar(*only):.4f}", end="; ")
    here, there = chosen(logits, labels, rng)
    print(f"\nseed and epoch chosen on a half: {here:.4f} there, {there:.4f} on the other")
    print_calibration(logits[0, -1], labels, rng)


if __name__ == "__main__":
    run_on_files(main, __doc__, ("seeds.npz", "..."), counts=range(1, 100))
