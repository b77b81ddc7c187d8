"""Where files may be written: never over a device, a pipe, a folder or a link."""

import ast
import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from complaints import complaint
from train_runs import SMALL, make_pictures

from tinyalex import bench, convert, evaluate, features, grade, look, predict, train
from tinyalex.models import alexnet
from tinyalex.support.files import destination, make_folder, write_text
from tinyalex.weights import Preprocessing, Weights

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "tinyalex"
SOCKETS = []  # kept open


def make_fifo(path):
    os.mkfifo(path)


def make_socket(path):
    SOCKETS.append(socket.socket(socket.AF_UNIX))
    SOCKETS[-1].bind(str(path))


def make_device(path):
    path.symlink_to("/dev/null")  # tests run as root, too: no write may reach it


KINDS = {
    "a folder": Path.mkdir,
    "a pipe": make_fifo,
    "a socket": make_socket,
    "a device": make_device,
}


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such files")
@pytest.mark.parametrize("through_link", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_file_is_refused_and_stays(tmp_path, monkeypatch, kind, through_link):
    monkeypatch.chdir(tmp_path)  # a socket's name must be short
    path = Path("thing")
    KINDS[kind](path)
    before = path.stat()
    if through_link:
        Path("link").symlink_to("thing")
        path = Path("link")
    assert complaint(lambda: write_text(path, "new")) == (
        f"cannot write {path}: it is {kind}; name a file"
    )
    assert path.is_symlink() == (through_link or kind == "a device")
    assert (path.stat().st_ino, path.stat().st_mode) == (before.st_ino, before.st_mode)


@pytest.mark.parametrize("content", ["old", None])
@pytest.mark.parametrize("how", ["absolute", "relative", "chain", "through a folder"])
def test_a_links_target_is_written(tmp_path, how, content):
    """content: of the target before; None for a dangling link."""
    real = tmp_path / "real" / "file"
    real.parent.mkdir()
    if content:
        real.write_text(content)
    link = tmp_path / "link"
    if how == "absolute":
        link.symlink_to(real)
    elif how == "relative":
        link.symlink_to("real/file")
    elif how == "chain":
        (tmp_path / "second").symlink_to("real/file")
        link.symlink_to("second")
    else:
        (tmp_path / "folder").symlink_to("real")
        link = tmp_path / "folder" / "file"
    links = [path for path in tmp_path.iterdir() if path.is_symlink()]
    write_text(link, "new")
    assert all(path.is_symlink() for path in links)
    assert real.read_text() == link.read_text() == "new"
    assert not real.is_symlink()
    assert list(real.parent.iterdir()) == [real]


def test_a_link_to_itself_is_refused(tmp_path):
    (tmp_path / "loop").symlink_to("loop")
    assert complaint(lambda: write_text(tmp_path / "loop", "new")).startswith("cannot write ")
    assert (tmp_path / "loop").is_symlink()


@pytest.mark.skipif(os.name != "posix", reason="Windows has other permissions")
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664, 0o755])
def test_permissions_stay(tmp_path, mode):
    path = tmp_path / "file"
    path.write_text("old")
    path.chmod(mode)
    write_text(path, "new")
    assert stat.S_IMODE(path.stat().st_mode) == mode
    (tmp_path / "plain").touch()
    write_text(tmp_path / "new", "new")
    assert (tmp_path / "new").stat().st_mode == (tmp_path / "plain").stat().st_mode


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write all")
def test_read_only_files_and_folders_are_refused(tmp_path):
    path = tmp_path / "file"
    path.write_text("old")
    path.chmod(0o400)
    assert "it is read-only" in complaint(lambda: write_text(path, "new"))
    tmp_path.chmod(0o500)
    assert "is read-only" in complaint(lambda: destination(tmp_path / "another"))
    tmp_path.chmod(0o700)
    assert path.read_text() == "old"


@pytest.mark.parametrize("name", ["n" * 255, "ü" * 127, "🐱" * 63])
def test_the_longest_names_are_written(tmp_path, name):
    write_text(tmp_path / name, "new")
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert "too long" in complaint(lambda: write_text(tmp_path / (name + "nnnn"), "new"))


