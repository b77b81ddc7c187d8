"""Writing files completely or not at all, and only where a file can be written."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from tinyalex.support.text import READABLE

REFUSED = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
)
BESIDE = 40  # characters of the name that the temporary file keeps: a longer name could be too long


def write_whole(path: Path, write: Callable[[BinaryIO], None]) -> None:
    """Calls write(file) on a file beside `path`, then renames it: no reader sees half a file.

    If `path` is a symbolic link, its target is written. An existing file's permissions are kept,
    and its owner where that is allowed. ValueError if `destination` refuses the path, the disk is
    full or the folder cannot be written; an existing file then stays unchanged.
    """
    target = destination(path)
    beside = target.with_name(f".{target.name[:BESIDE]}.{os.getpid()}.part")
    try:
        with open(beside, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            _take_over(os.stat(target), beside)
        os.replace(beside, target)
    except OSError as error:
        reason = error.strerror or error
        raise ValueError(
            f"cannot write {path}: {reason}; free some space or choose another place"
        ) from None
    finally:
        with suppress(OSError):
            beside.unlink()


def write_text(path: Path, text: str) -> None:
    """Writes a UTF-8 text file completely or not at all; bytes that are not UTF-8 become \\xff."""
    write_whole(path, lambda file: file.write(text.encode("utf-8", READABLE)))


def destination(path: Path) -> Path:
    """The file that writing to `path` creates or replaces: for a symbolic link, its target.

    ValueError if the path is not a regular file, is read-only, is a file that this process prints
    to, or has no folder. Commands call this before they start to work.
    """
    try:
        return _destination(Path(path))
    except OSError as error:
        raise ValueError(f"cannot write {path}: {error.strerror or error}") from None


def _destination(path: Path) -> Path:
    target = Path(os.path.realpath(path))
    try:
        found = os.stat(path)
    except FileNotFoundError:
        if not target.parent.is_dir():
            raise ValueError(f"cannot write {path}: there is no folder {target.parent}") from None
        _check_folder(path, target.parent)
        return target
    for is_kind, kind in REFUSED:
        if is_kind(found.st_mode):
            raise ValueError(f"cannot write {path}: it is {kind}; name a file")
    if not os.access(path, os.W_OK):
        raise ValueError(f"cannot write {path}: it is read-only; choose another name")
    if any(os.path.samestat(found, printed) for printed in _printed_to()):
        raise ValueError(f"cannot write {path}: the command prints to it; name another file")
    _check_folder(path, target.parent)
    return target


def _check_folder(path: Path, folder: Path) -> None:
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ValueError(f"cannot write {path}: the folder {folder} is read-only")


def _printed_to() -> list[os.stat_result]:
    """The files behind standard output and standard error."""
    found = []
    for descriptor in (1, 2):
        with suppress(OSError):  # closed
            found.append(os.fstat(descriptor))
    return found


def _take_over(old: os.stat_result, path: Path) -> None:
    """Gives `path` the permissions of the old file, and its owner where that is allowed."""
    if hasattr(os, "chown"):
        with suppress(OSError):
            os.chown(path, old.st_uid, old.st_gid)
    os.chmod(path, stat.S_IMODE(old.st_mode) & 0o777)


def make_folder(path: Path, flag: str = "") -> Path:
    """Creates the folder and its parents if they do not exist. ValueError if that fails.

    flag: the command-line flag that the message suggests for choosing another folder.
    """
    advice = f"; choose another {flag}" if flag else ""
    for place in (path, *path.parents):
        if os.path.lexists(place) and not place.is_dir():
            what = "a broken link" if place.is_symlink() and not place.exists() else "a file"
            raise ValueError(f"cannot write {path}: {place} is {what}, not a folder{advice}")
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ValueError(f"cannot write {path}: {error.strerror or error}{advice}") from None
    return path
