"""Starting from trained weights: which layers are kept, frozen and reinitialized."""

from __future__ import annotations

from tinyalex.models import Sequential
from tinyalex.support.text import counted
from tinyalex.weights import Weights
from tinyalex.weights.weights import LEARNING


def layers_named(text: str, flag: str) -> list[str]:
    """Expands "conv1-conv3,fc8" to layer names, in network order.

    Raises ValueError for a name that is not a layer with parameters.
    """
    chosen: set[str] = set()
    for part in filter(None, (part.strip() for part in text.replace(",", " ").split())):
        first, dash, last = part.partition("-")
        last = last if dash else first
        if first not in LEARNING or last not in LEARNING:
            raise ValueError(f"{flag} {part}: choose from the layers {', '.join(LEARNING)}")
        start, stop = LEARNING.index(first), LEARNING.index(last) + 1
        if start >= stop:
            raise ValueError(f"{flag} {part}: {last} comes before {first}")
        chosen.update(LEARNING[start:stop])
    return [name for name in LEARNING if name in chosen]


def layer_rates(texts: list[str], frozen: list[str]) -> dict[str, float]:
    """["fc8=10", "conv1-conv5=0.1"] as learning-rate factors by layer; 0 for frozen layers."""
    rates: dict[str, float] = {}
    for text in texts:
        names, _, factor = text.partition("=")
        try:
            value = float(factor)
        except ValueError:
            value = -1.0
        if not 0 <= value < float("inf"):
            raise ValueError(f"--layer-lr {text}: give LAYER=FACTOR, such as fc8=10")
        rates.update(dict.fromkeys(layers_named(names, "--layer-lr"), value))
    return {**rates, **dict.fromkeys(frozen, 0.0)}


def take_over(net: Sequential, weights: Weights, reset: list[str], classes: list[str]) -> None:
    """Copies the weights into the network, except for the layers to reset.

    Raises ValueError if a kept layer is missing, has another shape, or was trained for other
    classes.
    """
    missing = [name for name in weights.missing if name not in reset]
    if missing:
        raise ValueError(
            f"the weights have no {', '.join(missing)}: reinitialize them with "
            f"--reset {','.join(sorted({*missing, *reset}))}"
        )
    state, kept = net.state_dict(), {}
    for key, own in state.items():
        name = key.split(".")[0]
        if name in reset:
            continue
        if weights.arrays[key].shape != own.shape:
            raise ValueError(
                f"{key} is {weights.arrays[key].shape} in the weights and {own.shape} in a network "
                f"for {counted(len(classes), 'class')}: reinitialize it with --reset {name}"
            )
        kept[key] = weights.arrays[key]
    if "fc8" not in reset and weights.classes and weights.classes != classes:
        raise ValueError(
            "the weights were trained for other classes "
            f"({', '.join(weights.classes[:3])}, …): reinitialize fc8 with --reset fc8"
        )
    net.load_state_dict({**state, **kept})
