"""Pictures that cannot be drawn end nothing, and Matplotlib draws whatever MPLBACKEND says."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

import tinyalex
from tinyalex.figures.optional import optional_picture

PACKAGE = Path(tinyalex.__file__).parent
DRAW = """
from pathlib import Path
import numpy as np
from tinyalex.coursework.lesson_06 import figures as lesson_06
from tinyalex.figures import draw_confusion, draw_saliency
draw_confusion(np.eye(2, dtype=int), "ab", "ab", Path("confusion.png"))
draw_saliency(np.zeros((4, 4, 3)), np.ones((4, 4)), Path("saliency.png"))
"""
BACKENDS = ("module://matplotlib_inline.backend_inline", "module://no.such", "nonsense", "TkAgg")
ERRORS = (ValueError("cannot\nwrite"), OSError(errno.ENOSPC, "full"), MemoryError(), KeyError(3))


@pytest.mark.slow
@pytest.mark.parametrize("backend", [*BACKENDS, "svg", ""])
def test_figures_are_drawn_whatever_backend_the_environment_names(tmp_path, backend):
    done = subprocess.run(
        [sys.executable, "-c", DRAW],
        env={**os.environ, "PYTHONPATH": str(PACKAGE.parent), "MPLBACKEND": backend},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    for name in ("confusion.png", "saliency.png"):
        assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["svg", "TkAgg"])
def test_the_backend_of_a_notebook_stays_in_use(backend):
    code = (
        "import os, tinyalex.figures.plotting, matplotlib\n"
        "print(matplotlib.rcParams._get('backend'), os.environ['MPLBACKEND'])"
    )
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE.parent), "MPLBACKEND": backend}
    done = subprocess.run([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE)
    assert done.stdout.decode().lower().split() == [backend.lower()] * 2


def test_matplotlib_is_imported_in_one_place():
    found = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip().startswith(("import matplotlib", "from matplotlib"))
    }
    assert found == {"figures/plotting.py"}


@pytest.mark.parametrize("error", ERRORS)
def test_a_failed_picture_is_one_line_and_said_once(capsys, error):
    failed = set()
    for _ in range(3):
        with optional_picture(Path("a.png"), failed):
            raise error
    with optional_picture(Path("b.png"), failed):
        raise error
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith("note: could not draw a.png: ")
    assert second.startswith("note: could not draw b.png: ")


def test_ctrl_c_still_stops():
    with pytest.raises(KeyboardInterrupt), optional_picture(Path("a.png")):
        raise KeyboardInterrupt
