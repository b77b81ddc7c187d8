"""python -m tinyalex.bench: compares the network with the machine's limits and with PyTorch."""

from __future__ import annotations

import argparse
import importlib.util
from pathlib import Path

from tinyalex.benchmark.cases import MODES, Case, all_cases
from tinyalex.kernels.workers import available_cores
from tinyalex.models import VARIANTS
from tinyalex.support.commands import Parser, run_command
from tinyalex.support.files import destination
from tinyalex.support.text import say

DESCRIPTION = """\
Times training and inference on random pictures. Reports pictures/s, each layer's forward, backward
and update time, and memory, next to this machine's own rates for matrix products and copies.

  python -m tinyalex.bench
  python -m tinyalex.bench --against torch --chart bench.png --json bench.json
  python -m tinyalex.bench --against torch --batch-sizes 1 8 32 128 256 --threads 1 2 --no-layers
  python -m tinyalex.bench --against torch --image-sizes 64 128 224 448 --batch-sizes 32
  python -m tinyalex.bench --startup
"""
TORCH_MODES = ("eager", "channels_last", "compiled")


def parser() -> argparse.ArgumentParser:
    result = Parser(prog="python -m tinyalex.bench", description=DESCRIPTION)
    add = result.add_argument_group("what to time (lists: 1 32 128 or 1,32,128)").add_argument
    variants = f"any of {', '.join(VARIANTS)}; default: paper"
    add("--variants", nargs="+", default=["paper"], metavar="V", help=variants)
    add("--batch-sizes", nargs="+", default=["32", "128"], metavar="N", help="default: 32 128")
    add("--threads", nargs="+", metavar="N", help="default: all cores")
    sizes = "time only conv1 to pool5, which accept pictures of any size"
    add("--image-sizes", nargs="+", default=[], metavar="S", help=sizes)
    add("--mode", choices=[*MODES, "both"], default="both", help="default: both")
    layers = "print a table of each layer's time in training (default: yes)"
    add("--layers", action=argparse.BooleanOptionalAction, default=True, help=layers)
    add(
        "--startup",
        action="store_true",
        help="also time a new process's first training step",
    )
    against = result.add_argument_group("what to compare with")
    against.add_argument("--against", choices=["torch"], help="the same network in PyTorch")
    modes = f"PyTorch modes, any of {', '.join(TORCH_MODES)}; default: all"
    against.add_argument("--modes", nargs="+", metavar="M", help=modes)
    add = result.add_argument_group("measurement and output").add_argument
    add("--repeats", type=int, default=5, metavar="R", help="timings of each program; default: 5")
    add("--json", type=Path, metavar="FILE", help="write every measurement as JSON")
    add("--chart", type=Path, metavar="FILE.png", help="draw a bar chart of the speeds")
    return result


def main(argv: list[str] | None = None) -> int:
    arguments = parser().parse_args(argv)
    cases, programs = plan(arguments)
    # These take a second to import: --help and wrong flags need not wait for them.
    from tinyalex.benchmark.run import run_bench, save

    try:
        results, startup = [], None
        for results, startup in run_bench(
            cases, programs, arguments.repeats, arguments.layers, arguments.startup
        ):
            # After every case, so a long run that is stopped keeps its results.
            save(results, startup, arguments.json, arguments.chart)
    except KeyboardInterrupt:
        for path in (arguments.json, arguments.chart):
            if path is not None and results:
                say(f"stopped; {path} holds the {len(results)} cases measured so far")
        raise
    for path in (arguments.json, arguments.chart):
        if path is not None:
            say(f"wrote {path}")
    return 0


def plan(arguments: argparse.Namespace) -> tuple[list[Case], list[str]]:
    """The cases and the programs to time. Raises ValueError for invalid flags."""
    if arguments.repeats < 1:
        raise ValueError(f"--repeats must be at least 1; got {arguments.repeats}")
    cores = available_cores()
    threads = numbers("--threads", arguments.threads or [str(cores)])
    if max(threads) > cores:
        raise ValueError(f"--threads {max(threads)} is more than the {cores} cores available here")
    cases = all_cases(
        names("--variants", arguments.variants, VARIANTS),
        numbers("--image-sizes", arguments.image_sizes),
        list(MODES) if arguments.mode == "both" else [arguments.mode],
        numbers("--batch-sizes", arguments.batch_sizes),
        threads,
    )
    if arguments.image_sizes:
        from tinyalex.benchmark.network import check_fits

        for case in cases:
            check_fits(case)
    check_files(arguments.json, arguments.chart)
    return cases, ["ours", *torch_modes(arguments)]


def torch_modes(arguments: argparse.Namespace) -> list[str]:
    """The PyTorch modes to time: none without --against torch."""
    if arguments.against is None:
        if arguments.modes:
            raise ValueError("--modes selects PyTorch modes: add --against torch")
        return []
    if importlib.util.find_spec("torch") is None:
        raise ValueError(
            "--against torch needs PyTorch, which is not installed: run pip install -e '.[oracle]' "
            "or pip install torch"
        )
    return names("--modes", arguments.modes or TORCH_MODES, TORCH_MODES)


def items(flag: str, values: list[str]) -> list[str]:
    """Splits lists given as 1 32 128 or 1,32,128; drops duplicates."""
    found = list(dict.fromkeys(part for value in values for part in value.split(",") if part))
    if values and not found:
        raise ValueError(f"{flag} is empty")
    return found


def numbers(flag: str, values: list[str]) -> list[int]:
    found = items(flag, values)
    for part in found:
        if not part.isdecimal() or int(part) < 1:
            raise ValueError(f"{flag} takes integers of at least 1; got {part!r}")
    return list(dict.fromkeys(map(int, found)))


def names(flag: str, values: list[str], known) -> list[str]:
    found = items(flag, values)
    for part in found:
        if part not in known:
            raise ValueError(f"{flag}: unknown {part!r}; choose from {', '.join(known)}")
    return found


def check_files(json: Path | None, chart: Path | None) -> None:
    """Raises ValueError, before anything is timed, if a result could not be written."""
    if json is not None:
        destination(json)
    if chart is None:
        return
    if chart.suffix.lower() != ".png":
        raise ValueError(f"--chart {chart}: the chart is a PNG; choose a name ending in .png")
    if json is not None and destination(json) == destination(chart):
        raise ValueError(f"--json and --chart are the same file, {chart}: choose two names")
    destination(chart)
    try:
        from tinyalex.benchmark.chart import draw_chart  # noqa: F401
        from tinyalex.figures.plotting import Figure  # noqa: F401
    except ImportError as error:
        raise ValueError(
            f"--chart needs Matplotlib, which cannot be imported ({error}): install it, or leave "
            "out --chart"
        ) from None


if __name__ == "__main__":
    run_command(main)
