"""What the machine itself can do: its rate for a large matrix product and for a large copy."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np


class Machine:
    """Measures sgemm in GFLOP/s and copying in GB/s (reads plus writes) on `threads` threads.

    The product runs on the BLAS library's own threads, which environment variables limit.
    """

    def __init__(self, threads: int, side: int = 2048, copy_bytes: int = 200_000_000) -> None:
        self.side, self.threads = side, threads
        rng = np.random.default_rng(0)
        self.A, self.B = (rng.random((side, side), dtype="float32") for _ in range(2))
        self.product = np.empty_like(self.A)
        self.source = np.ones(copy_bytes // 4, dtype="float32")
        self.target = np.zeros_like(self.source)

    def measure(self, times: int = 5) -> dict[str, list[float]]:
        """`times` samples of each, after one warm-up sample that is discarded."""
        sgemm = [self._product() for _ in range(times + 1)][1:]
        parts = list(
            zip(
                np.array_split(self.source, self.threads),
                np.array_split(self.target, self.threads),
                strict=True,
            )
        )
        with ThreadPoolExecutor(self.threads) as threads:
            copy = [self._copy(threads, parts) for _ in range(times + 1)][1:]
        return {"sgemm_gflops": sgemm, "copy_gb_per_s": copy}

    def _product(self) -> float:
        started = time.perf_counter()
        np.matmul(self.A, self.B, out=self.product)
        return 2 * self.side**3 / (time.perf_counter() - started) / 1e9

    def _copy(self, threads: ThreadPoolExecutor, parts: list) -> float:
        started = time.perf_counter()
        list(threads.map(lambda part: np.copyto(part[1], part[0]), parts))  # releases the GIL
        return 2 * self.source.nbytes / (time.perf_counter() - started) / 1e9
