"""python -m tinyalex.train: what it writes, how it goes on, and how it says no."""

import io
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from train_runs import SMALL, epochs, make_pictures, refusal, run, steps

from tinyalex import train
from tinyalex.training import Trainer, load_checkpoint
from tinyalex.training.session import Session, duration

ROOT = Path(__file__).parents[2]


@pytest.fixture
def pictures(tmp_path):
    """A folder of three classes: six training and three validation pictures each."""
    return make_pictures(tmp_path / "pictures")


LONGER = ["--epochs", "3", "--dropout", "0.5", "--schedule", "plateau"]


@pytest.fixture(scope="module")
def whole_run(tmp_path_factory):
    """An undisturbed run of 15 steps and its pictures."""
    out = tmp_path_factory.mktemp("whole")
    pictures = make_pictures(out / "pictures")
    run(pictures, out, "--name", "run", *LONGER)
    return pictures, out / "run"


@pytest.mark.slow
def test_a_run_leaves_its_folder(pictures, tmp_path, capsys):
    assert run(pictures, tmp_path / "runs", "--name", "first") == 0
    folder = tmp_path / "runs" / "first"
    names = {path.name for path in folder.iterdir()}
    assert names == {
        "config.json",
        "log.jsonl",
        "pictures.png",
        "curves.png",
        "filters.png",
        "filters_change.png",
        "last.npz",
        "best.npz",
    }
    assert [step for step, _, _ in steps(folder)] == list(range(1, 11))
    assert [row["epoch"] for row in epochs(folder)] == [1, 2]
    assert epochs(folder)[0]["val_pictures"] == 9
    assert Image.open(folder / "filters.png").size[0] > 500
    assert Image.open(folder / "curves.png").size[0] > 500
    shown = capsys.readouterr().out
    for words in ("18 for training and 9 for validation", "2 epochs of 5 steps", "3 classes"):
        assert words in shown
    groups, about = load_checkpoint(folder / "best.npz")
    assert about["classes"] == ["ant", "bee", "cat"]
    assert about["variant"] == "paper"
    assert groups["weights"]["conv1.W"].shape == (11, 11, 3, 96)
    assert groups["statistics"]["mean"].shape == (256, 256, 3)


DRAWINGS = ("contact_sheet", "curves", "kernels")


@pytest.mark.slow
@pytest.mark.parametrize("failing", [DRAWINGS, *[(name,) for name in DRAWINGS]], ids="+".join)
def test_pictures_that_cannot_be_drawn_end_no_training(
    pictures, tmp_path, monkeypatch, capsys, failing
):
    def fail(*arguments):
        raise RuntimeError("no picture today")

    for name in failing:
        monkeypatch.setattr(f"tinyalex.training.session.draw_{name}", fail)
    assert run(pictures, tmp_path, "--name", "a") == 0
    missing = {"contact_sheet": {"pictures"}, "curves": {"curves"}}
    missing["kernels"] = {"filters", "filters_change"}
    expected = set().union(*[missing[name] for name in failing])
    everything = set().union(*missing.values())
    assert {path.stem for path in (tmp_path / "a").glob("*.png")} == everything - expected
    lines = [line for line in capsys.readouterr().err.splitlines() if "no picture today" in line]
    assert len(lines) == len(expected)  # once, not after each epoch


@pytest.mark.slow
def test_the_seed_decides_the_losses(pictures, tmp_path):
    for name, seed in (("one", "0"), ("two", "0"), ("other", "1")):
        flags = ["--epochs", "1", "--dropout", "0.5", "--seed", seed]
        run(pictures, tmp_path, "--name", name, *flags)
    assert steps(tmp_path / "one") == steps(tmp_path / "two")
    assert steps(tmp_path / "one") != steps(tmp_path / "other")


def start(pictures, out, *flags):
    """Starts the command as a process of its own."""
    command = [sys.executable, "-m", "tinyalex.train", "--data", str(pictures), "--out", str(out)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [*command, *SMALL, *flags],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def wait_for(condition, seconds=120):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.02)


@pytest.mark.slow
def test_a_killed_run_goes_on_to_the_last_bit(whole_run, tmp_path):
    pictures, whole = whole_run
    killed = tmp_path / "killed"
    process = start(pictures, tmp_path, "--name", "killed", *LONGER)
    # A step of the second epoch in the log: the checkpoint of the first one has been written.
    wait_for(lambda: (killed / "log.jsonl").exists() and len(steps(killed)) >= 6)
    process.kill()
    process.communicate()
    assert len(steps(killed)) < 15
    moved = shutil.copytree(pictures, tmp_path / "moved")
    assert train.main(["--resume", str(killed), "--data", str(moved)]) == 0
    assert steps(killed) == steps(whole)
    assert epochs(killed) == epochs(whole)
    weights = load_checkpoint(whole / "last.npz")[0]["weights"]
    for name, array in load_checkpoint(killed / "last.npz")[0]["weights"].items():
        np.testing.assert_array_equal(array, weights[name])


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process")
def test_ctrl_c_saves_in_the_middle_of_an_epoch_and_says_how_to_go_on(whole_run, tmp_path):
    pictures, whole = whole_run
    stopped = tmp_path / "stopped"
    process = start(pictures, tmp_path, "--name", "stopped", *LONGER)
    wait_for(lambda: (stopped / "log.jsonl").exists() and len(steps(stopped)) >= 7)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert f"python -m tinyalex.train --resume {stopped}" in output
    assert "Traceback" not in output
    taken = steps(stopped)
    assert 7 <= len(taken) < 15
    assert train.main(["--resume", str(stopped)]) == 0
    assert steps(stopped)[: len(taken)] == taken
    assert steps(stopped) == steps(whole)


