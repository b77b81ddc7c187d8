"""Progress bars."""

from __future__ import annotations

import sys

from tqdm import tqdm


def progress_bar(**options) -> tqdm:
    """A tqdm bar. In a file or a pipe it prints a line every 30 seconds instead of ten a second,
    and nothing for work that takes less than that."""
    if not sys.stderr.isatty():
        options = {"mininterval": 30, "delay": 30, **options}
    return tqdm(**{"dynamic_ncols": True, **options})
