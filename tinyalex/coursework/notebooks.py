"""python -m tinyalex.coursework.notebooks: builds and executes the notebooks of the lessons.

A notebook is the lesson's text, lessons/NN_*/README.md, with the code cells of cells.py beside it
put in behind the headings that they name:

    # %% after="Backward"
    from tinyalex.coursework.lesson_06 import figures as pictures
    pictures.overlap_maps()

notebooks/NN_*.ipynb is never edited by hand. Needs pip install -e ".[notebooks]".
"""

from __future__ import annotations

import argparse
import os
import re
from pathlib import Path

from tinyalex.coursework.engine.lessons import FOLDER, find, lessons
from tinyalex.support.commands import Parser, run_command
from tinyalex.support.files import write_text
from tinyalex.support.progress import progress_bar

NOTEBOOKS = FOLDER.parent / "notebooks"
SECONDS = 240  # of one cell
LARGEST = 700_000  # bytes of a notebook with its pictures
TITLE = ""  # the part of the text before the first heading


def parser() -> argparse.ArgumentParser:
    result = Parser(prog="python -m tinyalex.coursework.notebooks", description=__doc__)
    result.add_argument("lessons", nargs="*", metavar="LESSON", help="default: all that have cells")
    return result


def main(argv: list[str] | None = None) -> int:
    arguments = parser().parse_args(argv)
    chosen = [find(name) for name in arguments.lessons] or [
        lesson for lesson in lessons().values() if (FOLDER / lesson.folder / "cells.py").is_file()
    ]
    NOTEBOOKS.mkdir(exist_ok=True)
    with progress_bar(total=len(chosen), unit="notebook") as bar:
        for lesson in chosen:
            bar.set_description(lesson.folder)
            path = NOTEBOOKS / f"{lesson.folder}.ipynb"
            write_text(path, as_text(execute(build(FOLDER / lesson.folder))))
            if path.stat().st_size > LARGEST:
                raise ValueError(
                    f"{path} has {path.stat().st_size:,} bytes, and {LARGEST:,} are the most: "
                    "draw fewer or smaller pictures"
                )
            bar.update()
    return 0


def build(folder: Path):
    """The notebook of a lesson's folder, not executed. ValueError where a cell has no place."""
    import jupytext
    import nbformat.v4 as v4

    cells = jupytext.read(folder / "cells.py", fmt="py:percent").cells
    sections = split((folder / "README.md").read_text(encoding="utf-8"))
    headings = [heading for heading, _ in sections]
    made = []
    for heading, text in sections:
        made.append(v4.new_markdown_cell(text))
        made += [
            v4.new_code_cell(cell.source) for cell in cells if cell.metadata.get("after") == heading
        ]
    for cell in cells:
        if headings.count(cell.metadata.get("after")) != 1:
            raise ValueError(
                f"{folder / 'cells.py'}: a cell has after={cell.metadata.get('after')!r}, which "
                f"must be there once; the headings are {', '.join(map(repr, headings))}"
            )
    for number, cell in enumerate(made):
        cell["id"] = f"cell-{number}"  # the same every time
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return v4.new_notebook(cells=made, metadata={"kernelspec": kernel})


def split(text: str) -> list[tuple[str, str]]:
    """(heading, section) for each heading of level 2 or 3; "" for what comes before them."""
    parts = re.split(r"^(?=#{2,3} )", text, flags=re.MULTILINE)
    return [(_heading(part), part.strip()) for part in parts if part.strip()]


def _heading(part: str) -> str:
    first = part.splitlines()[0]
    return first.lstrip("#").strip() if first.startswith("##") else TITLE


def execute(notebook):
    """Runs all cells from top to bottom in a fresh kernel; an error in one of them is raised."""
    from nbclient import NotebookClient

    NOTEBOOKS.mkdir(exist_ok=True)
    client = NotebookClient(
        notebook,
        timeout=SECONDS,
        kernel_name="python3",
        resources={"metadata": {"path": str(NOTEBOOKS)}},
        record_timing=False,
    )
    # Only what can be read without a running kernel is kept; pictures always look the same.
    environment = {**os.environ, "TINYALEX_STATIC": "1", "PYTHONPATH": _paths()}
    client.execute(env=environment)
    return notebook


def _paths() -> str:
    """PYTHONPATH with this package first, whichever is installed."""
    return os.pathsep.join(filter(None, [str(FOLDER.parent), os.environ.get("PYTHONPATH")]))


def as_text(notebook) -> str:
    import nbformat

    return nbformat.writes(notebook) + "\n"


if __name__ == "__main__":
    run_command(main)
