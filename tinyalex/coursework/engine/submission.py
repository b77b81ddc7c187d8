"""Checks a submission in two processes of their own, `apart/judge.py` and `apart/worker.py`.

A crash or an endless loop is a verdict too.

`apart`, for somebody else's code: the submission is copied alone into a folder, its environment is
empty and its output is discarded. TEACHING.md says what this protects against and what it does not.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import fields
from pathlib import Path

from tinyalex.coursework.engine.checker import failed, stages_of
from tinyalex.coursework.engine.task import Lesson, Task
from tinyalex.coursework.engine.verdict import Failed, Verdict

SECONDS = 60  # for each task
MEMORY = 4 * 2**30  # bytes of address space, of which Numba's compiler takes one or two
LARGEST = 2**20  # bytes of an exercise.py
KEPT = ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT", "TZ")  # of the environment: what Python needs
KEYS = {field.name for field in fields(Verdict)} - {"name", "stages"}
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


def check_isolated(
    lesson: Lesson,
    path: Path,
    seed: int = 0,
    seconds: float = SECONDS,
    memory: int = MEMORY,
    apart: bool = True,
) -> list[Verdict]:
    """A verdict for each task of a file, whatever the file does. seconds: for each task."""
    try:
        with _placed(path, apart) as place:
            command = [sys.executable, "-m", "tinyalex.coursework.apart.judge", lesson.number]
            command += [str(place), str(seed), str(seconds), str(memory)]
            command += ["apart" if apart else "shown"]
            longest = seconds * (len(lesson.tasks) + 1) + 60
            text, reason = _run(command, place.parent if apart else None, longest)
    except (OSError, Failed) as error:
        return [_no_verdict(task, str(error)) for task in lesson.tasks]
    return _verdicts(text, lesson, reason)


@contextmanager
def _placed(path: Path, apart: bool) -> Iterator[Path]:
    """The file to run: itself or, apart, a copy that is alone in a folder."""
    if not path.is_file():
        raise Failed(f"there is no {path}" if not path.exists() else f"{path} is not a file")
    if not apart:
        yield path.resolve()
        return
    if path.stat().st_size > LARGEST:
        raise Failed(f"{path.name} is larger than {LARGEST:,} bytes: it is not read")
    with tempfile.TemporaryDirectory(prefix="tinyalex-check-", ignore_cleanup_errors=True) as top:
        work = Path(os.path.realpath(top), "work")
        work.mkdir()
        shutil.copyfile(path, work / "exercise.py")
        yield work / "exercise.py"


def _run(command: list[str], work: Path | None, seconds: float) -> tuple[bytes, str]:
    """The command's output, and how it ended."""
    package = str(Path(__file__).parents[3])
    paths = [package, *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = dict(os.environ)
    if work is not None:
        environment = {key: os.environ[key] for key in KEPT if key in os.environ}
        environment |= {"HOME": str(work), "TMPDIR": str(work), "PYTHONDONTWRITEBYTECODE": "1"}
    environment |= {"PYTHONPATH": os.pathsep.join(paths), "PYTHONIOENCODING": "utf-8", **ONE_THREAD}
    process = subprocess.Popen(
        command,
        cwd=work,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL if work is not None else None,
        start_new_session=True,
    )
    try:
        text, _ = process.communicate(timeout=seconds)
        return text, f"no verdict: the check ended with code {process.returncode}"
    except subprocess.TimeoutExpired:
        return b"", f"still running after {seconds:g} seconds: an endless loop?"
    finally:
        _kill(process)


def _kill(process: subprocess.Popen) -> None:
    if hasattr(os, "killpg"):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, 9)
    process.kill()
    process.stdout.close()
    process.wait()


def _verdicts(text: bytes, lesson: Lesson, reason: str) -> list[Verdict]:
    """The verdicts that the judge has printed; "no verdict" if it has not come to its end."""
    try:
        found = json.loads(text)
    except ValueError:
        return [_no_verdict(task, reason) for task in lesson.tasks]
    return [_verdict(one, task) for one, task in zip(found, lesson.tasks, strict=True)]


def _verdict(found: dict, task: Task) -> Verdict:
    known = {key: found[key] for key in KEYS}
    return Verdict(name=task.name, stages=stages_of(task), **known)


def _no_verdict(task: Task, reason: str) -> Verdict:
    return failed(task, "contract", Failed(reason, diagnose=False))
