"""Compiles loops with Numba and keeps the result on disk for the next start.

Numba's own cache (`cache=True`) ends the program where no folder can be written, the disk is full
or a file is damaged; and two programs that write into it at the same time can mix up their files.
`LoopCache` keeps Numba's choice of a folder, but stores each compiled loop in a file of its own,
which says by its checksum what it belongs to and that it is whole. Whatever goes wrong with such a
file, the loop is compiled as if there were none.
"""

from __future__ import annotations

import hashlib
import pickle
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from tqdm import tqdm

from tinyalex.support.files import write_whole

WAY_OUT = "the numpy backend needs no compiler: --backend numpy, or TINYALEX_BACKEND=numpy"
NOWHERE = "neither the folder of the source nor the home folder can be written"


def _reason(error: Exception) -> str:
    """An error in one line that is not too long."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text[:300]}"


try:
    import numba
    from numba.core.caching import FunctionCache, NullCache
    from numba.core.serialize import dumps
except Exception as error:  # not installed, or not made for this NumPy, Python or processor
    raise ValueError(f"Numba cannot be imported ({_reason(error)}); {WAY_OUT}") from error

# Compiled code need not ask whether an unsigned index counts from the end. Not compiled, NumPy 1
# would make a float of an unsigned number plus an int.
unsigned = int if numba.config.DISABLE_JIT else np.uint64

_complained = False


def compiler(**options) -> Callable[[Callable], Callable]:
    """A decorator: the loop is compiled at its first call, or read from the disk.

    options: those of `numba.njit`. Calls raise ValueError, in one line, where compiling fails.
    """

    def decorate(function: Callable) -> Callable:
        loop = numba.njit(**options)(function)
        if loop is not function:  # as it is with NUMBA_DISABLE_JIT=1
            loop._cache = _cache_for(function)
            loop._compile_for_args = _explaining(loop)
        return loop

    return decorate


def is_kept(loop: Callable) -> bool:
    """Whether a compiled loop has a place on the disk."""
    return isinstance(getattr(loop, "_cache", None), LoopCache)


class LoopCache(FunctionCache):
    """A loop's files, one for each combination of argument types: a checksum, then the code.

    The checksum also covers what the code depends on: the versions of Numba and of the source, the
    argument types, the processor, and constants in closures. So a file that is damaged or out of
    date is not read, but made again.
    """

    def load_overload(self, sig, target_context):
        """What was compiled for these argument types; None if it is not there."""
        target_context.refresh()
        path, belongs_to = self._entry(sig, target_context.codegen())
        try:
            content = path.read_bytes()
            if content[:32] != _checksum(belongs_to, content[32:]):
                return None
            return self._impl.rebuild(target_context, pickle.loads(content[32:]))
        except Exception:  # not there, not readable, or not what this Numba can use
            return None

    def save_overload(self, sig, data):
        """Stores what was compiled, if the disk permits."""
        if not self._impl.check_cachable(data):
            return
        try:
            path, belongs_to = self._entry(sig, data.codegen)
            code = dumps(self._impl.reduce(data))
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, lambda file: file.write(_checksum(belongs_to, code) + code))
        except Exception as error:
            _complain(_reason(error))

    def _entry(self, sig, codegen) -> tuple[Path, bytes]:
        """The file for these argument types, and all that its code depends on."""
        key = repr(self._index_key(sig, codegen)).encode()
        name = f"{self._impl.filename_base}-{hashlib.sha256(key).hexdigest()[:16]}.loop"
        version = repr((numba.__version__, self._impl.locator.get_source_stamp())).encode()
        return Path(self.cache_path) / name, version + key


def _checksum(belongs_to: bytes, code: bytes) -> bytes:
    return hashlib.sha256(belongs_to + code).digest()


def _cache_for(function: Callable):
    try:
        return LoopCache(function)
    except Exception as error:
        _complain(NOWHERE if "no locator" in str(error) else _reason(error))
        return NullCache()


def _complain(reason: str) -> None:
    """Says once that compiled loops are not kept."""
    global _complained
    if not _complained:
        _complained = True
        tqdm.write(  # above a progress bar, not into it
            f"note: the compiled loops cannot be stored ({reason}), so each start compiles them "
            "again; set NUMBA_CACHE_DIR to a folder that can be written",
            file=sys.stderr,
        )


def _explaining(loop: Callable) -> Callable:
    """What Numba calls for new argument types, with errors that name the way out."""

    def compile_for_args(*args, **keywords):
        try:
            return type(loop)._compile_for_args(loop, *args, **keywords)
        except Exception as error:
            raise ValueError(
                f"Numba cannot compile {loop.__name__} ({_reason(error)}); {WAY_OUT}"
            ) from error

    return compile_for_args
