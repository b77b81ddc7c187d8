"""Compiles loops with Numba and keeps the result on disk for the next start.

Numba's own cache (`cache=True`) stops the program if no folder can be written, the disk is full or
a file is damaged, and two programs that write to it at the same time can mix up their files.
`LoopCache` uses the same folder, but stores each compiled loop in a separate file, with a checksum
that shows whether the file is intact and up to date. If anything is wrong with the file, the loop
is compiled again.
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
NOWHERE = "neither the source folder nor the home folder is writable"


def _reason(error: Exception) -> str:
    """An error as one short line."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text[:300]}"


try:
    import numba
    from numba.core.caching import FunctionCache, NullCache
    from numba.core.serialize import dumps
except Exception as error:  # not installed, or does not support this NumPy, Python or processor
    raise ValueError(f"Numba cannot be imported ({_reason(error)}); {WAY_OUT}") from error

# With an unsigned index, compiled code need not check whether it counts from the end (x[-1]). If
# the code is not compiled, the index must be an int: in NumPy 1, uint64 plus int is a float.
unsigned = int if numba.config.DISABLE_JIT else np.uint64

_complained = False


def compiler(**options) -> Callable[[Callable], Callable]:
    """A decorator: the loop is compiled, or read from disk, at its first call.

    options: those of `numba.njit`. A call raises ValueError if compilation fails.
    """

    def decorate(function: Callable) -> Callable:
        loop = numba.njit(**options)(function)
        if loop is not function:  # with NUMBA_DISABLE_JIT=1 they are the same
            loop._cache = _cache_for(function)
            loop._compile_for_args = _explaining(loop)
        return loop

    return decorate


def is_kept(loop: Callable) -> bool:
    """Whether a compiled loop is stored on disk."""
    return isinstance(getattr(loop, "_cache", None), LoopCache)


class LoopCache(FunctionCache):
    """A loop's files, one for each combination of argument types: a checksum, then the code.

    The checksum also covers what the code depends on: the versions of Numba and of the source, the
    argument types, the processor, and constants in closures. So a file that is damaged or out of
    date is not used but replaced.
    """

    def load_overload(self, sig, target_context):
        """The code compiled for these argument types, or None."""
        target_context.refresh()
        path, belongs_to = self._entry(sig, target_context.codegen())
        try:
            content = path.read_bytes()
            if content[:32] != _checksum(belongs_to, content[32:]):
                return None
            return self._impl.rebuild(target_context, pickle.loads(content[32:]))
        except Exception:  # missing, unreadable, or unusable with this Numba
            return None

    def save_overload(self, sig, data):
        """Stores the compiled code, if the disk allows it."""
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
        """The file for these argument types, and everything that its code depends on."""
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
    """Prints once why compiled loops cannot be stored."""
    global _complained
    if not _complained:
        _complained = True
        tqdm.write(  # above a progress bar, not into it
            f"note: the compiled loops cannot be stored ({reason}), so each start compiles them "
            "again; set NUMBA_CACHE_DIR to a writable folder",
            file=sys.stderr,
        )


def _explaining(loop: Callable) -> Callable:
    """The method that Numba calls for new argument types, with errors that suggest a way out."""

    def compile_for_args(*args, **keywords):
        try:
            return type(loop)._compile_for_args(loop, *args, **keywords)
        except Exception as error:
            raise ValueError(
                f"Numba cannot compile {loop.__name__} ({_reason(error)}); {WAY_OUT}"
            ) from error

    return compile_for_args