def test_without_a_folder(tmp_path):
    there_is_none = f"cannot write {tmp_path / 'no' / 'file'}: there is no folder {tmp_path / 'no'}"
    assert complaint(lambda: destination(tmp_path / "no" / "file")) == there_is_none
    write_text(tmp_path / "file", "a file")
    assert "Not a directory" in complaint(lambda: destination(tmp_path / "file" / "below"))


@pytest.mark.skipif(not Path("/dev/stdout").exists(), reason="there is no /dev/stdout")
def test_what_is_printed_is_not_overwritten(tmp_path):
    code = "import sys\nfrom tinyalex.support.files import *\ndestination('/dev/' + sys.argv[1])"
    for stream in ("stdout", "stderr"):
        with open(tmp_path / "file", "w") as file:
            given = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, stream: file}
            done = subprocess.run([sys.executable, "-c", code, stream], cwd=ROOT, **given)
        assert done.returncode == 1
        said = done.stderr or (tmp_path / "file").read_bytes()
        assert b"the command prints to it" in said


@pytest.mark.parametrize("below", ["", "runs", "deeper/runs"])
def test_a_file_is_no_folder(tmp_path, below):
    (tmp_path / "file").touch()
    message = complaint(lambda: make_folder(tmp_path / "file" / below, "--out"))
    assert f"{tmp_path / 'file'} is a file, not a folder; choose another --out" in message
    (tmp_path / "link").symlink_to("nowhere")
    message = complaint(lambda: make_folder(tmp_path / "link" / below))
    assert message.endswith(f"{tmp_path / 'link'} is a broken link, not a folder")
    assert make_folder(tmp_path / "a" / "b").is_dir()


# Of every command with an output: its arguments, where the file is to be written to OUT.
OUTPUTS = {
    "predict": (predict, ["no-weights.npz", "no-picture.jpg", "--image", "OUT"]),
    "look kernels": (look, ["kernels", "no-weights.npz", "--out", "OUT.png"]),
    "look maps": (look, ["maps", "no-weights.npz", "no.jpg", "--out", "OUT.png"]),
    "look deconvnet": (look, ["deconvnet", "no-weights.npz", "no.jpg", "--out", "OUT.png"]),
    "look occlusion": (look, ["occlusion", "no-weights.npz", "no.jpg", "--out", "OUT.png"]),
    "look saliency": (look, ["saliency", "no-weights.npz", "no.jpg", "--out", "OUT.png"]),
    "look adversarial": (look, ["adversarial", "no-weights.npz", "no.jpg", "--out", "OUT.png"]),
    "look patches": (look, ["patches", "no-weights.npz", "--data", "no", "--out", "OUT.png"]),
    "look neighbours": (look, ["neighbours", "no-weights.npz", "--data", "no", "--out", "OUT.png"]),
    "look statistics": (look, ["statistics", "no-weights.npz", "--out", "OUT.json"]),
    "features": (features, ["no-weights.npz", "--data", "no", "OUT.npz"]),
    "convert": (convert, ["no-weights.pth", "OUT", "--force"]),
    "grade": (grade, ["no-submissions", "OUT"]),
    "bench --json": (bench, ["--json", "OUT"]),
    "bench --chart": (bench, ["--chart", "OUT.png"]),
}


@pytest.mark.parametrize("name", OUTPUTS)
def test_every_command_refuses_before_the_work(tmp_path, monkeypatch, name):
    """Nothing else that is given is there, so nothing else has been looked at."""
    monkeypatch.chdir(tmp_path)
    command, arguments = OUTPUTS[name]
    for word in arguments:
        if word.startswith("OUT"):
            Path(word).symlink_to("/dev/null")
    message = complaint(lambda: command.main(arguments))
    assert message.startswith("cannot write OUT")
    assert message.endswith("it is a device; name a file")


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    net = alexnet(3, image_size=67, initialization="he", rng=np.random.default_rng(3))
    path = tmp_path_factory.mktemp("weights") / "small.npz"
    preprocessing = Preprocessing.of_colours(67, (120, 110, 100), 1 / 60, size=80)
    Weights("paper", net.state_dict(), preprocessing, ["ant", "bee", "cat"]).save(path)
    return path


