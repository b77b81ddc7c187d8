"""The whole run: measures, prints, saves and draws case by case."""

from __future__ import annotations

import importlib.metadata
import itertools
import json
import platform
import sys
from collections.abc import Iterator
from pathlib import Path

from tinyalex import __version__, backend
from tinyalex.benchmark.cases import Case
from tinyalex.benchmark.measure import measure_case, turns
from tinyalex.benchmark.report import case_report, overview, startup_report
from tinyalex.benchmark.results import add_summary
from tinyalex.benchmark.startup import measure_startup
from tinyalex.support.files import write_text
from tinyalex.support.progress import progress_bar


def run_bench(
    cases: list[Case], programs: list[str], repeats: int, layers: bool, startup: bool
) -> Iterator[tuple[list[dict], dict | None]]:
    """Measures and prints. After each part, yields all results so far and the startup times."""
    results: list[dict] = []
    starts = None
    print(describe(about_machine()), flush=True)
    on_terminal = sys.stderr.isatty()
    total = sum(turns(case, programs, repeats, layers) for case in cases) + startup
    with progress_bar(total=total, unit="turn") as bar:

        def show(text: str) -> None:
            # On a terminal, text and bar share the screen; elsewhere they do not.
            write = bar.write if on_terminal else print
            write(f"\n{text}")
            sys.stdout.flush()

        if startup:
            bar.set_description("startup to first training step")
            starts = measure_startup(max(case.threads for case in cases))
            bar.update()
            show(startup_report(starts))
            yield results, starts
        for case in cases:
            done, begun = bar.n, itertools.count()

            def on_turn(text: str, case: Case = case, done: int = done, begun=begun) -> None:
                bar.set_description(f"{case.title}: {text}", refresh=on_terminal)
                bar.update(done + next(begun) - bar.n)

            results.append(add_summary(measure_case(case, programs, repeats, layers, on_turn)))
            # A program that failed took fewer turns than planned.
            bar.update(done + turns(case, programs, repeats, layers) - bar.n)
            show(case_report(results[-1]))
            yield results, starts
    if len(results) > 1:
        print(f"\n{overview(results)}")


def save(results: list[dict], starts: dict | None, file: Path | None, chart: Path | None) -> None:
    """Writes the JSON and the chart, each completely or not at all."""
    if file is not None:
        content = {
            "format": "tinyalex-bench 1",
            "machine": about_machine(),
            "startup": starts,
            "results": results,
        }
        write_text(file, json.dumps(content, indent=1) + "\n")
    if chart is not None and results:
        from tinyalex.benchmark.chart import draw_chart

        draw_chart(results, chart, subtitle=describe(about_machine()))


def about_machine() -> dict:
    """What the times depend on."""
    versions = {"tinyalex": __version__, "python": platform.python_version()}
    for package in ("numpy", "numba", "torch"):
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            versions[package] = None
    return {
        "processor": processor_name(),
        "system": platform.system(),
        "backend": backend.current_backend(),
        "versions": versions,
    }


def processor_name() -> str:
    """The processor's model name on Linux; elsewhere what Python reports."""
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text(errors="replace").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def describe(machine: dict) -> str:
    versions = (f"{name} {number}" for name, number in machine["versions"].items() if number)
    return f"{machine['processor']}; {', '.join(versions)}; backend {machine['backend']}"
