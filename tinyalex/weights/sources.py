"""How published networks prepare their pictures, and which variant a file holds."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from tinyalex.layers import LocalResponseNorm
from tinyalex.models import VARIANTS
from tinyalex.models.alexnet import KERNEL_SIZES, Variant
from tinyalex.weights.formats.parsed_file import FileLayer, ParsedFile, Step
from tinyalex.weights.layout import kernel_shape, named
from tinyalex.weights.preprocessing import Preprocessing

AXES = {"KCHW": "(out, in, height, width)", "HWCK": "(height, width, in, out)"}
CONNECTED = {
    "KCHW": "(out, in), fc6 reading channels, height, width",
    "HWCK": "(in, out), fc6 reading height, width, channels",
}
GROUPED = "caffe"  # the variant of files with two groups and no graph


@dataclass(frozen=True)
class Convention:
    """bgr: whether conv1 reads blue, green, red; mean and scale: for red, green, blue in 0-255;
    warp: see `Preprocessing`."""

    summary: str
    bgr: bool
    mean: tuple[float, float, float]
    scale: tuple[float, float, float]
    warp: bool


CONVENTIONS = {
    "torchvision": Convention(
        "shorter side to 256, centre, RGB, mean and deviation of ImageNet's colours",
        bgr=False,
        mean=tuple(255 * x for x in (0.485, 0.456, 0.406)),
        scale=tuple(1 / (255 * x) for x in (0.229, 0.224, 0.225)),
        warp=False,
    ),
    "caffe": Convention(
        "squeezed to 256 × 256, centre, BGR, less 104, 117, 123",
        bgr=True,
        mean=(123.0, 117.0, 104.0),
        scale=(1.0, 1.0, 1.0),
        warp=True,
    ),
}


def preprocessing_of(conventions: str, crop: int, mean: np.ndarray | None) -> Preprocessing:
    """The preprocessing of these conventions. mean: (B, G, R) from the file, if it has one."""
    chosen = CONVENTIONS[conventions]
    colours = chosen.mean if mean is None else tuple(mean[::-1])
    return Preprocessing.of_colours(crop, colours, chosen.scale, warp=chosen.warp)


def variant_of(found: ParsedFile, asked: str | None = None) -> str:
    """The variant whose kernel shapes match the file's. If the file has a graph, the order of the
    layers and the LRN must match too.

    asked: used if the shapes match. Without it and without a graph, two groups mean BVLC's AlexNet,
    except in PyTorch files, where no such network is standard.
    Raises ValueError, listing the shapes or layers found, if no variant fits.
    """
    convolutions = [layer for layer in named(found).values() if layer.weight.ndim == 4]
    shapes = [kernel_shape(layer, found.layout) for layer in convolutions]
    fitting = [name for name in VARIANTS if kernel_shapes(VARIANTS[name])[: len(shapes)] == shapes]
    if not fitting:
        _refuse_other_layout(convolutions, found.layout)
        listed = ", ".join("×".join(map(str, shape)) for shape in shapes)
        raise ValueError(f"not a known AlexNet: its kernels (height×width×in×out) are {listed}")
    if asked is not None:
        if asked not in fitting:
            raise ValueError(f"its kernels fit {' or '.join(fitting)}, not {asked}")
        return asked
    if found.steps:
        return _by_graph(found.steps, fitting)
    if len(fitting) > 1 and found.conventions != "caffe":
        raise ValueError(f"it could be {', '.join(fitting)}: choose one with --variant")
    return GROUPED if GROUPED in fitting else fitting[0]


def _refuse_other_layout(convolutions: list[FileLayer], layout: str) -> None:
    """Raises ValueError if the kernel shapes are AlexNet's with the axes in the other order."""
    other = "KCHW" if layout == "HWCK" else "HWCK"
    shapes = [kernel_shape(layer, other) for layer in convolutions]
    if any(kernel_shapes(variant)[: len(shapes)] == shapes for variant in VARIANTS.values()):
        raise ValueError(
            f"its kernels are stored as {AXES[other]}, but this format stores them as "
            f"{AXES[layout]}: save them with the axes in that order (and fully connected "
            f"weights as {CONNECTED[layout]})"
        )


def kernel_shapes(variant: Variant) -> list[tuple[int, int, int, int]]:
    """(KH, KW, C/groups, K) of conv1 to conv5."""
    inputs = (3, *variant.channels[:-1])
    return [
        (size, size, C // groups, K)
        for size, C, groups, K in zip(
            KERNEL_SIZES, inputs, variant.groups, variant.channels, strict=True
        )
    ]


def _by_graph(steps: list[Step], fitting: list[str]) -> str:
    for name in fitting:
        own = steps_of(VARIANTS[name])
        # The last layers may be missing.
        if len(steps) <= len(own) and all(map(_same, steps, own)):
            return name
    listed = " ".join(
        step.kind + (" (k {:g}, α {:g})".format(*step.norm) if step.norm else "") for step in steps
    )
    raise ValueError(
        f"its kernels fit {' or '.join(fitting)}, but its layers do not: {listed[:300]}; "
        "give --variant to read it anyway"
    )


def steps_of(variant: Variant) -> list[Step]:
    """The variant's layers as they appear in a file's graph, without dropout and flatten."""
    norm = LocalResponseNorm(**variant.norm)
    constants = (norm.k, norm.alpha / (norm.size if norm.divide_by_size else 1))
    kinds = [name.rstrip("0123456789") for name in variant.order.split()]
    return [
        Step(kind, constants if kind == "norm" else None)
        for kind in kinds
        if kind not in ("drop", "flatten")
    ]


def _same(theirs: Step, ours: Step) -> bool:
    if theirs.kind != ours.kind:
        return False
    return ours.norm is None or (
        theirs.norm is not None
        and all(
            math.isclose(a, b, rel_tol=1e-3) for a, b in zip(theirs.norm, ours.norm, strict=True)
        )
    )
