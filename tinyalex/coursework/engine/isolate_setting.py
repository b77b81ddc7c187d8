"""Narrowing a failure down to the setting (stride, padding, groups) that causes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tinyalex.coursework.mistakes import Example

PLAIN = {"stride": 1, "padding": 0, "groups": 1}


def narrow(example: Example, arguments: dict[str, Any], is_right: Callable[[Example], bool]) -> str:
    """A remark on a setting that makes the layer right when it is made plain."""
    lines = []
    for key, plain in PLAIN.items():
        if arguments.get(key, plain) in (plain, (plain,) * 2, (plain,) * 4):
            continue
        if is_right(_with(example, key, plain)):
            lines.append(f"With {key}={plain} it is right: look at what {key} changes.")
            break  # a smaller case can hide the fault, so no more is claimed
    return "".join("\n" + line for line in lines)


def _with(example: Example, key: str, value: int) -> Example:
    return replace(example, arguments=lambda rng: {**example.arguments(rng), key: value})
