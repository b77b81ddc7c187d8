"""The parts of Matplotlib that tinyalex uses. Import them from here, and only to draw something.

A Jupyter kernel passes its MPLBACKEND to programs whose environment may not have that backend, and
`import matplotlib` then fails. Drawing to files needs no backend: `Figure.savefig` uses Agg.
"""

from __future__ import annotations

import os
from contextlib import suppress

_backend = os.environ.pop("MPLBACKEND", None)
try:
    import matplotlib
finally:
    if _backend is not None:
        os.environ["MPLBACKEND"] = _backend
if _backend:
    with suppress(ValueError):  # if it exists, the importing program may use it for its windows
        matplotlib.rcParams["backend"] = _backend

from matplotlib import colormaps, get_data_path  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402
from matplotlib.font_manager import fontManager  # noqa: E402
from matplotlib.ft2font import FT2Font  # noqa: E402
from matplotlib.lines import Line2D  # noqa: E402
from matplotlib.patches import Patch, Rectangle  # noqa: E402
from matplotlib.text import Text  # noqa: E402

__all__ = [
    "FT2Font",
    "Figure",
    "Line2D",
    "Patch",
    "Rectangle",
    "Text",
    "colormaps",
    "fontManager",
    "get_data_path",
]
