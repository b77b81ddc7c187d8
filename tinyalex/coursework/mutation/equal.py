"""Mutants that are as right as the original, each with the reason: `equal.txt`."""

from __future__ import annotations

from pathlib import Path

LISTED = Path(__file__).with_name("equal.txt")


def listed(path: Path = LISTED) -> dict[str, str]:
    """{key of a mutant: why it is equal}. ValueError for a line without a reason above it."""
    found: dict[str, str] = {}
    reason = ""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if line.startswith("= "):
            reason = line[2:].strip()
        elif line.strip() and not line.startswith("#"):
            if not reason or " → " not in line:
                raise ValueError(f"{path.name}, line {number}: give '= reason', then mutants")
            if line in found:
                raise ValueError(f"{path.name}, line {number}: listed twice: {line}")
            found[line] = reason
    return found
