"""Starting child processes, asking them for measurements, and ending them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict

from tinyalex.benchmark.cases import Case

# Each math library takes its thread count from a different variable.
THREAD_VARIABLES = (
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OMP_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "TINYALEX_THREADS",
)


class ChildError(ValueError):
    """A child process failed."""


class ChildProcess:
    """A process with one timed program, warmed up on construction and ended by the `with` block.

    Raises ChildError if it fails.
    """

    def __init__(self, program: str, case: Case) -> None:
        self.program = program
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 (closed by close)
        command = [sys.executable, "-m", "tinyalex.benchmark.child"]
        self._process = subprocess.Popen(
            [*command, program, json.dumps(asdict(case))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
            env=environment(program, case),
            text=True,
            errors="replace",
        )
        try:
            self.about = self._answer()
        except BaseException:
            self.close()
            raise

    def ask(self, word: str) -> dict:
        """Sends the word and waits for the answer. Raises ChildError if the child fails."""
        try:
            self._process.stdin.write(word + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass  # the child has exited: _answer says why
        return self._answer()

    def _answer(self) -> dict:
        line = self._process.stdout.readline()
        if not line:
            raise ChildError(f"{self.program}: {self._ending()}")
        answer = json.loads(line)
        if "error" in answer:
            raise ChildError(f"{self.program}: {answer['error']}")
        return answer

    def _ending(self) -> str:
        """Why the process exited, as far as is known."""
        code = self._process.wait()
        if code == -9:
            return "the process was killed, probably for lack of memory; try a smaller batch"
        self._complaints.seek(0)
        lines = self._complaints.read().decode(errors="replace").strip().splitlines()
        return f"the process ended with code {code}: {lines[-1] if lines else 'no reason given'}"

    def close(self) -> None:
        """Ends the process and waits for it to exit, which frees its memory."""
        self._process.kill()
        self._process.communicate()
        self._complaints.close()

    def __enter__(self) -> ChildProcess:
        return self

    def __exit__(self, *_) -> None:
        self.close()


def environment(program: str, case: Case) -> dict[str, str]:
    """The environment variables of a child process."""
    result = {**os.environ, **dict.fromkeys(THREAD_VARIABLES, str(case.threads))}
    if program in ("eager", "channels_last", "compiled"):
        result.update(torch_environment(case))
    return result


def torch_environment(case: Case) -> dict[str, str]:
    """Settings for PyTorch's best speed, without leaving compiler processes behind.

    Freed memory is kept for the next step, as in tinyalex (see kernels/memory.py).
    """
    result = {
        "MALLOC_MMAP_MAX_": "0",
        "MALLOC_TRIM_THRESHOLD_": str(2**40),
        "TORCHINDUCTOR_COMPILE_THREADS": "1",
    }
    if case.mode == "infer":
        result["TORCHINDUCTOR_FREEZING"] = "1"  # weights laid out once for oneDNN
    return result
