"""Perceptrons that move, their mistakes beside the bound, XOR, and what LeNet-5 is made of."""

from __future__ import annotations

import numpy as np

from tinyalex.coursework.drawing.palette import STRONG
from tinyalex.coursework.lesson_00.neurons import Perceptron, mistake_bound
from tinyalex.figures.plotting import Figure
from tinyalex.models.lenet.digits import COLUMNS, ROWS, digit_bitmaps
from tinyalex.models.lenet.lenet5 import C3_TABLE

LIMITS = (-0.6, 1.6)
CORNERS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
EXAMPLES = "Dots: the label is +1; rings: −1"


def xor_network() -> Figure:
    """Three neurons of 1943 that compute XOR, and for which inputs each of them fires."""
    figure = Figure(figsize=(7.2, 3.9), layout="constrained")
    left, right = figure.subfigures(1, 2, width_ratios=(3, 1))
    _draw_network(left.subplots())
    a, b = CORNERS.T
    only_a, only_b = (a > b).astype(int), (b > a).astype(int)
    outputs = {"a and not b": only_a, "b and not a": only_b, "a xor b": only_a | only_b}
    for axes, (name, fires) in zip(right.subplots(3, 1), outputs.items(), strict=True):
        for (x, y), one in zip(CORNERS, fires, strict=True):
            axes.plot(x, y, "s", ms=11, color="black", mfc=STRONG if one else "white")
        axes.set(xlim=(-0.6, 1.6), ylim=(-0.6, 1.6), xticks=[0, 1], yticks=[0, 1], aspect=1)
        axes.set_ylabel("b", rotation=0)
        axes.set_title(name, fontsize=9)
    right.supxlabel("a", fontsize=10)
    return figure


def _draw_network(axes) -> None:
    places = {"a": (0, 1), "b": (0, 0), "a and\nnot b": (1.4, 1), "b and\nnot a": (1.4, 0)}
    places["a xor b"] = (2.8, 0.5)
    excite = [("a", "a and\nnot b"), ("b", "b and\nnot a")]
    excite += [("a and\nnot b", "a xor b"), ("b and\nnot a", "a xor b")]
    inhibit = [("b", "a and\nnot b"), ("a", "b and\nnot a")]
    for pairs, color, style in (
        (excite, "black", "-|>"),
        (inhibit, STRONG, "-[,widthB=0.4,lengthB=0"),
    ):
        for start, end in pairs:
            shrink = {"shrinkA": 14 if len(start) == 1 else 27, "shrinkB": 27}
            how = {"arrowstyle": style, "color": color, "lw": 1.5, **shrink}
            axes.annotate("", places[end], places[start], arrowprops=how)
    for name, (x, y) in places.items():
        size = 26 if len(name) == 1 else 52
        axes.plot(x, y, "o", ms=size, color="black", mfc="white")
        axes.text(x, y, name, ha="center", va="center", fontsize=9)
        if len(name) > 1:
            axes.text(x, y + 0.3, "θ = 1", ha="center", fontsize=9)
    axes.plot([], [], color="black", label="excites")
    axes.plot([], [], color=STRONG, label="vetoes")
    axes.legend(loc="lower right", fontsize=9, frameon=False)
    axes.set(xlim=(-0.4, 3.3), ylim=(-0.5, 1.6))
    axes.axis("off")


def after_each_mistake(x, labels, epochs: int = 100) -> list[tuple[int, np.ndarray, float]]:
    """(epoch, w, b) after each mistake of a perceptron that learns these examples."""
    perceptron, moves = Perceptron(x.shape[1]), []
    for epoch in range(1, epochs + 1):
        before = len(moves)
        for example, label in zip(x, labels, strict=True):
            if perceptron.learn(example, label):
                moves.append((epoch, perceptron.w, perceptron.b))
        if len(moves) == before:
            break
    return moves


def learning(x, labels, epochs: int = 100) -> Figure:
    """The side that is +1 after each of the first nine mistakes."""
    figure = Figure(figsize=(6.2, 7.0), layout="constrained")
    moves = after_each_mistake(x, labels, epochs)[:9]
    panels = figure.subplots(3, 3).flat
    for number, (axes, (epoch, w, b)) in enumerate(zip(panels, moves, strict=False), start=1):
        t = np.linspace(*LIMITS, 200)
        score = w[0] * t[None, :] + w[1] * t[:, None] + b
        axes.imshow(score > 0, cmap="Greys", vmin=0, vmax=4, origin="lower",
                    extent=(*LIMITS, *LIMITS))  # fmt: skip
        examples(axes, x, labels)
        axes.set_title(
            f"mistake {number} (epoch {epoch})\nw {w[0]:g} {w[1]:g}, b {b:g}", fontsize=9
        )
    figure.suptitle(f"Grey: where the perceptron says +1. {EXAMPLES}", fontsize=11)
    figure.supxlabel("first input", fontsize=10)
    figure.supylabel("second input", fontsize=10)
    return figure


