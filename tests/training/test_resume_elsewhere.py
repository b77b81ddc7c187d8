"""Runs that go on, or are evaluated, from another folder, with moved or changed pictures."""

import json
import shutil
from pathlib import Path

import pytest
from complaints import evaluate_refusal
from train_runs import SMALL, make_pictures, refusal

from tinyalex import evaluate, train
from tinyalex.training.settings import Settings, absolute
from tinyalex.weights.checkpoint import load_checkpoint, save_checkpoint


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A run that was started with relative paths, and its working directory."""
    place = tmp_path_factory.mktemp("finished")
    make_pictures(place / "dd")
    (place / "two.txt").write_text("bee\nant\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        flags = ["--data", "dd", "--classes", "two.txt", "--out", "runs", "--name", "a"]
        assert train.main([*flags, *SMALL, "--epochs", "1"]) == 0
    return place


@pytest.fixture
def place(finished, tmp_path, monkeypatch):
    """A copy of it; we are in another folder, which has other pictures of the same name."""
    shutil.copytree(finished, tmp_path / "place", copy_function=link)
    config = tmp_path / "place" / "runs" / "a" / "config.json"
    config.write_text(config.read_text().replace(str(finished), str(tmp_path / "place")))
    make_pictures(tmp_path / "elsewhere" / "dd")
    monkeypatch.chdir(tmp_path / "elsewhere")
    return tmp_path / "place"


def link(source, target):
    """Checkpoints are large, and always replaced as a whole; other files are written into."""
    return (
        Path(target).hardlink_to(source) if source.endswith("npz") else shutil.copy(source, target)
    )


def config(run):
    return json.loads((run / "config.json").read_text())


@pytest.mark.slow
def test_a_run_goes_on_and_is_evaluated_from_anywhere(place, capsys):
    run = Path("../place/runs/a")
    assert config(run)["data"] == str(place / "dd")
    assert train.main(["--resume", str(run)]) == 0
    assert f"12 for training and 6 for validation, from {place / 'dd'}" in capsys.readouterr().out
    assert evaluate.main([str(run)]) == 0
    shown = capsys.readouterr().out
    assert f"pictures: 6 from {place / 'dd'} (val)" in shown
    assert "note:" not in shown
    measures = json.loads((run / "evaluation" / "metrics.json").read_text())
    assert measures["data"] == str(place / "dd")
    assert measures["weights"] == [str(place / "runs" / "a")]


@pytest.mark.slow
def test_moved_pictures(place, capsys):
    (place / "dd").rename(place / "moved")
    run = Path("../place/runs/a")
    for message in (refusal(capsys, "--resume", str(run)), evaluate_refusal(capsys, run)):
        assert f"there is no folder {place / 'dd'}" in message
        assert "--data DIR" in message
    assert train.main(["--resume", str(run), "--data", "../place/moved"]) == 0
    assert config(run)["data"] == str(place / "moved")
    assert evaluate.main([str(run)]) == 0  # which need not be told again


@pytest.mark.slow
def test_other_pictures_are_refused(place, capsys):
    run = str(place / "runs" / "a")
    (place / "dd" / "val" / "ant" / "2.jpg").unlink()
    for message in (refusal(capsys, "--resume", run), evaluate_refusal(capsys, run)):
        assert "val/ant has 2 pictures, not 3" in message
    (place / "dd" / "val" / "ant" / "1.jpg").rename(place / "dd" / "val" / "ant" / "2.jpg")
    shutil.rmtree(place / "dd" / "train" / "bee")
    shutil.rmtree(place / "dd" / "val" / "bee")
    assert "bee" in refusal(capsys, "--resume", run)
    message = refusal(
        capsys, "--resume", run, "--data", str(make_pictures(place / "other") / "val")
    )
    assert "train/ant has" in message


@pytest.mark.slow
def test_evaluate_takes_changed_pictures_when_told(place, capsys):
    (place / "dd" / "val" / "ant" / "2.jpg").unlink()
    run = place / "runs" / "a"
    assert evaluate.main([str(run), "--data", str(place / "dd"), "--known"]) == 0
    assert "pictures: 5 from" in capsys.readouterr().out


@pytest.mark.slow
def test_replaced_pictures_are_mentioned(place, capsys):
    file = place / "dd" / "train" / "bee" / "3.jpg"
    shutil.copy(place / "dd" / "train" / "cat" / "0.jpg", file)
    with open(file, "ab") as end:
        end.write(bytes(7))
    assert train.main(["--resume", str(place / "runs" / "a")]) == 0
    assert "files in train/bee have changed size" in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.parametrize("edited", ["ant\ncat\n", "", None])
def test_the_class_file_may_change_or_go(place, capsys, edited):
    file, run = place / "two.txt", place / "runs" / "a"
    file.unlink() if edited is None else file.write_text(edited)
    assert train.main(["--resume", str(run)]) == 0
    assert "2 classes" in capsys.readouterr().out
    if edited:  # asked for by name, it counts
        message = refusal(capsys, "--resume", str(run), "--classes", str(file))
        assert "1 class missing (bee), 1 class new (cat)" in message


@pytest.mark.slow
def test_a_run_of_an_earlier_version(place, capsys, monkeypatch):
    """Its paths are relative, and its checkpoints say nothing of its pictures."""
    run = place / "runs" / "a"
    for name in ("last.npz", "best.npz"):
        groups, about = load_checkpoint(run / name)
        del about["data"], about["format"]
        save_checkpoint(run / name, groups, about)
    (run / "classes.txt").unlink()
    old = config(run) | {"data": "dd", "classes": "two.txt"}
    (run / "config.json").write_text(json.dumps(old))
    shutil.rmtree("dd")
    for message in (refusal(capsys, "--resume", str(run)), evaluate_refusal(capsys, run)):
        assert f"there is no folder {Path.cwd() / 'dd'}" in message
    monkeypatch.chdir(place)
    Path("two.txt").unlink()
    for command in (evaluate.main, lambda flags: train.main(["--resume", *flags])):
        assert command([str(run)]) == 0
        assert "note:" in (shown := capsys.readouterr().out)
        assert f"cannot check whether those in {place / 'dd'} are the same" in shown
    assert config(run)["data"] == str(place / "dd")


@pytest.mark.slow
def test_pictures_of_other_classes_in_a_run_of_an_earlier_version(place, capsys):
    run = place / "runs" / "a"
    groups, about = load_checkpoint(run / "last.npz")
    del about["data"], about["format"]
    save_checkpoint(run / "last.npz", groups, about | {"classes": ["ant", "gnu"]})
    (run / "classes.txt").unlink()
    message = refusal(capsys, "--resume", str(run), "--classes", str(place / "two.txt"))
    assert "1 class missing (gnu), 1 class new (bee)" in message


@pytest.mark.slow
@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--lr", "0.1"], "--lr 0.1 does not fit the run RUN, which has --lr 0.001"),
        (["--strict"], "--strict does not fit the run RUN, which was started without it"),
        (["--subset", "2"], "--subset 2 does not fit the run RUN, which was started without it"),
        (["--layer-lr", "fc8=10", "fc7=2"], "--layer-lr fc8=10 fc7=2 does not fit"),
        (["--init", "x.npz"], "--init x.npz does not fit"),
        (["--out", "other"], "--out cannot be combined with --resume: the run continues in RUN"),
        (["--name", "other"], "--name cannot be combined with --resume"),
        (["--workers", "0"], "--workers must be at least 1"),
        (["--data", ""], "--data is empty"),
        (["--classes", ""], "--classes is empty"),
    ],
)
def test_flags_that_a_run_cannot_take(place, capsys, flags, words):
    run = place / "runs" / "a"
    before = (run / "config.json").read_text()
    assert words.replace("RUN", str(run)) in refusal(capsys, "--resume", str(run), *flags)
    assert (run / "config.json").read_text() == before


@pytest.mark.slow
def test_flags_that_say_how_may_change(place):
    run = place / "runs" / "a"
    flags = [
        "--workers",
        "3",
        "--backend",
        "numba",
        "--lr",
        "0.001",
        "--classes",
        "../place/two.txt",
    ]
    assert train.main(["--resume", str(run), *flags]) == 0
    assert (config(run)["workers"], config(run)["backend"]) == (3, "numba")


@pytest.mark.parametrize("flag", ["--data", "--classes", "--init", "--resume"])
def test_empty_paths(tmp_path, capsys, monkeypatch, flag):
    """Of a shell's variable that is not set: no reason to train on something else."""
    monkeypatch.chdir(tmp_path)
    assert f"{flag} is empty" in refusal(capsys, flag, "")


@pytest.mark.slow
def test_an_empty_folder_to_evaluate(place, capsys):
    assert "--data is empty" in evaluate_refusal(capsys, place / "runs" / "a", "--data", "")


def test_paths_are_whole_and_survive_the_working_directory(tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    (tmp_path / "far" / "deep").mkdir(parents=True)
    (tmp_path / "here" / "link").symlink_to(tmp_path / "far" / "deep")
    monkeypatch.chdir(tmp_path / "here")
    assert absolute("../dd") == tmp_path / "dd"
    assert absolute("link/x") == tmp_path / "here" / "link" / "x"
    assert absolute("link/../x") == tmp_path / "far" / "x"
    settings = Settings(data="../dd", classes="c.txt", init="runs/a").with_absolute_paths()
    paths = [tmp_path / "dd", tmp_path / "here" / "c.txt", tmp_path / "here" / "runs" / "a"]
    assert [settings.data, settings.classes, settings.init] == [str(path) for path in paths]