@pytest.mark.slow
def test_a_diverging_run_keeps_the_last_good_checkpoint(pictures, tmp_path, monkeypatch, capsys):
    usual = Trainer._set_rates

    def explode(trainer):
        usual(trainer)
        if trainer.epoch == 1:
            trainer.optimizer.lr = 1e12

    monkeypatch.setattr(Trainer, "_set_rates", explode)
    flags = ["--data", str(pictures), "--out", str(tmp_path), "--name", "bad", *SMALL]
    message = refusal(capsys, *flags)
    assert "the loss is nan at step" in message or "the loss is inf at step" in message
    assert "--lr" in message
    groups, about = load_checkpoint(tmp_path / "bad" / "last.npz")
    assert about["trainer"]["epoch"] == 1
    assert all(np.isfinite(array).all() for array in groups["weights"].values())


@pytest.mark.slow
def test_float64_and_the_other_variants_train(pictures, tmp_path):
    run(pictures, tmp_path, "--name", "a", "--epochs", "1", "--dtype", "float64")
    run(pictures, tmp_path, "--name", "b", "--epochs", "1", "--variant", "torchvision")
    assert load_checkpoint(tmp_path / "a" / "last.npz")[0]["weights"]["fc8.W"].dtype == np.float64
    assert load_checkpoint(tmp_path / "b" / "last.npz")[1]["variant"] == "torchvision"


@pytest.mark.slow
def test_the_papers_initialization_comes_with_a_warning(pictures, tmp_path, capsys):
    run(pictures, tmp_path, "--name", "a", "--epochs", "1", "--initialization", "source")
    assert "often stays at ln(classes)" in capsys.readouterr().out
    assert load_checkpoint(tmp_path / "a" / "last.npz")[0]["statistics"]["scale"] == 1


class Terminal(io.StringIO):
    """A terminal that keeps everything that was ever shown."""

    def isatty(self):
        return True

    def lines(self):
        return self.getvalue().replace("\r", "\n").splitlines()


@pytest.mark.slow
def test_the_bars_say_what_goes_on(pictures, tmp_path, monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    seen = {}

    def note(name):
        usual = getattr(Session, name)

        def noted(session):
            seen.setdefault(name, []).append(terminal.lines()[-1].split(":")[0])
            usual(session)

        monkeypatch.setattr(Session, name, noted)

    note("save")
    note("draw")
    run(pictures, tmp_path, "--name", "a")
    assert seen["save"] == ["epoch 1/2, saving", "epoch 2/2, saving"]
    assert seen["draw"] == ["epoch 1/2, drawing", "epoch 2/2, drawing"]
    validating = [line for line in terminal.lines() if "validating" in line]
    assert any("9/9" in line for line in validating)
    assert not any("loss" in line for line in validating)
    assert terminal.lines()[-1].startswith("epoch 2/2: 100%")


@pytest.mark.slow
def test_the_plan_is_worded_as_a_person_would(pictures, tmp_path, capsys, monkeypatch):
    from tinyalex.kernels import workers

    flags = ["--subset", "1", "--batch-size", "6", "--epochs", "1"]
    for threads, words in ((1, "numba on 1 thread\n"), (3, "numba on 3 threads\n")):
        monkeypatch.setattr(workers, "thread_count", lambda count=threads: count)
        run(pictures, tmp_path, *flags)
        shown = capsys.readouterr().out
        assert words in shown
        assert "AlexNet, 1 class," in shown
        assert "1 epoch of 1 step, batch 6" in shown
        assert "dropout 0.017," in shown
    run(pictures, tmp_path, *flags, "--dropout", "0.125", "--backend", "numpy")
    shown = capsys.readouterr().out
    assert "dropout 0.125," in shown  # given: as it was given
    assert "float32, numpy\n" in shown


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "1 second"),
        (1, "1 second"),
        (89, "89 seconds"),
        (91, "2 minutes"),
        (5000, "83 minutes"),
        (6000, "1.7 hours"),
    ],
)
def test_durations(seconds, words):
    assert duration(seconds) == words


def quickest(*arguments):
    """Seconds that Python takes with these arguments, the best of three."""

    def once():
        started = time.perf_counter()
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, *arguments]
        subprocess.run(command, check=True, capture_output=True, env=environment)
        return time.perf_counter() - started

    return min(once() for _ in range(3))


@pytest.mark.slow
@pytest.mark.parametrize("command", ["train", "summary"])
def test_help_is_quick(command):
    assert quickest("-m", f"tinyalex.{command}", "--help") < 1


def test_import_is_quick():
    assert quickest("-c", "import tinyalex") < 0.5


def test_the_commands_are_listed():
    shown = subprocess.run(
        [sys.executable, "-m", "tinyalex"],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert "python -m tinyalex.train" in shown.stdout
