"""Pictures that are welcome but not worth losing work for."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tqdm import tqdm


@contextmanager
def optional_picture(path: Path, failed: set[Path] | None = None) -> Iterator[None]:
    """Around the drawing of `path`: what goes wrong is said in one line, and the work goes on.

    failed: the pictures of which that has been said; of these it is not said again.
    """
    try:
        yield
    except Exception as error:
        if failed is None or path not in failed:
            reason = " ".join(str(error).split()) or type(error).__name__
            tqdm.write(f"note: {path} is not drawn: {reason}", file=sys.stderr)
        if failed is not None:
            failed.add(path)
