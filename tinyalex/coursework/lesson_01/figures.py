"""Secants, the error of finite differences, and what they say at a kink."""

from __future__ import annotations

import numpy as np

from tinyalex.coursework.drawing.palette import STRONG
from tinyalex.figures.plotting import Figure


def secants(h: float, x: float = 1.0) -> Figure:
    """sin, its tangent at x, and the one-sided and the central secant of step h."""
    one_sided = (np.sin(x + h) - np.sin(x)) / h
    central = (np.sin(x + h) - np.sin(x - h)) / (2 * h)
    t = np.linspace(x - 1.6, x + 1.6, 200)
    figure = Figure(figsize=(7.2, 3.4), layout="constrained")
    axes = figure.subplots()
    axes.plot(t, np.sin(t), color="0.7", linewidth=5, label="f = sin")
    axes.plot(t, np.sin(x) + np.cos(x) * (t - x), color="black", label=_slope("tangent", np.cos(x)))
    axes.plot(t, np.sin(x) + one_sided * (t - x), ":", color=STRONG, lw=2.5,
              label=_slope("one-sided", one_sided))  # fmt: skip
    axes.plot(t, np.sin(x - h) + central * (t - x + h), "--", color=STRONG, lw=2,
              label=_slope("central", central))  # fmt: skip
    ends = np.array([x - h, x, x + h])
    axes.plot(ends, np.sin(ends), "o", color="black")
    axes.set_ylim(-0.7, 1.6)
    axes.set_xlabel("x")
    axes.set_ylabel("f(x)")
    axes.set_title(f"step h = {h:g}", fontsize=11)
    axes.legend(loc="lower right", fontsize=9)
    return figure


def _slope(name: str, slope: float) -> str:
    return f"{name}: slope {slope:.4f}"


def errors(h: np.ndarray) -> dict[str, np.ndarray]:
    """The relative errors of three differences for sin at 1, by the step."""

    def of(f, x, kind: str) -> np.ndarray:
        step = h.astype(kind)
        x = np.asarray(x, kind)
        return f(np.sin(x + step), np.sin(x), np.sin(x - step), step)

    def one_sided(right, middle, left, step):
        return (right - middle) / step

    def central(right, middle, left, step):
        return (right - left) / (2 * step)

    found = {
        "one-sided": of(one_sided, 1, "float64"),
        "central": of(central, 1, "float64"),
        "central, in float32": of(central, 1, "float32").astype("float64"),
    }
    return {name: np.abs(slope / np.cos(1) - 1) for name, slope in found.items()}


def error_by_step() -> Figure:
    """Too large a step bends, too small a step rounds."""
    h = np.logspace(-13, -0.5, 101)
    figure = Figure(figsize=(7.2, 3.6), layout="constrained")
    axes = figure.subplots()
    styles = ("-", "0.6"), ("-", "black"), ("--", STRONG)
    for (name, error), (style, colour) in zip(errors(h).items(), styles, strict=True):
        axes.loglog(h, np.maximum(error, 1e-13), style, color=colour, label=name)
    axes.set_xlabel("step h (← rounding is divided by it        the curve bends →)")
    axes.set_ylabel("relative error of the slope")
    axes.legend(loc="lower left", fontsize=9)
    axes.grid(color="0.9")
    return figure


def at_a_kink(step: float = 0.1) -> Figure:
    """The ReLU's slope and what the central difference says of it, around 0."""
    x = np.linspace(-0.3, 0.3, 601)
    relu = np.maximum(x, 0)
    measured = kink_slope(x, step)
    figure = Figure(figsize=(7.2, 2.9), layout="constrained")
    left, right = figure.subplots(1, 2)
    left.plot(x, relu, color="black")
    left.set_title("max(x, 0)", fontsize=10)
    right.plot(x, x > 0, color="0.7", linewidth=5, label="backward")
    right.plot(x, measured, "--", color=STRONG, linewidth=2, label=f"central, h = {step:g}")
    right.plot(0, 0.5, "o", color="black")
    right.annotate("½ at 0", (0, 0.5), (0.06, 0.4))
    right.set_title("its slope", fontsize=10)
    right.legend(fontsize=9)
    for axes in (left, right):
        axes.set_xlabel("x")
    return figure


def kink_slope(x: np.ndarray, step: float) -> np.ndarray:
    """The central difference of max(x, 0)."""
    return (np.maximum(x + step, 0) - np.maximum(x - step, 0)) / (2 * step)
