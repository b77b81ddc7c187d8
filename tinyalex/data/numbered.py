"""Labels that are names of classes, or their numbers."""

from __future__ import annotations

from pathlib import Path

from tinyalex.support.text_files import by_composed


def classes_of(
    path: Path, labels: list[str], every: set[str], classes: list[str]
) -> tuple[list[str], str]:
    """The class that each label means, and how the labels were read ("" for names).

    A number may be a folder's name, or a position among the sorted folders, counted from 0.
    ValueError if both are possible and differ, or if the numbers seem to count from 1.
    every: all labels in the file; they show the range of its numbers better than `labels` alone
    """
    names = by_composed(classes)
    if wrong := [label for label in labels if not _is_number(label)]:
        if not any(label in names for label in labels):
            raise ValueError(
                f"{path} has the label {wrong[0]!r}, which is neither the name of a class folder "
                "nor a number: write 'filename class'"
            )
        return [names.get(label, label) for label in labels], ""
    named = _by_name(labels, names)
    numbers = sorted({int(label) for label in every if _is_number(label)})
    counted = [classes[int(label)] for label in labels] if numbers[-1] < len(classes) else None
    if any(name in names.values() for name in named):
        if counted and counted != named:
            raise ValueError(_two_readings(path, labels, named, counted, names))
        return named, ""
    if counted is None:
        raise ValueError(
            f"{path} has labels up to {numbers[-1]}, but the {len(classes)} training classes are "
            f"numbered 0 to {len(classes) - 1}: write names of class folders instead of numbers"
        )
    if numbers[0] == 1:
        raise ValueError(
            f"{path} has numbers starting at 1: counted from 0, label 1 is {classes[1]} and no "
            f"picture shows {classes[0]}; counted from 1, it is {classes[0]}. Write names of class "
            "folders"
        )
    return counted, f", numbers from 0: {numbers[0]} is {classes[numbers[0]]}"


def _by_name(labels: list[str], names: dict[str, str]) -> list[str]:
    """The folders of these names or numbers (Excel turns 01 into 1); else the labels themselves."""
    numbers: dict[int, str] = {}
    for name in filter(_is_number, names):
        numbers[int(name)] = names[name]
    return [names.get(label) or numbers.get(int(label), label) for label in labels]


def _two_readings(
    path: Path, labels: list[str], named: list[str], counted: list[str], names: dict[str, str]
) -> str:
    i = next(i for i, (name, other) in enumerate(zip(named, counted, strict=True)) if name != other)
    name = f"the folder {named[i]}" if named[i] in names.values() else "no folder"
    return (
        f"the labels in {path} are ambiguous: by name, label {labels[i]} is {name}; counted "
        f"from 0, it is the folder {counted[i]}: give the folders names that are not numbers, "
        "or sort the pictures into a folder for each class"
    )


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal()
