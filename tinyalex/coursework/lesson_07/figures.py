"""Response normalization: what it does to loud and quiet channels, and who reads whom."""

from __future__ import annotations

import numpy as np

from tinyalex.coursework.drawing.grids import numbers
from tinyalex.coursework.drawing.palette import STRONG
from tinyalex.coursework.lesson_07.without import MEASURED, RATES
from tinyalex.figures.plotting import Figure, Rectangle
from tinyalex.layers import LocalResponseNorm

ALONE, TOGETHER = [4], [12, 13, 14, 15, 16]
ROWS = ("x", "Σx²", "d", "y", "dy", "direct", "t", "Σt", "dx")


def column(loudest: float = 1.0, channels: int = 22) -> np.ndarray:
    """One place of the map: one loud channel alone, five side by side, the others at a tenth."""
    x = np.full(channels, 0.1 * loudest)
    x[ALONE + TOGETHER] = loudest
    return x


def inhibition(loudest: float) -> Figure:
    """Each y as a share of the loudest x, beside what multiplying by k^−β would make of it."""
    norm = LocalResponseNorm()
    x = column(loudest)
    y = norm.forward(x.reshape(1, 1, 1, -1))[0, 0, 0]
    figure = Figure(figsize=(7.2, 3), layout="constrained")
    axes = figure.subplots()
    places = np.arange(len(x))
    asleep = x * norm.k**-norm.beta
    axes.bar(places, asleep / loudest, color="0.87", edgecolor="0.5", label="only x · k^(−β)")
    axes.bar(places, y / loudest, width=0.5, color=STRONG, label="y")
    axes.set_ylim(0, 0.7)
    axes.set_xlabel("channel")
    axes.set_ylabel("share of the loudest x")
    axes.set_title(f"The loudest answers are {loudest:g}, the quiet ones {loudest / 10:g}", size=11)
    axes.legend(loc="upper right", fontsize=9)
    return figure


