"""Compiled loops and the disk: whatever cannot be stored or read there, training goes on."""

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numba
import pytest
from complaints import complaint

import tinyalex
from tinyalex.kernels import compiler
from tinyalex.kernels.compile import start_compiling

FORWARD = """
import numpy as np
from tinyalex import use_backend
from tinyalex.kernels import compiler
from tinyalex.layers import Conv2d
layer = Conv2d(4, 4, 3, rng=np.random.default_rng(0))
use_backend("numpy")
right = layer.forward(np.ones((1, 6, 6, 4), "float32"))
use_backend("numba")
for algorithm in ("im2col", "winograd"):
    layer.algorithm = algorithm
    assert np.allclose(layer.forward(np.ones((1, 6, 6, 4), "float32")), right, atol=1e-5)
print("right")
"""


def run(code, tree=None, **environment):
    """Runs code with the package of a folder, by default this one; its output and its errors."""
    tree = tree or Path(tinyalex.__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(tree), "TINYALEX_BACKEND": "numba", **environment},
        cwd=tree,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


@pytest.fixture
def nowhere(tmp_path):
    """A copy of the package and an environment that leave no folder to write to, not even to root:
    where a folder would have to be made, there is a file."""
    shutil.copytree(
        Path(tinyalex.__file__).parent,
        tmp_path / "tinyalex",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    (tmp_path / "tinyalex" / "kernels" / "__pycache__").write_text("")
    homes = ("HOME", "XDG_CACHE_HOME", "LOCALAPPDATA", "APPDATA")
    return tmp_path, dict.fromkeys(homes, __file__) | {"NUMBA_CACHE_DIR": ""}


@pytest.mark.slow
def test_with_no_folder_to_write_to_loops_are_compiled_all_the_same(nowhere):
    tree, environment = nowhere
    output, errors = run(FORWARD, tree, **environment)
    assert output == "right\n"
    (line,) = errors.splitlines()
    assert line.startswith("note: the compiled loops cannot be stored (neither the source folder")
    assert line.endswith("set NUMBA_CACHE_DIR to a writable folder")


@pytest.mark.slow
def test_the_folder_that_the_note_speaks_of_helps(nowhere, tmp_path):
    tree, environment = nowhere
    environment["NUMBA_CACHE_DIR"] = str(tmp_path / "cache")
    assert run(FORWARD, tree, **environment) == ("right\n", "")
    assert len(list((tmp_path / "cache").rglob("*.loop"))) > 3


@pytest.mark.slow
def test_the_process_that_compiles_ahead_ends_at_once_where_nothing_is_kept(nowhere):
    code = """
from tinyalex.kernels import compile
compile.compile_kernels = lambda dtype: print("compiles", dtype)
compile.main("float32")
"""
    tree, environment = nowhere
    assert run(code, tree, **environment)[0] == ""
    assert run(code)[0] == "compiles float32\n"


@pytest.mark.parametrize("what", ["executable", "process"])
def test_where_no_process_can_be_started_training_compiles_by_itself(monkeypatch, what):
    def fail(*arguments, **options):
        raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    if what == "process":
        monkeypatch.setattr(subprocess, "Popen", fail)
    else:
        monkeypatch.setattr(sys, "executable", None)
    assert start_compiling("float32") is None


# --- a loop's file --------------------------------------------------------------------------

TWICE = """
from tinyalex.kernels.compiler import compiler


@compiler(nogil=True)
def twice(x):
    return {factor} * x


def times(factor):
    @compiler(nogil=True)
    def product(x):
        return factor * x

    return product
"""


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    """A folder for loops, and nothing said yet."""
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(compiler, "_complained", False)
    return tmp_path


def module(folder, factor=2):
    """A module with loops, as a new program would read it."""
    path = folder / "loops_to_store.py"
    text = TWICE.format(factor=factor)
    if not path.exists() or path.read_text() != text:  # old versions of Numba look at its time
        path.write_text(text)
    names = {"__file__": str(path), "__name__": "loops_to_store"}
    exec(compile(text, str(path), "exec"), names)
    return names


def files(folder):
    return sorted((folder / "cache").rglob("*.loop"))


def hits(loop):
    return sum(loop.stats.cache_hits.values())


def test_a_loop_is_compiled_once_for_each_type_and_constant(shelf):
    for start in range(2):
        names = module(shelf)
        loops = [names["twice"], names["times"](3), names["times"](4)]
        for number in (5, 5.5):
            assert [loop(number) for loop in loops] == [2 * number, 3 * number, 4 * number]
        assert len(files(shelf)) == 6
        assert [hits(loop) for loop in loops] == [2 * start] * 3
        assert all(compiler.is_kept(loop) for loop in loops)


def test_a_loop_whose_source_changed_is_compiled_again(shelf):
    for factor in (2, 30, 2):
        loop = module(shelf, factor)["twice"]
        assert (loop(5), hits(loop)) == (5 * factor, 0)


def damages():
    """What can happen to a file: (name, how bytes change)."""
    yield "empty", lambda content: b""
    for share in (0.001, 0.1, 0.5, 0.99):
        yield f"cut at {share}", lambda content, share=share: content[: int(share * len(content))]
    yield "zeros behind the middle", lambda c: c[: len(c) // 2] + bytes(len(c) - len(c) // 2)
    for place in (0, 40, -1000, -1):
        yield (
            f"another byte at {place}",
            lambda content, place=place: bytes(
                byte ^ (position == place % len(content)) for position, byte in enumerate(content)
            ),
        )
    yield "something else", lambda content: b"version https://git-lfs.github.com/spec/v1\n"


@pytest.mark.slow
@pytest.mark.parametrize(("name", "damage"), list(damages()))
def test_a_damaged_file_is_made_again(shelf, capsys, name, damage):
    module(shelf)["twice"](5)
    (path,) = files(shelf)
    whole = path.read_bytes()
    path.write_bytes(damage(whole))
    assert path.read_bytes() != whole
    for expected_hits in (0, 1):
        loop = module(shelf)["twice"]
        assert (loop(5), hits(loop)) == (10, expected_hits)
    assert capsys.readouterr().err == ""


def test_a_file_that_cannot_be_opened_stops_nothing(shelf, capsys):
    module(shelf)["twice"](5)
    (path,) = files(shelf)
    path.unlink()
    path.mkdir()
    assert module(shelf)["twice"](5) == 10
    assert "cannot be stored (ValueError: cannot write" in capsys.readouterr().err


def test_another_version_of_numba_compiles_again(shelf, monkeypatch):
    module(shelf)["twice"](5)
    monkeypatch.setattr(numba, "__version__", "0.0")
    loop = module(shelf)["twice"]
    assert (loop(5), hits(loop)) == (10, 0)


@pytest.mark.slow
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO])
@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_disk_that_fills_ends_nothing_and_is_said_once(shelf, monkeypatch, capsys, number, call):
    def fail(*arguments):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, call, fail)
    names = module(shelf)
    assert [names["twice"](5), names["twice"](5.5), names["times"](3)(5)] == [10, 11.0, 15]
    (line,) = capsys.readouterr().err.splitlines()
    assert os.strerror(number) in line
    assert "NUMBA_CACHE_DIR" in line
    assert [path for path in (shelf / "cache").rglob("*") if path.is_file()] == []


