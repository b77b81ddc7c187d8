"""Pictures in a notebook: one for reading, and sliders for playing."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Sequence

from tinyalex.figures.plotting import Figure
from tinyalex.support.text import cut

DPI = 90
LONGEST = 500  # characters of an alternative text


def show(figure: Figure) -> None:
    """Puts a figure below the cell, as a PNG."""
    from IPython.display import Image, display

    png = io.BytesIO()
    figure.savefig(png, format="png", dpi=DPI)
    display(Image(png.getvalue(), alt=described(figure)))


def described(figure: Figure) -> str:
    """Alternative text: the figure's title, and each panel's title and axes."""
    title = " ".join([figure.get_suptitle(), figure.get_supxlabel(), figure.get_supylabel()])
    panels = []
    for axes in figure.axes:
        words = [axes.get_title(), axes.get_xlabel(), axes.get_ylabel()]
        panels.append(" / ".join(" ".join(word.split()) for word in words if word.strip()))
    # Panels often share their labels: each is said once.
    said = dict.fromkeys([" ".join(title.split()), *panels])
    text = "; ".join(words for words in said if words) or "a picture without labels"
    return cut(f"Plot: {text}", LONGEST)


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
