"""Checks a submission in a separate process: a crash or an endless loop is a verdict too.

python -m tinyalex.coursework.engine.submission LESSON FILE SEED RESULT MEMORY is that process. The
submission runs in an empty folder, its output is discarded, and the result is a file. It can still
read and delete what its user can: run untrusted work as a separate user or in a container.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from tinyalex.coursework.engine.task import Lesson
from tinyalex.support.files import write_text

SECONDS = 60
MEMORY = 4 * 2**30  # bytes of address space, of which Numba's compiler takes one or two


def check_isolated(
    lesson: Lesson, path: Path, seed: int = 0, seconds: float = SECONDS, memory: int = MEMORY
) -> list[dict]:
    """The verdicts on a file, as dicts, whatever the file does."""
    with tempfile.TemporaryDirectory(prefix="tinyalex-check-") as folder:
        result = Path(folder) / "verdict.json"
        work = Path(folder) / "work"
        work.mkdir()
        command = [sys.executable, "-m", "tinyalex.coursework.engine.submission"]
        command += [lesson.number, str(path.resolve()), str(seed), str(result), str(memory)]
        reason = _run(command, work, seconds)
        try:
            return json.loads(result.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return [_no_verdict(task, reason) for task in lesson.tasks]


def _run(command: list[str], work: Path, seconds: float) -> str:
    """Runs the command and returns a sentence on how it ended."""
    package = str(Path(__file__).parents[3])
    paths = [package, *filter(None, [os.environ.get("PYTHONPATH")])]
    # A separate session, so that whatever it starts can be killed with it.
    process = subprocess.Popen(
        command,
        cwd=work,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        code = process.wait(timeout=seconds)
        return f"the process ended with code {code} before it could be judged"
    except subprocess.TimeoutExpired:
        return f"still running after {seconds:g} seconds: an endless loop?"
    finally:
        _kill(process)


def _kill(process: subprocess.Popen) -> None:
    if hasattr(os, "killpg"):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, 9)
    process.kill()
    process.wait()


def _no_verdict(task, reason: str) -> dict:
    from tinyalex.coursework.engine.verdict import Verdict

    ids = ", ".join(task.ids.values())
    return Verdict(ids, task.name, "contract", False, reason).as_dict()


def _limit(memory: int) -> None:
    """Limits the process's memory and file size where the system can."""
    try:
        import resource
    except ImportError:  # Windows
        return
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**26, 2**26))


def main() -> None:
    number, path, seed, result, memory = sys.argv[1:]
    from tinyalex.coursework.engine.checker import check_lesson
    from tinyalex.coursework.engine.lessons import find

    lesson = find(number)
    _limit(int(memory))
    verdicts = [verdict.as_dict() for verdict in check_lesson(lesson, Path(path), int(seed))]
    write_text(Path(result), json.dumps(verdicts))
    # Do not wait for threads or exit handlers that the submission left behind.
    os._exit(0)


if __name__ == "__main__":
    main()
