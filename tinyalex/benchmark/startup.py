"""How long a new process takes to reach its first training step, with and without compiled kernels.

    python -m tinyalex.benchmark.startup 32 1700000000.0

takes one such step on a batch of 32 and prints as JSON how long each part took. The last argument
is the start time, from time.time().
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time

VARIANT, BATCH = "paper", 32


def measure_startup(threads: int, batch: int = BATCH) -> dict[str, dict[str, float]]:
    """{"cold": {"import", "build", "step", "whole": seconds}, "warm": …}: first with an empty
    kernel cache, then with the cache that the first run filled."""
    from tinyalex.benchmark.child_process import THREAD_VARIABLES

    with tempfile.TemporaryDirectory() as cache:
        environment = {**os.environ, **dict.fromkeys(THREAD_VARIABLES, str(threads))}
        environment["NUMBA_CACHE_DIR"] = cache
        return {name: _once(environment, batch) for name in ("cold", "warm")}


def _once(environment: dict[str, str], batch: int) -> dict[str, float]:
    command = [sys.executable, "-m", "tinyalex.benchmark.startup", str(batch), repr(time.time())]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, errors="replace"
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["no reason given"]
        raise ValueError(f"could not time the startup: {lines[-1]}")
    return json.loads(done.stdout)


def first_step(batch: int, started: float) -> dict[str, float]:
    """Imports, builds the network and trains on one batch. Returns the seconds that each part and
    the whole took, counted from the start of the process."""
    from tinyalex.benchmark.cases import Case
    from tinyalex.benchmark.ours import Ours

    imported = time.time()
    program = Ours(Case(VARIANT, batch, "train", threads=1))
    built = time.time()
    program.step()
    ended = time.time()
    return {
        "import": imported - started,
        "build": built - imported,
        "step": ended - built,
        "whole": ended - started,
    }


if __name__ == "__main__":
    print(json.dumps(first_step(int(sys.argv[1]), float(sys.argv[2]))))
