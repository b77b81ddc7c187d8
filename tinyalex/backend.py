"""Which array module and which kernels are in use. The only file that knows CuPy exists.

`backend.xp` is the array module (NumPy, or CuPy on a GPU) and `backend.kernels` the hot loops:

| backend | arrays | kernels |
|---|---|---|
| "numba" (the default) | NumPy | `kernels/cpu.py`, compiled and parallel |
| "numpy" | NumPy | `kernels/reference.py`, the readable specification |
| "cupy" | CuPy | `kernels/reference.py` on the GPU |

Both names are looked up at every use (`backend.xp.exp(x)`), so `use_backend` takes effect at once.
"""

from __future__ import annotations

import importlib
import os
from types import ModuleType

import numpy as np

BACKENDS = ("numba", "numpy", "cupy")

_choice: tuple[str, ModuleType | None] | None = None


def use_backend(name: str, *, array_module: ModuleType | None = None) -> None:
    """Chooses the backend for everything that is computed from now on.

    Networks keep the arrays that they were built with: choose first, build afterwards.

    name: "numba", "numpy" or "cupy".
    array_module: takes CuPy's place (tests pass a strict stand-in).
    Raises ValueError for an unknown name, or if CuPy cannot be imported.
    """
    global _choice
    if name not in BACKENDS:
        raise ValueError(f"unknown backend {name!r}: choose one of {', '.join(BACKENDS)}")
    if name == "cupy" and array_module is None:
        array_module = _import_cupy()
    _choice = (name, array_module)
    globals().pop("xp", None)
    globals().pop("kernels", None)


def current_backend() -> str:
    """The name of the backend in use."""
    if _choice is None:
        use_backend(os.environ.get("TINYALEX_BACKEND", "numba"))
    return _choice[0]


def __getattr__(attribute: str):
    # Resolved at first use, so that `import tinyalex` need not wait for Numba.
    if attribute == "xp":
        current_backend()
        globals()["xp"] = _choice[1] or np
    elif attribute == "kernels":
        module = "cpu" if current_backend() == "numba" else "reference"
        globals()["kernels"] = importlib.import_module(f"tinyalex.kernels.{module}")
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {attribute!r}")
    return globals()[attribute]


def to_numpy(array) -> np.ndarray:
    """The array as a NumPy array, copied from the GPU if it is there."""
    return array.get() if hasattr(array, "get") else np.asarray(array)


def from_numpy(array: np.ndarray):
    """The array as an array of the backend in use."""
    return __getattr__("xp").asarray(array)


def _import_cupy() -> ModuleType:
    try:
        return importlib.import_module("cupy")
    except ImportError as error:
        raise ValueError(
            f"backend 'cupy' needs CuPy, which could not be imported ({error}): "
            "pip install 'tinyalex[gpu]', or choose 'numba'"
        ) from None
