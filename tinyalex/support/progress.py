"""Progress bars."""

from __future__ import annotations

import sys

from tqdm import tqdm


def progress_bar(**options) -> tqdm:
    """A tqdm bar on the terminal; in a file or a pipe, a line every half minute instead of ten a
    second. Short work that ends before the first line shows nothing there."""
    if not sys.stderr.isatty():
        options = {"mininterval": 30, "delay": 30, **options}
    return tqdm(**{"dynamic_ncols": True, **options})
