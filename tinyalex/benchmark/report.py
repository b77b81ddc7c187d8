"""The results as text and tables."""

from __future__ import annotations

from tinyalex.benchmark.cases import MODES, Case
from tinyalex.benchmark.layer_table import layer_table
from tinyalex.benchmark.measure import NAMES
from tinyalex.benchmark.network import blank_network, layer_work
from tinyalex.benchmark.results import (
    Spread,
    best_other,
    direct_limit,
    machine_rates,
    ratio,
    speed,
)
from tinyalex.support.text import columns

HEADS = ("", "pictures/s", "spread", "ms/step", "tinyalex / this", "peak memory", "first call")


def case_report(result: dict) -> str:
    """One case: each program's speed, the limit, and the layers if they were timed."""
    sgemm, copy = machine_rates(result)
    ours, limit = speed(result, "ours"), direct_limit(result)
    parts = [
        result["title"],
        f"this machine, during this run: sgemm {sgemm:.0f} GFLOP/s, copy {copy:.1f} GB/s",
        "",
        columns(HEADS, [_program_line(result, program) for program in result["programs"]]),
        "",
    ]
    best = best_other(result)
    if best is not None:
        parts.append(
            f"compared with {NAMES[best]}, its fastest mode here: "
            f"{_times(ratio(result, best))} the pictures/s"
        )
    parts.append(
        f"direct-convolution limit: {limit:.1f} pictures/s (all multiply-adds at the sgemm "
        f"rate); tinyalex reaches {ours.median / limit:.2f} of it"
    )
    parts += result["notes"]
    if "layers" in result:
        case = Case(**result["case"])
        work = layer_work(blank_network(case), case.input_shape)
        parts += ["", "tinyalex, layer by layer:", ""]
        parts.append(layer_table(work, result["layers"], sgemm, copy))
    return "\n".join(parts)


def _program_line(result: dict, program: str) -> tuple[str, ...]:
    about, pictures = result["programs"][program], speed(result, program)
    return (
        NAMES[program],
        _number(pictures.median),
        f"{_number(pictures.low)}–{_number(pictures.high)}",
        f"{1e3 * result['case']['batch'] / pictures.median:,.1f}",
        "" if program == "ours" else _times(ratio(result, program)),
        _megabytes(about["peak_memory_bytes"]),
        f"{about['first_call_seconds']:.1f} s",
    )


def overview(results: list[dict]) -> str:
    """All cases in one table: how the cost grows with batch, image size and threads."""
    others = [name for name in NAMES if name != "ours"]
    others = [name for name in others if any(name in result["programs"] for result in results)]
    heads = ["variant", "image", "mode", "batch", "threads", "tinyalex"]
    heads += [NAMES[name].removeprefix("PyTorch ") for name in others]
    heads += ["tinyalex / fastest"] if others else []
    heads += ["of direct limit", "peak memory", *(["fastest's memory"] if others else [])]
    lines = [_overview_line(result, others) for result in results]
    title = "pictures/s (median)"
    if results[0]["case"]["image_size"] is not None:
        title += " of conv1 to pool5 only"
    title += ", tinyalex and PyTorch's modes:" if others else ":"
    return f"{title}\n\n{columns(heads, lines, left=3)}"


def _overview_line(result: dict, others: list[str]) -> list[str]:
    case, best = Case(**result["case"]), best_other(result)
    cells = [case.variant, f"{case.input_shape[1]}", MODES[case.mode]]
    cells += [str(case.batch), str(case.threads)]
    for name in ("ours", *others):
        timed = name in result["programs"]
        cells.append(_number(speed(result, name).median) if timed else "–")
    if others:
        cells.append(_times(ratio(result, best)) if best else "–")
    cells.append(f"{speed(result, 'ours').median / direct_limit(result):.2f}")
    for name in ["ours", *([best] if others else [])]:
        cells.append(_megabytes(result["programs"][name]["peak_memory_bytes"] if name else None))
    return cells


def startup_report(startup: dict) -> str:
    """A new process's first training step, before and after the kernels are compiled."""
    lines = [
        (name, *(f"{startup[name][part]:.1f}" for part in ("import", "build", "step", "whole")))
        for name in ("cold", "warm")
    ]
    heads = ("startup, seconds", "Python and imports", "build network", "first step", "total")
    note = "cold: nothing compiled yet; warm: the kernels are in Numba's cache"
    return f"{columns(heads, lines)}\n{note}"


def _times(spread: Spread) -> str:
    return f"{spread.median:.2f} × ({spread.low:.2f}–{spread.high:.2f})"


def _megabytes(count: int | None) -> str:
    return "–" if count is None else f"{count / 1e6:,.0f} MB"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"
