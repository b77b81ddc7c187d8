"""Every command, every --help and every error through terminals that are not UTF-8."""

import argparse
import ast
import importlib
import io
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
from strange_names import NAMES, make_class_folders, save_weights
from submissions import RIGHT

from tinyalex.__main__ import COMMANDS
from tinyalex.support.commands import run_command
from tinyalex.support.progress import progress_bar
from tinyalex.support.text import PLAIN, READABLE

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "tinyalex"
ENCODINGS = ["ascii", "cp1252", "utf-8"]


def find_commands():
    """The modules that end with run_command(main)."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        if "run_command(main)" in path.read_text(encoding="utf-8"):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found.append(".".join(parts).removesuffix(".__main__"))
    return found


def find_helps():
    """(module, arguments) of every --help, those of parts such as `look maps`, too."""
    for module in find_commands():
        yield module, ("--help",)
        made = importlib.import_module(module)
        if not hasattr(made, "parser"):
            continue
        for action in made.parser()._actions:
            if isinstance(action, argparse._SubParsersAction):
                for part in action.choices:
                    yield module, (part, "--help")


MODULES, HELPS = find_commands(), list(find_helps())


def test_all_commands_are_found():
    assert {f"tinyalex.{name}" for name in COMMANDS} <= set(MODULES)
    assert {"tinyalex", "tinyalex.coursework.notebooks"} <= set(MODULES)
    assert ("tinyalex.look", ("maps", "--help")) in HELPS


class Terminal(io.TextIOWrapper):
    """As strict as a terminal or a pipe of this encoding is."""

    def __init__(self, encoding, isatty=False):
        super().__init__(io.BytesIO(), encoding=encoding, errors="strict")
        self._isatty = isatty

    def isatty(self):
        return self._isatty

    def text(self):
        self.flush()
        return self.buffer.getvalue().decode(self.encoding)


@pytest.fixture(params=ENCODINGS)
def terminal(request):
    """Runs a module's main as a command on a terminal: (exit code, output, errors)."""

    def run(module, *arguments):
        module = importlib.import_module(module)
        if not hasattr(module, "main"):  # a package
            module = importlib.import_module(f"{module.__name__}.__main__")
        out, errors = Terminal(request.param), Terminal(request.param)
        call = module.main if module.main.__code__.co_argcount else lambda _: module.main()
        with redirect_stdout(out), redirect_stderr(errors), pytest.raises(SystemExit) as ended:
            run_command(lambda: call([str(argument) for argument in arguments]))
        return ended.value.code or 0, out.text(), errors.text()

    return run


@pytest.mark.parametrize(("module", "arguments"), HELPS, ids=lambda value: str(value))
def test_every_help(terminal, module, arguments):
    code, out, errors = terminal(module, *arguments)
    assert (code, errors) == (0, "")
    assert "tinyalex" in out


@pytest.mark.parametrize("module", [name for name in MODULES if name != "tinyalex"])
def test_every_error(terminal, module):
    """Wrong flags, with the letters that they have, are one line."""
    code, out, errors = terminal(module, "--σ-×-猫-\udcff")
    assert (code, out) == (2, "")
    assert errors.count("\n") == 1
    assert errors.startswith("error: ")


MISSING = "no σ × 猫 \udcff"
PICTURES = ["maps", "deconvnet", "occlusion", "saliency", "adversarial"]
FOLDERS = ["patches", "neighbours", "statistics"]
WRONG = [
    ("train", "--data", MISSING), ("train", "--resume", MISSING), ("evaluate", MISSING),
    ("predict", MISSING, MISSING), ("features", MISSING, "--data", MISSING, "out.npz"),
    ("convert", MISSING, f"{MISSING}.npz"), ("check", MISSING), ("grade", MISSING, "grades.csv"),
    ("bench", "--variants", MISSING), ("summary", "--variant", MISSING),
    *(("look", what, MISSING, MISSING) for what in PICTURES),
    *(("look", what, MISSING, "--data", MISSING) for what in FOLDERS),
    ("look", "kernels", MISSING),
]  # fmt: skip


