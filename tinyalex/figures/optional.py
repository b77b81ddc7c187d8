"""Optional pictures: an error while drawing them does not stop the work."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tqdm import tqdm


@contextmanager
def optional_picture(path: Path, failed: set[Path] | None = None) -> Iterator[None]:
    """Wraps the drawing of `path`: prints any error as one line and continues.

    failed: the pictures whose error has been printed; it is not printed again.
    """
    try:
        yield
    except Exception as error:
        if failed is None or path not in failed:
            reason = " ".join(str(error).split()) or type(error).__name__
            tqdm.write(f"note: could not draw {path}: {reason}", file=sys.stderr)
        if failed is not None:
            failed.add(path)
