"""Writing files whole or not at all, and nowhere but where a file may stand."""

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
BESIDE = 40  # letters of the name that the unfinished file has, too: a name can be too long


def write_whole(path: Path, write: Callable[[BinaryIO], None]) -> None:
    """Calls write(file) on a file beside `path`, then renames it: no reader sees half a file.

    Behind a symbolic link its target is written; permissions and owner of an old file stay where
    they may. ValueError, in one line, where `destination` refuses, the disk is full or the folder
    cannot be written; the old file, if there was one, is then still there.
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
    """A whole UTF-8 text file. Bytes of names that are not UTF-8 stand as escapes (\\xff)."""
    write_whole(path, lambda file: file.write(text.encode("utf-8", READABLE)))


def destination(path: Path) -> Path:
    """The file that writing `path` makes or replaces: of a symbolic link, what it points to.

    ValueError, in one line, for what is no regular file, for a file that is read-only or that this
    process prints to, and where there is no folder for it. Commands ask before the work.
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
        raise ValueError(f"cannot write {path}: what the command prints goes there; name a file")
    _check_folder(path, target.parent)
    return target


def _check_folder(path: Path, folder: Path) -> None:
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ValueError(f"cannot write {path}: the folder {folder} is read-only")


def _printed_to() -> list[os.stat_result]:
    """What standard output and standard error are."""
    found = []
    for descriptor in (1, 2):
        with suppress(OSError):  # closed
            found.append(os.fstat(descriptor))
    return found


def _take_over(old: os.stat_result, path: Path) -> None:
    """Gives a file the owner, as far as that is allowed, and the permissions of another."""
    if hasattr(os, "chown"):
        with suppress(OSError):
            os.chown(path, old.st_uid, old.st_gid)
    os.chmod(path, stat.S_IMODE(old.st_mode) & 0o777)


def make_folder(path: Path, flag: str = "") -> Path:
    """The folder, made with those above it where it is not there. ValueError where it cannot be.

    flag: the one to choose another place with.
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