@pytest.mark.slow
def test_out_is_a_file_where_a_folder_is_wanted(tmp_path, weights):
    data = make_pictures(tmp_path / "pictures")
    (tmp_path / "file").touch()
    for out in (tmp_path / "file", tmp_path / "file" / "below"):
        expected = f"{tmp_path / 'file'} is a file, not a folder; choose another --out"
        for command in (
            lambda out=out: train.main(["--data", str(data), "--out", str(out), *SMALL]),
            lambda out=out: evaluate.main([str(weights), "--data", str(data), "--out", str(out)]),
        ):
            message = complaint(command)
            assert expected in message
            assert "--resume" not in message


@pytest.mark.parametrize("stands_there", ["a file", "a folder", "a run"])
def test_a_taken_name_is_resumed_only_where_it_is_a_run(tmp_path, stands_there):
    from tinyalex.training.run_folder import RunFolder

    path = tmp_path / "taken"
    path.touch() if stands_there == "a file" else path.mkdir()
    if stands_there == "a run":
        (path / "config.json").touch()
    for refuse in (
        lambda: RunFolder.create(tmp_path, "taken", "paper"),
        lambda: RunFolder.check(tmp_path, "taken"),
    ):
        message = complaint(refuse)
        assert f"{path} already exists: choose another --name" in message
        assert ("--resume" in message) == (stands_there == "a run")


@pytest.mark.parametrize("flags", [["--name", "taken"], ["--out", "OUT/file"]])
def test_train_refuses_out_before_it_loads_pictures(tmp_path, monkeypatch, flags):
    from tinyalex.training import begin

    (tmp_path / "taken").mkdir()
    (tmp_path / "file").touch()
    monkeypatch.setattr(begin, "load_data", lambda *_, **__: pytest.fail("pictures were loaded"))
    flags = [flag.replace("OUT", str(tmp_path)) for flag in flags]
    message = complaint(lambda: train.main(["--out", str(tmp_path), "--backend", "numpy", *flags]))
    assert "already exists" in message or "not a folder" in message
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "taken"]


def test_checking_a_place_creates_nothing(tmp_path):
    from tinyalex.training.run_folder import RunFolder

    RunFolder.check(tmp_path / "new" / "runs", "mine")
    assert not list(tmp_path.iterdir())


# What else may write, and why that is no harm.
WRITERS = {
    "support/files.py": "the one place",
    "training/run_folder.py": "appends to the log of its own folder",
    "weights/download.py": "resumes the unfinished file",
    "data/builtin.py": "draws into a new folder, renamed when complete",
    "benchmark/child.py": "a pipe",
    "support/commands.py": "the null device, for what nobody reads",
    "coursework/apart/limits.py": "a folder's descriptor, for Landlock",
    "coursework/apart/worker.py": "the null device, as a student's input",
    "coursework/mutation/trial.py": "the null device, for what a mutant prints",
}
MODES = {"w", "wb", "a", "ab", "x", "xb", "w+", "w+b", "r+", "r+b"}
METHODS = {"savefig", "savez", "savez_compressed", "write_bytes", "rename", "tofile", "savetxt"}


def writes_to_a_path(call):
    """Whether it opens, moves or saves; what writes to an open file called `file` does not."""
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    owner = getattr(getattr(call.func, "value", None), "id", "")
    into = getattr(call.args[0], "id", "") if call.args else ""
    modes = {word.value for word in ast.walk(call) if isinstance(word, ast.Constant)} & MODES
    return (
        (name in ("open", "fdopen") and (bool(modes) or owner == "os"))
        or (name in METHODS and into not in ("file", "png"))
        or (name == "save" and owner in ("np", "image", "sheet", "picture") and into != "file")
        or (name == "replace" and owner == "os")
        or (name == "write_text" and isinstance(call.func, ast.Attribute))
    )


def test_all_files_are_written_in_one_place():
    found = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and writes_to_a_path(node)
    }
    assert found == set(WRITERS)
