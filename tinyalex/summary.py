"""python -m tinyalex.summary: prints a table of a network, computed from the network itself."""

from __future__ import annotations

import argparse
import math
from dataclasses import dataclass

from tinyalex.models import VARIANTS, alexnet
from tinyalex.support.commands import Parser, run_command

DESCRIPTION = """\
Prints AlexNet's layers with their output shapes, parameters, multiply-adds and activation memory.

  python -m tinyalex.summary
  python -m tinyalex.summary --variant torchvision --classes 100
"""


@dataclass(frozen=True)
class Row:
    """One layer: shape without the batch axis, counts for one picture, bytes for the batch."""

    name: str
    layer: str
    shape: tuple[int, ...]
    parameters: int
    multiply_adds: int
    activation_bytes: int


def summarize(net, input_shape: tuple[int, ...], itemsize: int = 4) -> list[Row]:
    """One row per layer of a Sequential, for an input of (N, H, W, C).

    activation_bytes: the size of the layer's output for all N pictures, kept for backward.
    """
    rows, shape = [], tuple(input_shape)
    for name, layer in net:
        multiply_adds = layer.multiply_adds((1, *shape[1:]))
        shape = layer.output_shape(shape)
        parameters = sum(array.size for array in layer.params.values())
        kind = type(layer).__name__
        rows.append(
            Row(name, kind, shape[1:], parameters, multiply_adds, math.prod(shape) * itemsize)
        )
    return rows


def table(rows: list[Row], batch: int) -> str:
    """The rows and their totals as text."""
    heads = (
        "layer",
        "",
        "output",
        "parameters",
        "multiply-adds",
        f"activations, batch {batch} (MB)",
    )
    lines = [
        (
            row.name,
            row.layer,
            " × ".join(map(str, row.shape)),
            f"{row.parameters:,}" if row.parameters else "",
            f"{row.multiply_adds:,}" if row.multiply_adds else "",
            f"{row.activation_bytes / 1e6:,.2f}",
        )
        for row in rows
    ]
    total = (
        "total",
        "",
        "",
        f"{sum(row.parameters for row in rows):,}",
        f"{sum(row.multiply_adds for row in rows):,}",
        f"{sum(row.activation_bytes for row in rows) / 1e6:,.2f}",
    )
    widths = [max(map(len, column)) for column in zip(heads, *lines, total, strict=True)]
    rule = "  ".join("-" * width for width in widths)

    def line(cells: tuple[str, ...]) -> str:
        left = [cell.ljust(width) for cell, width in zip(cells[:2], widths[:2], strict=True)]
        right = [cell.rjust(width) for cell, width in zip(cells[2:], widths[2:], strict=True)]
        return "  ".join(left + right).rstrip()

    return "\n".join([line(heads), rule, *map(line, lines), rule, line(total)])


def parser() -> argparse.ArgumentParser:
    result = Parser(prog="python -m tinyalex.summary", description=DESCRIPTION)
    result.add_argument("--variant", choices=list(VARIANTS), default="paper", help="default: paper")
    size = "input height and width (default: the variant's 224 or 227)"
    result.add_argument("--image-size", type=int, metavar="S", help=size)
    result.add_argument("--classes", type=int, default=1000, metavar="N", help="default: 1000")
    result.add_argument("--batch-size", type=int, default=1, metavar="N", help="default: 1")
    return result


def main(argv: list[str] | None = None) -> int:
    arguments = parser().parse_args(argv)
    if arguments.batch_size < 1:
        raise ValueError(f"--batch-size must be at least 1; got {arguments.batch_size}")
    variant = VARIANTS[arguments.variant]
    size = variant.input_size if arguments.image_size is None else arguments.image_size
    net = alexnet(arguments.classes, arguments.variant, image_size=size, initialization="zeros")
    print(f"{arguments.variant}: {variant.summary}")
    print(f"input {size} × {size} × 3, {arguments.classes} classes\n")
    rows = summarize(net, (arguments.batch_size, size, size, 3))
    print(table(rows, arguments.batch_size))
    neurons = sum(math.prod(row.shape) for row in rows if row.layer in ("Conv2d", "Linear"))
    print(f"\nneurons (outputs of conv and fc layers): {neurons:,}")
    return 0


if __name__ == "__main__":
    run_command(main)
