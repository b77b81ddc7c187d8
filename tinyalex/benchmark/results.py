"""What the times mean: speeds, ratios and the direct-convolution limit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median as _median


@dataclass(frozen=True)
class Spread:
    """The median, lowest and highest of several repeats."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Spread:
        values = sorted(values)
        return cls(_median(values), values[0], values[-1])


def speed(result: dict, program: str) -> Spread:
    """Pictures/s."""
    batch = result["case"]["batch"]
    return Spread.of(batch / s for s in result["programs"][program]["seconds_a_step"])


def ratio(result: dict, program: str) -> Spread:
    """tinyalex's pictures/s divided by the program's, repeat by repeat: measurements taken one
    after the other see the machine in the same state."""
    ours = result["programs"]["ours"]["seconds_a_step"]
    theirs = result["programs"][program]["seconds_a_step"]
    return Spread.of(other / own for own, other in zip(ours, theirs, strict=True))


def best_other(result: dict) -> str | None:
    """PyTorch's fastest mode by median, or None if none was timed."""
    others = [program for program in result["programs"] if program != "ours"]
    return max(others, key=lambda program: speed(result, program).median, default=None)


def machine_rates(result: dict) -> tuple[float, float]:
    """sgemm GFLOP/s and copy GB/s: medians of the samples before and after the repeats."""
    machine = result["machine"]
    return _median(machine["sgemm_gflops"]), _median(machine["copy_gb_per_s"])


def direct_limit(result: dict) -> float:
    """Pictures/s if every multiply-add of the direct convolution ran at the machine's sgemm rate
    and everything else took no time. Winograd, with fewer multiply-adds, can exceed it."""
    sgemm, _ = machine_rates(result)
    return result["case"]["batch"] / (result["direct_flops"] / (sgemm * 1e9))


def add_summary(result: dict) -> dict:
    """The result with these figures added to the raw times, for readers of the JSON."""
    spread = {name: vars(speed(result, name)) for name in result["programs"]}
    limit = direct_limit(result)
    best = best_other(result)
    return {
        **result,
        "pictures_per_second": spread,
        "ratios": {name: vars(ratio(result, name)) for name in spread if name != "ours"},
        "best_other": best,
        "sgemm_gflops": machine_rates(result)[0],
        "copy_gb_per_s": machine_rates(result)[1],
        "direct_limit_pictures_per_second": limit,
        "times_direct_limit": spread["ours"]["median"] / limit,
    }