def test_programs_that_store_at_the_same_time_do_not_mix_up_their_loops(shelf):
    """Numba numbers its files: two programs that find none both write number 1."""
    first, second = module(shelf)["twice"], module(shelf)["twice"]
    for loop, number in ((first, 5), (second, 5.5)):
        loop(number)
    third = module(shelf)["twice"]
    assert [third(5), third(5.5), hits(third)] == [10, 11.0, 2]


# --- compiling itself -----------------------------------------------------------------------


def test_where_compiling_fails_the_message_names_the_way_out(shelf, monkeypatch):
    loop = module(shelf)["twice"]
    monkeypatch.setattr(loop._compiler, "compile", lambda *arguments: 1 // 0)
    message = complaint(lambda: loop(5))
    assert message.startswith("Numba cannot compile twice (ZeroDivisionError: ")
    assert message.endswith("--backend numpy, or TINYALEX_BACKEND=numpy")


def test_an_error_of_numbas_own_is_one_line_of_some_length(shelf):
    message = complaint(lambda: module(shelf)["twice"](object()))
    assert message.startswith("Numba cannot compile twice (TypingError: ")
    assert len(message) < 500


def test_where_numba_cannot_be_imported_the_message_names_the_way_out():
    code = """
import sys
sys.modules["numba"] = None
from tinyalex import backend, use_backend
try:
    backend.kernels
except ValueError as error:
    print(error)
use_backend("numpy")
print(backend.kernels.__name__)
"""
    first, second = run(code)[0].splitlines()
    assert first.startswith("Numba cannot be imported (")
    assert first.endswith("--backend numpy, or TINYALEX_BACKEND=numpy")
    assert second == "tinyalex.kernels.reference"
