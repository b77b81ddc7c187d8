"""The notebooks: the lessons' texts and cells, executed as they stand."""

import json
import time

import pytest

pytest.importorskip("jupytext", reason='needs pip install -e ".[notebooks]"')
pytest.importorskip("nbclient", reason='needs pip install -e ".[notebooks]"')

from tinyalex.coursework.engine.lessons import FOLDER, lessons
from tinyalex.coursework.notebooks import LARGEST, NOTEBOOKS, as_text, build, execute, split

LESSONS = list(lessons().values())
each_lesson = pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.folder)
SECONDS = 180  # far more than any takes; all together stay below a quarter of an hour


def stored(lesson):
    return json.loads((NOTEBOOKS / f"{lesson.folder}.ipynb").read_text(encoding="utf-8"))


def sources(notebook):
    return [(cell["cell_type"], "".join(cell["source"])) for cell in notebook["cells"]]


@each_lesson
def test_text_and_notebook_agree(lesson):
    assert sources(json.loads(as_text(build(FOLDER / lesson.folder)))) == sources(stored(lesson))


@each_lesson
def test_the_stored_notebook_shows_something(lesson):
    outputs = [out for cell in stored(lesson)["cells"] for out in cell.get("outputs", [])]
    assert not [out for out in outputs if out["output_type"] == "error"]
    assert any("image/png" in out.get("data", {}) for out in outputs)
    assert (NOTEBOOKS / f"{lesson.folder}.ipynb").stat().st_size <= LARGEST


@each_lesson
def test_every_picture_has_an_alternative_text(lesson):
    outputs = [out for cell in stored(lesson)["cells"] for out in cell.get("outputs", [])]
    for out in outputs:
        if "image/png" in out.get("data", {}):
            assert out["metadata"]["image/png"]["alt"].startswith("Plot: ")


@each_lesson
def test_cells_are_thin(lesson):
    code = [text for kind, text in sources(stored(lesson)) if kind == "code"]
    assert code
    for text in code:
        assert not [line for line in text.splitlines() if line.startswith(("%", "!"))]
        assert len(text.splitlines()) <= 30
    assert any("check(" in text for text in code)


@each_lesson
def test_every_notebook_runs_from_top_to_bottom(lesson):
    started = time.perf_counter()
    notebook = execute(build(FOLDER / lesson.folder))
    assert time.perf_counter() - started < SECONDS
    kinds = [out["output_type"] for cell in notebook.cells for out in cell.get("outputs", [])]
    assert "error" not in kinds


def test_no_notebook_without_a_lesson():
    names = {lesson.folder for lesson in LESSONS}
    assert {path.stem for path in NOTEBOOKS.glob("*.ipynb")} == names


def test_a_text_is_split_at_its_headings():
    text = "# Title\n\nfirst\n\n## One\n\na\n\n### Two\n\nb\n"
    assert split(text) == [
        ("", "# Title\n\nfirst"),
        ("One", "## One\n\na"),
        ("Two", "### Two\n\nb"),
    ]


def test_a_cell_without_a_place_is_refused(tmp_path):
    (tmp_path / "README.md").write_text("# Title\n\n## One\n")
    (tmp_path / "cells.py").write_text('# %% after="Three"\n1 + 1\n')
    with pytest.raises(ValueError, match=r"'Three', which must be there once; .* '', 'One'"):
        build(tmp_path)
