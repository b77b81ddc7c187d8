"""Limits for the process that runs a submission, each where the system has it."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

import numpy

import tinyalex

LINUX = sys.platform == "linux"
SUBREAPER, DUMPABLE, DEATH_SIGNAL, NO_NEW_RIGHTS = 36, 4, 1, 38  # of prctl
CREATE, ADD, RESTRICT = 444, 445, 446  # Landlock's system calls
PROCESSES = 256  # more than the user has already


def adopt_orphans() -> None:
    """Linux: what a child leaves running becomes a child of this process, and can be ended."""
    if LINUX:
        _prctl(SUBREAPER, 1)
        _prctl(DUMPABLE, 0)  # for other processes of this user our memory and files are closed


def kill_children() -> None:
    """Linux: kills all children of this process, those that it has adopted too."""
    for child in _children():
        with suppress(OSError):
            os.kill(child, signal.SIGKILL)


def end_children() -> None:
    """Kills all children, and all that have become our children since, until none is left."""
    for _ in range(1000 if hasattr(os, "WNOHANG") else 0):
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        kill_children()


def _children() -> list[int]:
    found = []
    for name in os.listdir("/proc") if LINUX else ():
        with suppress(OSError, ValueError):
            fields = Path("/proc", name, "stat").read_text().rpartition(")")[2].split()
            if int(fields[1]) == os.getpid():
                found.append(int(name))
    return found


def confine(memory: int, seconds: float, work: Path | None) -> None:
    """Bounds of what this process may take and, with a folder to work in, of what it may reach."""
    limit_memory(memory)
    _limit("FSIZE", 2**26)
    _limit("CORE", 0)
    _limit("NOFILE", 256)
    _limit("CPU", int(seconds) + 1)
    if not LINUX:
        return
    _prctl(DEATH_SIGNAL, signal.SIGKILL)
    _limit("NPROC", PROCESSES + _threads())
    if work is not None:
        _landlock(work)


def limit_memory(memory: int) -> None:
    """Bounds this process's address space, in bytes."""
    _limit("AS", memory)


def _limit(what: str, most: int) -> None:
    if sys.platform != "win32":
        import resource

        with suppress(OSError, ValueError):  # the system's own limit is lower
            resource.setrlimit(getattr(resource, f"RLIMIT_{what}"), (most, most))


def _threads() -> int:
    """How many threads the user has, which is what the limit counts."""
    total = 0
    for name in filter(str.isdigit, os.listdir("/proc")):
        with suppress(OSError):
            path = Path("/proc", name)
            if path.stat().st_uid == os.getuid():
                total += len(os.listdir(path / "task"))
    return total


def _prctl(*arguments: int) -> None:
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(*arguments, *([0] * (5 - len(arguments))))


class _Rules(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint64) for name in ("files", "network", "scopes")]


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = [("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32)]


def landlock_version() -> int:
    """Which version of Landlock the kernel has; less than 1 for none."""
    return ctypes.CDLL(None).syscall(CREATE, None, 0, 1) if LINUX else 0


def _landlock(work: Path) -> bool:
    """Linux 5.13 and later: files of others, and from 6.12 on their processes, are out of reach.

    What stays readable is Python, NumPy, this package and the system; only `work` can be written.
    False where the kernel does not have it.
    """
    call = ctypes.CDLL(None, use_errno=True).syscall
    version = landlock_version()
    if version < 1:
        return False
    bits = {1: 13, 2: 14, 3: 15, 4: 15}.get(version, 16)
    every, read = 2**bits - 1, 0b1101  # read: run, read a file, list a folder
    sizes = 8 if version < 4 else 16 if version < 6 else 24
    rules = _Rules(every, 3, 3)
    ruleset = call(CREATE, ctypes.byref(rules), sizes, 0)
    if ruleset < 0:
        return False
    places = dict.fromkeys(_readable(), read)
    places |= {str(work): every, "/dev/null": 0b110, "/dev/urandom": 0b100}
    for place, allowed in places.items():
        with suppress(OSError):
            folder = os.open(place, getattr(os, "O_PATH", 0) | os.O_CLOEXEC)
            beneath = _Beneath(allowed, folder)
            call(ADD, ruleset, 1, ctypes.byref(beneath), 0)
            os.close(folder)
    _prctl(NO_NEW_RIGHTS, 1)
    done = call(RESTRICT, ruleset, 0) == 0
    os.close(ruleset)
    return done


def _readable() -> list[str]:
    own = [Path(module.__file__).parent for module in (tinyalex, numpy, os)]
    packages = [own[1].parent]  # where NumPy's libraries are, and what else is installed
    system = ["/usr", "/lib", "/lib64", "/bin", "/etc", sys.prefix, sys.base_prefix]
    return [*map(str, own + packages), *system]
