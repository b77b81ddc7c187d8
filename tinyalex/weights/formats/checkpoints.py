"""Finds the network in a PyTorch checkpoint: a dictionary of tensors at any depth, under any key
("state_dict", "model", "module", "params", ...), among epochs, optimizers and settings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from tinyalex.weights.formats.parsed_file import shown
from tinyalex.weights.formats.pickles import text

DEEPEST = 6
MOST_SHOWN = 5


def state_dict(value: Any, key: str | None = None) -> dict[str, np.ndarray]:
    """The network's tensors by name.

    key: which network, if a checkpoint holds several (such as "state_dict_ema").
    Raises ValueError, listing the keys with tensors, unless there is exactly one network.
    """
    holders = {path: tensors for path, tensors in _holders(value) if tensors}
    networks = {path: tensors for path, tensors in holders.items() if _is_network(tensors)}
    if key is not None and key not in networks:
        known = f"there are {_listed(networks)}" if networks else "it holds no network at all"
        raise ValueError(f"it holds no network under the key {shown(key)}: {known}")
    if key is not None:
        return networks[key]
    if len(networks) > 1:
        raise ValueError(
            f"it holds {len(networks)} networks, under the keys {_listed(networks)}: "
            "choose one with --key"
        )
    if networks:
        return next(iter(networks.values()))
    if "" in holders:  # only tensors: any error in them is reported later
        return holders[""]
    if holders:
        raise ValueError(
            "it holds no convolution under a name such as 'conv1.weight': there are tensors under "
            f"the keys {_listed(holders)}"
        )
    if isinstance(value, dict):
        raise ValueError("it holds no tensors: a checkpoint without its network?")
    kind = "tensor" if isinstance(value, np.ndarray) else f"value of type {type(value).__name__}"
    raise ValueError(f"it holds a single {kind}, not a state_dict")


def _holders(value: Any) -> Iterator[tuple[str, dict[str, np.ndarray]]]:
    """The dictionaries in a value: their dotted keys, and the tensors directly in them.

    Each is visited once: a small pickle may contain one a million times, or within itself.
    """
    seen: set[int] = set()
    waiting = [((), value)] if isinstance(value, dict | list | tuple) else []
    while waiting:
        path, item = waiting.pop()
        if id(item) in seen:
            continue
        seen.add(id(item))
        pairs = item.items() if isinstance(item, dict) else enumerate(item)
        named = [(_name(key), inner) for key, inner in pairs]
        yield ".".join(path), {n: inner for n, inner in named if isinstance(inner, np.ndarray)}
        if len(path) < DEEPEST:
            waiting += [
                ((*path, n), inner)
                for n, inner in reversed(named)
                if isinstance(inner, dict | list | tuple)
            ]


def _name(key: Any) -> str:
    return str(key) if isinstance(key, int) else text(key)


def _is_network(tensors: dict[str, np.ndarray]) -> bool:
    """Whether there is a convolution "*.weight"; optimizer states and averages name theirs
    differently."""
    return any(name.endswith(".weight") and a.ndim == 4 for name, a in tensors.items())


def _listed(holders: dict[str, Any]) -> str:
    names = [shown(path) for path in holders]
    more = len(names) - MOST_SHOWN
    return ", ".join(names[:MOST_SHOWN]) + (f" and {more} more" if more > 0 else "")