def window_over_channels(channel: int, size: int = 5, groups: int = 2, C: int = 12) -> Figure:
    """The channels as a row of boxes, the groups apart; marked is what one window reads."""
    figure = Figure(figsize=(7.4, 1.9), layout="constrained")
    axes = figure.subplots()
    place = np.arange(C) + 0.6 * (np.arange(C) // (C // groups))
    first = channel - size // 2
    wanted = range(first, first + size)
    read = [c for c in wanted if 0 <= c < C and c * groups // C == channel * groups // C]
    for c in range(C):
        face = "#f2c4bd" if c in read else "0.93"
        axes.add_patch(Rectangle((place[c] - 0.45, 0), 0.9, 0.9, facecolor=face, edgecolor="0.5"))
        strong = {"weight": "bold", "color": STRONG} if c == channel else {}
        axes.text(place[c], 0.45, f"{c}", ha="center", va="center", fontsize=11, **strong)
    for g in range(groups):
        middle = place[g * C // groups : (g + 1) * C // groups].mean()
        axes.text(middle, -0.2, f"group {g}", ha="center", va="top", fontsize=9, color="0.35")
    left, right = place[channel] - size // 2, place[channel] + size - 1 - size // 2
    axes.plot([left - 0.45, right + 0.45], [1.15, 1.15], color=STRONG, lw=2)
    axes.text(place[channel], 1.25, f"n = {size}", ha="center", va="bottom", color=STRONG)
    axes.set(xlim=(-3.6, place[-1] + 3.6), ylim=(-0.6, 1.75), aspect="equal")
    axes.axis("off")
    cut = size - len(read)
    what = f"d_{channel} reads {', '.join(map(str, read))}"
    axes.set_title(what + (f"; {cut} of {size} cut off" if cut else ""), fontsize=11)
    return figure


def reads(size: int, channels: int = 9) -> np.ndarray:
    """[j, i] is 1 where the window of channel j reads channel i."""
    norm = LocalResponseNorm(size, alpha=1.0, beta=-1.0, k=1.0)  # y_j = x_j · (1 + Σ x²)
    lone = np.ones((channels, channels)) * 1e-9 + np.eye(channels)  # row i: only channel i is loud
    d = norm.forward(lone[:, None, None, :])[:, 0, 0] / lone
    return (d.T > 1.5).astype(int)


def who_reads_whom(size: int, channel: int = 5) -> Figure:
    """All windows, one a row: what one window reads, and which windows read one channel."""
    matrix = reads(size)
    row, col = np.zeros(matrix.shape, bool), np.zeros(matrix.shape, bool)
    row[channel], col[:, channel] = matrix[channel] == 1, matrix[:, channel] == 1
    figure = Figure(figsize=(7.2, 4.2), layout="constrained")
    titles = f"forward: d_{channel} reads", f"backward: x_{channel} is read by"
    for axes, mask, title in zip(figure.subplots(1, 2), (row, col), titles, strict=True):
        axes.imshow(matrix + mask, cmap="Greys", vmin=0, vmax=3)
        found = np.argwhere(mask)
        axes.plot(found[:, 1], found[:, 0], "o", color=STRONG)
        who = found[:, 1] if mask is row else found[:, 0]
        axes.set_title(f"{title} {', '.join(map(str, who))}", fontsize=10)
        axes.set_xlabel("i, the channel that is read")
        axes.set_ylabel("j, the window")
        axes.set_xticks(range(len(matrix)))
        axes.set_yticks(range(len(matrix)))
    figure.suptitle(f"n = {size}", fontsize=12)
    return figure


def steps(norm: LocalResponseNorm, x: np.ndarray, dy: np.ndarray) -> np.ndarray:
    """The rows of the worked example, ROWS, for one place: (9, C)."""
    windows = reads(norm.size, len(x))
    squares = windows @ x**2
    d = norm.k + norm.scaled_alpha * squares
    direct = dy * d**-norm.beta
    t = dy * x * d ** (-norm.beta - 1)
    sums = windows.T @ t
    dx = direct - 2 * norm.scaled_alpha * norm.beta * x * sums
    return np.stack([x, squares, d, x * d**-norm.beta, dy, direct, t, sums, dx])


def by_hand(norm: LocalResponseNorm, x: np.ndarray, dy: np.ndarray, channel: int) -> Figure:
    """The example's table; marked is what one channel's y and dx are made of."""
    table = steps(norm, x, dy)
    windows = reads(norm.size, len(x))
    marked = np.zeros(table.shape, bool)
    marked[:, channel] = True
    marked[ROWS.index("x")] |= windows[channel] == 1
    marked[ROWS.index("t")] |= windows[:, channel] == 1
    figure = Figure(figsize=(5.4, 4.2), layout="constrained")
    axes = figure.subplots()
    numbers(axes, table.round(3), f"channel {channel}: what it reads, and who reads it", marked)
    axes.set_aspect(0.42)
    for position, name in enumerate(ROWS):
        axes.text(-0.65, position, name, ha="right", va="center", fontsize=10)
    below = {"y": len(ROWS) - 0.15, "va": "center", "fontsize": 9, "color": "0.4"}
    axes.text(-0.65, s="channel", ha="right", **below)
    for c in range(len(x)):
        axes.text(c, s=f"{c}", ha="center", **below)
    axes.axhline(3.5, color="0.4")
    return figure


def cross_terms_share(norm: LocalResponseNorm, about: float) -> float:
    """‖cross-channel term‖ / ‖dx‖ for random dy and answers of about this size."""
    rng = np.random.default_rng(0)
    x = about * rng.uniform(0.5, 1.5, size=(1, 8, 8, 96))
    dy = rng.normal(size=x.shape)
    y = norm.forward(x)
    dx = norm.backward(dy)
    direct = dy * y / x
    return float(np.linalg.norm(dx - direct) / np.linalg.norm(dx))


def when_it_matters() -> Figure:
    """How much of dx the cross-channel term makes out, by the size of the answers."""
    sizes = np.geomspace(0.1, 1000, 25)
    figure = Figure(figsize=(7.2, 3.2), layout="constrained")
    axes = figure.subplots()
    axes.loglog(sizes, [cross_terms_share(LocalResponseNorm(), s) for s in sizes], color="black")
    axes.axhline(0.01, color=STRONG, linestyle="--")
    axes.text(0.11, 0.015, "below: hidden by a tolerance of 1%", color=STRONG, fontsize=9)
    axes.set_xlabel("answers of about this size (the paper's n, α, β, k)")
    axes.set_ylabel("‖cross-channel term‖ / ‖dx‖")
    axes.grid(color="0.9")
    return figure


def by_rate() -> Figure:
    """The measured shares of right answers by learning rate: dots are seeds, lines their means."""
    figure = Figure(figsize=(7.2, 3.2), layout="constrained")
    axes = figure.subplots()
    looks = {
        "none": ("no normalization", "0.55", "o", ":"),
        "LRN": ("LRN", "#2471a3", "s", "--"),
        "batch": ("batch normalization", STRONG, "D", "-"),
    }
    for shift, (kind, (label, color, marker, line)) in zip(
        (0.95, 1, 1.05), looks.items(), strict=True
    ):
        shares = 100 * np.array(MEASURED[kind])
        rates = shift * np.array(RATES)
        axes.plot(rates, shares.mean(axis=1), line, color=color, label=label)
        axes.plot(np.repeat(rates, 3), shares.ravel(), marker, color=color, ms=4)
    axes.axhline(10, color="0.8", lw=1, zorder=0)
    axes.set_xscale("log")
    axes.set_xticks(RATES, [f"{rate:g}" for rate in RATES])
    axes.minorticks_off()
    axes.set(ylim=(0, 103), xlabel="first learning rate", ylabel="right answers in percent")
    axes.legend(fontsize=9)
    return figure
