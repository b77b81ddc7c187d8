"""Pictures in a notebook: one for reading, and sliders for playing."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Sequence

from tinyalex.figures.plotting import Figure

DPI = 90


def show(figure: Figure) -> None:
    """Puts a figure below the cell, as a PNG."""
    from IPython.display import Image, display

    png = io.BytesIO()
    figure.savefig(png, format="png", dpi=DPI)
    display(Image(png.getvalue()))


def explore(draw: Callable[..., Figure], still: dict, **choices: Sequence) -> None:
    """Shows draw(**still), and where ipywidgets is installed sliders for the choices.

    choices: the values of each argument. A notebook that is built to be read (TINYALEX_STATIC=1)
    has the still picture, and says what moves in Jupyter.
    """
    if os.environ.get("TINYALEX_STATIC"):
        show(draw(**still))
        print(f"Open this notebook in Jupyter to move: {', '.join(choices)}")
        return
    try:
        from ipywidgets import SelectionSlider, interact
    except ImportError:
        show(draw(**still))
        print('pip install -e ".[notebooks]" adds sliders to this picture')
        return
    sliders = {
        name: SelectionSlider(options=list(values), value=still[name], description=name)
        for name, values in choices.items()
    }
    interact(lambda **values: show(draw(**values)), **sliders)