@pytest.mark.parametrize("arguments", WRONG, ids=lambda words: "-".join(words[:2]).split(" ")[0])
def test_what_is_missing_is_named(terminal, tmp_path, monkeypatch, arguments):
    monkeypatch.chdir(tmp_path)
    name, *rest = arguments
    code, _, errors = terminal(f"tinyalex.{name}", *rest)
    assert code == 2
    assert [line for line in errors.splitlines() if line.startswith("error: ")]
    assert "Traceback" not in errors


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Pictures in folders with strange names, and a network for these classes."""
    root = tmp_path_factory.mktemp("strange")
    classes = make_class_folders(root / "data")
    save_weights(root / "猫.npz", classes)
    lesson = root / "submissions" / "猫 σ" / "06_overlapping_pooling"
    lesson.mkdir(parents=True)
    (lesson / "exercise.py").write_text(RIGHT, encoding="utf-8")
    return root


PICTURE = "data/猫/0.png"
WORK = [
    ("tinyalex",),
    ("summary",),
    ("evaluate", "猫.npz", "--data", "data", "--split", "all", "--out", "σ"),
    ("evaluate", "猫.npz", "--data", "data", "--split", "all", "--out", "σ", "--json"),
    ("predict", "猫.npz", "data", "--image", "σ.png"),
    ("predict", "猫.npz", "data", "--json"),
    ("features", "猫.npz", "--data", "data", "--layer", "pool5", "σ.npz"),
    ("convert", "猫.npz", "σ.pth", "--to", "pytorch", "--force"),
    ("convert", "猫.npz", "σ.safetensors", "--to", "safetensors", "--force"),
    ("look", "kernels", "猫.npz", "--out", "σ.png"),
    ("look", "maps", "猫.npz", PICTURE, "--out", "σ.png"),
    ("look", "deconvnet", "猫.npz", PICTURE, "--out", "σ.png", "--class", "猫"),
    ("look", "occlusion", "猫.npz", PICTURE, "--out", "σ.png", "--stride", "32"),
    ("look", "saliency", "猫.npz", PICTURE, "--out", "σ.png"),
    ("look", "adversarial", "猫.npz", PICTURE, "--out", "σ.png", "--target", "猫"),
    ("look", "patches", "猫.npz", "--data", "data", "--out", "σ.png", "--unit", "1"),
    ("look", "neighbours", "猫.npz", "--data", "data", "--out", "σ.png"),
    ("look", "statistics", "猫.npz", "--data", "data", "--out", "σ.json"),
    ("check", "06", "--solution"),
    ("check", "06", "--student", "submissions/猫 σ"),
    ("grade", "submissions", "σ.csv"),
]


def test_all_commands_are_at_work():
    """But for train, below, and bench, whose tables are all of ASCII and ×."""
    assert {words[0] for words in WORK} | {"train", "bench"} == {"tinyalex", *COMMANDS}


@pytest.mark.slow
@pytest.mark.parametrize("arguments", WORK, ids=lambda words: "-".join(words[:2]))
def test_every_command(terminal, place, monkeypatch, arguments):
    monkeypatch.chdir(place)
    name, *rest = arguments
    code, out, errors = terminal("tinyalex" if name == "tinyalex" else f"tinyalex.{name}", *rest)
    assert code == 0, errors
    assert out
    assert not [line for line in errors.splitlines() if "arning" in line]


@pytest.mark.slow
@pytest.mark.parametrize("terminal", ["cp1252"], indirect=True)
def test_a_training_from_start_to_end(terminal, tmp_path, monkeypatch):
    """With strange names, one of them of a picture that breaks off; then asked and measured."""
    monkeypatch.chdir(tmp_path)
    train, val = (tmp_path / "データ" / split for split in ("train", "val"))
    classes = make_class_folders(train)
    make_class_folders(val)
    whole = train / classes[0] / "0.png"
    whole.with_name("broken \x1b[31m猫.png").write_bytes(whole.read_bytes()[:5000])
    flags = ["--epochs", "1", "--batch-size", "8", "--workers", "1", "--lr", "0.001"]
    code, out, errors = terminal(
        "tinyalex.train", "--data", "データ", "--out", "σ runs", "--name", "ラン", *flags
    )
    assert code == 0, errors
    assert "\x1b" not in out + errors
    assert r"broken \x1b[31m\u732b.png" in out
    assert r"results are in sigma runs" in out
    assert terminal("tinyalex.evaluate", "σ runs/ラン")[0] == 0
    code, out, errors = terminal("tinyalex.predict", "σ runs/ラン", whole)
    assert code == 0, errors
    code, out, errors = terminal("tinyalex.train", "--resume", "σ runs/ラン")
    assert code == 0, errors


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_bars(encoding):
    errors, out = Terminal(encoding, isatty=True), Terminal(encoding)

    def main():
        with progress_bar(total=3, desc="σ 猫", unit="pic") as bar:
            for name in ("σ", "猫", "\udcff"):
                bar.set_postfix({"class": name}, refresh=True)
                bar.write(f"skipped: {name}")
                bar.update()

    with redirect_stdout(out), redirect_stderr(errors), pytest.raises(SystemExit) as ended:
        run_command(main)
    assert not ended.value.code
    assert "3/3" in errors.text()
    assert out.text().count("skipped") == 3


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="Windows knows no LC_ALL")
@pytest.mark.parametrize("module", MODULES)
def test_the_c_locale(module):
    """Files, arguments and output are all ASCII to Python then."""
    environment = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    command = [sys.executable, "-m", module, "--help"]
    done = subprocess.run(command, env=environment, capture_output=True, cwd=ROOT)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.isascii()


@pytest.mark.slow
def test_letters_of_our_own_have_near_ones_in_ascii():
    """What the package prints of itself is read without escapes: all but notebooks and lessons."""
    ours = set()
    for path in PACKAGE.rglob("*.py"):
        if "coursework" in path.parts or "figures" in path.parts:
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        docs = {id(node.body[0].value) for node in ast.walk(tree) if _has_docstring(node)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                ours |= set(node.value) if id(node) not in docs else set()
    looked_for = {"\ufeff", "\ufffd", *"＝＋－＠"}  # in files, and never printed
    assert {letter for letter in ours if not letter.isascii()} - looked_for <= set(PLAIN)


def _has_docstring(node):
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef)
    return isinstance(node, kinds) and ast.get_docstring(node) is not None


@pytest.mark.parametrize("name", NAMES, ids=lambda name: ascii(name)[:20])
@pytest.mark.parametrize("encoding", [*ENCODINGS, "utf-16", "shift-jis"])
def test_any_name_is_encoded(name, encoding):
    assert name.encode(encoding, READABLE).decode(encoding)
