"""The layers' times beside the machine's own rates."""

from __future__ import annotations

from tinyalex.benchmark.network import FLOAT_BYTES, Work
from tinyalex.support.text import columns

HEADS = (
    "layer",
    "forward ms",
    "backward ms",
    "update ms",
    "share",
    "GFLOP/s",
    "of sgemm",
    "GB/s",
    "of copy",
)
UPDATE_ACCESSES = 5  # read w, v and g; write w and v
MEASURABLE = 2e-5  # seconds; GB/s means nothing for a layer that only makes a view


def layer_table(
    work: list[Work], times: dict[str, dict[str, float]], sgemm: float, copy: float
) -> str:
    """A line for each layer, one for the update and one for the total.

    work: see network.layer_work. times: median seconds by layer and part. sgemm: GFLOP/s, copy:
    GB/s. Layers that multiply show GFLOP/s, counted as for direct convolution, so Winograd can
    exceed 100%. Layers bound by memory bandwidth, even in a perfect implementation, show GB/s.
    """
    total = sum(sum(parts.values()) for parts in times.values())
    lines = []
    for row in work:
        spent = times[row.name]
        seconds = spent["forward"] + spent["backward"]
        rates = _rates(row.multiply_adds, row.moved_bytes, seconds, sgemm, copy)
        lines.append((row.name, *_milliseconds(spent), _share(spent, total), *rates))
    lines.append(("loss", *_milliseconds(times["loss"]), _share(times["loss"], total), *[""] * 4))
    update = sum(parts.get("update", 0) for parts in times.values())
    moved = sum(row.parameters for row in work) * FLOAT_BYTES * UPDATE_ACCESSES
    rates = _rates(0, moved, update, sgemm, copy)
    lines.append(("update", "", "", _ms(update), f"{update / total:.1%}", *rates))
    sums = {
        part: sum(parts.get(part, 0) for parts in times.values())
        for part in ("forward", "backward", "update")
    }
    gflops = 2 * sum(row.multiply_adds for row in work) / total / 1e9
    whole = (
        "total",
        *_milliseconds(sums),
        "100%",
        f"{gflops:.0f}",
        f"{gflops / sgemm:.0%}",
        "",
        "",
    )
    return columns(HEADS, lines, whole)


def _rates(multiply_adds: int, moved: int, seconds: float, sgemm: float, copy: float) -> tuple:
    """GFLOP/s and its share of sgemm, GB/s and its share of copying; empty where meaningless."""
    if seconds < MEASURABLE:
        return "", "", "", ""
    gflop, gigabytes = 2 * multiply_adds / 1e9, moved / 1e9
    products = copying = ("", "")
    if multiply_adds:
        products = f"{gflop / seconds:.0f}", f"{gflop / seconds / sgemm:.0%}"
    if gigabytes / copy > gflop / sgemm:
        copying = f"{gigabytes / seconds:.1f}", f"{gigabytes / seconds / copy:.0%}"
    return (*products, *copying)


def _milliseconds(parts: dict[str, float]) -> tuple[str, ...]:
    return tuple(
        _ms(parts[part]) if part in parts else "" for part in ("forward", "backward", "update")
    )


def _ms(seconds: float) -> str:
    return f"{1e3 * seconds:,.1f}"


def _share(parts: dict[str, float], total: float) -> str:
    """The share of the step, without the update, which has its own line."""
    return f"{(parts['forward'] + parts['backward']) / total:.1%}"
