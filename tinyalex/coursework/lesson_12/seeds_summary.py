"""python -m tinyalex.coursework.lesson_12.seeds_summary seeds.npz: what lesson 12 quotes of them.

The spread over seeds and the difference of the two arms; McNemar's test on two trainings; what it
brings to choose the epoch on the pictures that are reported; calibration before and after a
temperature that is fitted on half of the pictures.
"""

from __future__ import annotations

import sys
from math import comb

import numpy as np

BINS = 15


def softmax(logits: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    z = logits / temperature
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def reliability(p: np.ndarray, labels: np.ndarray, bins: int = BINS) -> list[tuple]:
    """(share of the samples, mean confidence, accuracy) of each bin that is not empty."""
    confidence, right = p.max(axis=1), p.argmax(axis=1) == labels
    bin_of = np.minimum((confidence * bins).astype(int), bins - 1)
    found = [bin_of == one for one in range(bins) if (bin_of == one).any()]
    return [(one.mean(), confidence[one].mean(), right[one].mean()) for one in found]


def ece(p: np.ndarray, labels: np.ndarray) -> float:
    """The expected calibration error: Σ share · |accuracy − confidence|."""
    return float(sum(share * abs(right - sure) for share, sure, right in reliability(p, labels)))


def nll(logits: np.ndarray, labels: np.ndarray, temperature: float = 1.0) -> float:
    p = softmax(logits, temperature)[np.arange(len(labels)), labels]
    return float(-np.log(np.maximum(p, 1e-300)).mean())


def temperature(logits: np.ndarray, labels: np.ndarray) -> float:
    """The temperature of least loss, from a fine grid."""
    grid = np.geomspace(0.25, 8, 400)
    return float(grid[np.argmin([nll(logits, labels, t) for t in grid])])


def mcnemar(only_first: int, only_second: int) -> float:
    """The exact two-sided p-value of so uneven a split of the pictures that one alone gets right."""
    n, k = only_first + only_second, min(only_first, only_second)
    return min(1.0, 2 * sum(comb(n, i) for i in range(k + 1)) / 2**n)


def spread(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The error of each seed's last epoch."""
    return (logits[:, -1].argmax(axis=-1) != labels).mean(axis=1)


def chosen_epochs(logits: np.ndarray, labels: np.ndarray, rng) -> tuple[float, float]:
    """The best epoch's error on the half it was chosen on, and on the other; means over halves."""
    wrong = logits.argmax(axis=-1) != labels  # (seeds, epochs, n)
    found = []
    for _ in range(200):
        half = rng.permutation(len(labels)) < len(labels) // 2
        best = wrong[:, :, half].mean(axis=2).argmin(axis=1)
        runs = wrong[np.arange(len(best)), best]
        found.append((runs[:, half].mean(axis=1).mean(), runs[:, ~half].mean(axis=1).mean()))
    return tuple(np.mean(found, axis=0))


def luckiest(errors_half: np.ndarray, errors_rest: np.ndarray) -> tuple[float, float]:
    best = errors_half.argmin()
    return float(errors_half[best]), float(errors_rest[best])


def print_arms(arms: dict[str, np.ndarray], labels: np.ndarray) -> None:
    errors = {name: spread(logits, labels) for name, logits in arms.items()}
    for name, one in errors.items():
        print(f"{name:12} {one.mean():.4f} ± {one.std(ddof=1):.4f}  {np.sort(one).round(4)}")
    first, second = errors.values()
    pairs = second[:, None] - first
    print(f"pairs of single runs: {pairs.min():+.4f} to {pairs.max():+.4f},", end=" ")
    print(f"{(pairs > 0).mean():.0%} of them above 0")
    error = np.sqrt(first.var(ddof=1) / len(first) + second.var(ddof=1) / len(second))
    print(f"difference of means {second.mean() - first.mean():+.4f}, standard error {error:.4f}")


def main() -> None:
    files = [np.load(name) for name in sys.argv[1:]]
    labels = files[0]["labels"]
    names = [name for name in files[0].files if name != "labels"]
    arms = {name: np.concatenate([file[name] for file in files]) for name in names}
    print_arms(arms, labels)
    (name, logits), rng = next(iter(arms.items())), np.random.default_rng(0)
    n, error = len(labels), spread(logits, labels)[0]
    print(f"seed 0: {error:.4f} ± {np.sqrt(error * (1 - error) / n):.4f} on {n} pictures")
    right = logits[:2, -1].argmax(axis=-1) == labels
    only = int((right[0] & ~right[1]).sum()), int((right[1] & ~right[0]).sum())
    print(f"seeds 0 and 1 of {name}: right alone {only}, McNemar p = {mcnemar(*only):.3f}")
    print("epoch chosen on a half: there %.4f, on the other %.4f" % chosen_epochs(logits, labels, rng))
    half = rng.permutation(n) < n // 2
    for epoch in (logits.shape[1] // 2 - 1, -1):
        z = logits[0, epoch]
        t = temperature(z[half], labels[half])
        rest, truth = z[~half], labels[~half]
        print(f"epoch {epoch}: T {t:.2f}, ECE {ece(softmax(rest), truth):.4f}", end=" ")
        print(f"to {ece(softmax(rest, t), truth):.4f}, loss {nll(rest, truth):.4f}", end=" ")
        print(f"to {nll(rest, truth, t):.4f}")


if __name__ == "__main__":
    main()