def examples(axes, x, labels) -> None:
    """+1 as filled dots, −1 as rings."""
    yes = labels == 1
    axes.plot(*x[yes].T, "o", color=STRONG, ms=8)
    axes.plot(*x[~yes].T, "o", color="black", ms=8, mfc="white", mew=2)
    axes.set_xticks([0, 1])
    axes.set_yticks([0, 1])


def cloud(margin: float, seed: int, count: int = 60) -> tuple[np.ndarray, np.ndarray, float]:
    """Random points that a random line separates with at least this margin; the bound, too."""
    rng = np.random.default_rng(seed)
    w, b = rng.normal(size=2), 0.3 * rng.normal()
    x = rng.uniform(-2, 2, size=(40 * count, 2))
    score = (x @ w + b) / np.linalg.norm([*w, b])
    x = x[abs(score) >= margin][:count]
    labels = np.where(x @ w + b > 0, 1, -1)
    return x, labels, mistake_bound(x, labels, w, b)


def mistakes_and_bounds(runs: int = 30) -> np.ndarray:
    """(runs, 2): how many mistakes a perceptron made, and how many it might have made."""
    found = []
    for seed, margin in enumerate(np.geomspace(0.02, 1, runs)):
        x, labels, bound = cloud(margin, seed)
        found.append((sum(Perceptron(2).fit(x, labels, epochs=2000)), bound))
    return np.array(found)


def theorem() -> Figure:
    """Mistakes against the bound, for clouds of points with small and large margins."""
    mistakes, bounds = mistakes_and_bounds().T
    figure = Figure(figsize=(7.2, 3.5), layout="constrained")
    axes = figure.subplots()
    ends = np.array([bounds.min(), bounds.max()])
    axes.loglog(ends, ends, color=STRONG, label="the bound itself")
    axes.loglog(bounds, mistakes, "o", color="black", label="60 points, one perceptron")
    axes.set_xlabel("(R / γ)²: the most mistakes that are possible")
    axes.set_ylabel("mistakes that it made")
    axes.grid(color="0.92")
    axes.legend(fontsize=9)
    return figure


def surface(net, x, labels, losses: list[float]) -> Figure:
    """The loss while a network learned, and where it now says +1."""
    figure = Figure(figsize=(7.2, 3.5), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    left.plot(losses, color="black")
    left.axhline(np.log(2), color=STRONG, linestyle="--", label="ln 2: tossing a coin")
    left.set_xlabel("step")
    left.set_ylabel("loss (nats)")
    left.set_ylim(0)
    left.legend(fontsize=9)
    t = np.linspace(*LIMITS, 100)
    points = np.stack(np.meshgrid(t, t), axis=-1).reshape(-1, 2).astype("float32")
    says = net.forward(points).argmax(axis=1).reshape(100, 100)
    right.imshow(says, cmap="Greys", vmin=0, vmax=4, origin="lower", extent=(*LIMITS, *LIMITS))
    examples(right, x, labels)
    right.set_xlabel("first input")
    right.set_ylabel("second input")
    figure.suptitle(f"Grey: where the network says +1. {EXAMPLES}", fontsize=10)
    return figure


def lenet_tables() -> Figure:
    """Which maps C3 reads, and the ten pictures that the last layer compares with."""
    figure = Figure(figsize=(7.2, 3.8), layout="constrained")
    above, below = figure.subfigures(2, 1, height_ratios=(3, 2))
    table = np.zeros((6, len(C3_TABLE)))
    for k, maps in enumerate(C3_TABLE):
        table[list(maps), k] = 1
    axes = above.subplots()
    axes.imshow(table, cmap="Greys", vmin=0, vmax=1.4)
    axes.set_xticks(np.arange(16))
    axes.set_yticks(np.arange(6))
    axes.set_xticks(np.arange(0.5, 15), minor=True)
    axes.set_yticks(np.arange(0.5, 5), minor=True)
    axes.grid(which="minor", color="white", linewidth=2)
    axes.tick_params(which="both", length=0)
    axes.set_xlabel("map of C3 (grey: it reads the map of S2)")
    axes.set_ylabel("map of S2")
    axes.set_title(f"C3: {table.sum():.0f} of 96 kernels exist", fontsize=10)
    for picture, panel in zip(digit_bitmaps(), below.subplots(1, 10), strict=True):
        panel.imshow(picture.reshape(ROWS, COLUMNS), cmap="Greys")
        panel.set_xticks([])
        panel.set_yticks([])
    below.suptitle("The output's fixed weights: black is +1, white −1", fontsize=10)
    return figure
