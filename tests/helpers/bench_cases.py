"""Cases for the bench's tests, and measurements made up for them."""

from tinyalex.benchmark.cases import Case
from tinyalex.benchmark.network import direct_flops

SMALL = Case("paper", 1, "train", threads=1, image_size=64)  # conv1 to pool5 of one small picture


WHOLE = Case("paper", 32, "train", threads=2)


def made_up(case=WHOLE, sgemm=100.0, copy=10.0, **seconds):
    """A result with these seconds a step."""
    programs = {
        name: {
            "first_call_seconds": 1.5,
            "steps_a_repeat": 1,
            "seconds_a_step": list(values),
            "peak_memory_bytes": 123_000_000,
        }
        for name, values in seconds.items()
    }
    return {
        "case": vars(case),
        "title": case.title,
        "programs": programs,
        "notes": [],
        "machine": {"sgemm_gflops": [sgemm] * 3, "copy_gb_per_s": [copy] * 3},
        "direct_flops": direct_flops(case),
    }
