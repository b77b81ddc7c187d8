"""Checks of the layers that Sequential is given."""

from __future__ import annotations

import inspect
from typing import Any

from tinyalex.layers.base import described


def check_layers(layers) -> list[tuple[str, Any]]:
    """Returns the layers as a list of (name, layer). ValueError if one of them is not valid."""
    pairs = list(layers)
    for pair in pairs:
        if not (isinstance(pair, tuple | list) and len(pair) == 2 and isinstance(pair[0], str)):
            raise ValueError(
                f'Sequential needs pairs such as ("conv1", Conv2d(…)); got {described(pair)}'
            )
        _check_layer(*pair)
    names = [name for name, _ in pairs]
    if not pairs or len(set(names)) != len(names):
        raise ValueError(f"Sequential needs at least one layer and distinct names; got {names}")
    return [(name, layer) for name, layer in pairs]


def _check_layer(name: str, layer) -> None:
    """ValueError for a name with a dot, or without forward(x, training=False) and backward."""
    if not name or "." in name:
        raise ValueError(
            f"Sequential: a layer's name must not be empty or contain dots; got {name!r}"
        )
    if isinstance(layer, type):
        raise ValueError(f"Sequential: {name} is a class, not a layer: write {layer.__name__}(…)")
    for method in ("forward", "backward"):
        if not callable(getattr(layer, method, None)):
            raise ValueError(f"Sequential: {name} ({type(layer).__name__}) has no {method}")
    if not takes(layer.forward, "training"):
        raise ValueError(
            f"Sequential: {name} ({type(layer).__name__}): "
            "forward must take training: forward(self, x, training=False)"
        )
    if hidden := _hidden_parameters(layer):
        raise ValueError(
            f"Sequential: {name} ({type(layer).__name__}) hides the parameters of {hidden}, which "
            "would not be trained: give it parameters() and gradients(), or derive it "
            "from Sequential"
        )


def _hidden_parameters(layer) -> str:
    """The attribute that holds a learning layer, if `layer` itself shows no parameters; else ""."""
    if getattr(layer, "params", None) or hasattr(layer, "parameters"):
        return ""
    for attribute, value in getattr(layer, "__dict__", {}).items():
        inside = list(value.values()) if isinstance(value, dict) else value
        for item in inside if isinstance(inside, list | tuple) else [inside]:
            if callable(getattr(item, "backward", None)) and (
                getattr(item, "params", None) or hasattr(item, "parameters")
            ):
                return attribute
    return ""


def takes(method, argument: str) -> bool:
    """Whether a method can be called with this argument by name."""
    try:
        parameters = inspect.signature(method).parameters
    except (TypeError, ValueError):
        return True
    return argument in parameters or any(p.kind is p.VAR_KEYWORD for p in parameters.values())
