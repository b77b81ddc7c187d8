"""python -m tinyalex.evaluate: how it matches classes, and what it refuses."""

import subprocess
import sys
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from complaints import complaint
from complaints import evaluate_refusal as refusal
from evaluate_runs import NAMES, make_pictures, make_weights, read, run

from tinyalex.evaluation import match_classes

pytestmark = pytest.mark.usefixtures("elsewhere")


class TestMatching:
    def test_by_name_or_wordnet_id(self):
        wnids = [f"n0000000{k}" for k in range(6)]
        assert match_classes(["fox", "ant"], NAMES, wnids)[0].tolist() == [5, 0]
        assert match_classes(["n00000003", "gnu"], NAMES, wnids)[0].tolist() == [3, -1]

    def test_numbers_by_position(self):
        numbers, notes = match_classes(["ant", "bee", "cat"], ["0", "1", "2"])
        assert numbers.tolist() == [0, 1, 2]
        assert "sorted order" in notes[0]
        assert match_classes(["1", "2"], ["0", "1", "2"])[0].tolist() == [1, 2]  # names, after all
        assert match_classes(["0", "1", "2"], ["0", "1", "2"])[0].tolist() == [0, 1, 2]

    @pytest.mark.parametrize("first", [0, 1])
    @pytest.mark.parametrize("count", [2, 3, 11])
    def test_numbers_with_two_readings(self, first, count):
        folders = sorted(str(first + k) for k in range(count))
        classes = [str(k) for k in range(count)]
        if folders == classes:
            assert match_classes(folders, classes)[0].tolist() == list(range(count))
            return
        message = complaint(lambda: match_classes(folders, classes))
        assert "is ambiguous: by name" in message

    def test_accents_may_be_written_in_two_ways(self):
        decomposed = unicodedata.normalize("NFD", "café")
        assert match_classes([decomposed], ["bar", "café"])[0].tolist() == [1]
        assert match_classes(["café"], ["bar", decomposed])[0].tolist() == [1]

    def test_two_of_a_name(self):
        classes = ["crane", "dog", "crane"]
        assert match_classes(["dog"], classes)[0].tolist() == [1]
        with pytest.raises(ValueError, match="two of the network's classes are named crane"):
            match_classes(["crane", "dog"], classes)

    def test_the_command_uses_wordnet_ids(self, tmp_path):
        wnids = [f"n0000000{k}" for k in range(6)]
        data = make_pictures(tmp_path / "data", wnids[3:5], {"train": 1, "val": 2})
        run(make_weights(tmp_path / "w.npz", about={"wnids": wnids}), "--data", data)
        assert [row["class"] for row in read(Path("evaluation-w"))[1]] == ["dog", "eel"]


class TestBadInput:
    """One clear line, exit code 2, nothing written."""

    def test_no_such_folder(self, weights, tmp_path, capsys):
        message = refusal(capsys, weights, "--data", tmp_path / "nowhere")
        assert f"there is no folder {tmp_path / 'nowhere'}" in message

    def test_no_classes_in_the_folder(self, weights, tmp_path, capsys):
        (tmp_path / "empty").mkdir()
        assert "no class folders" in refusal(capsys, weights, "--data", tmp_path / "empty")
        flags = ("--data", tmp_path / "empty", "--split", "all")
        assert "no class folders" in refusal(capsys, weights, *flags)

    def test_all_of_a_folder_with_splits(self, weights, data, capsys):
        message = refusal(capsys, weights, "--data", data, "--split", "all")
        assert "use --split train or val" in message

    def test_unknown_classes(self, weights, data, capsys):
        make_pictures(data, ["gnu", "hen"], {"train": 1, "val": 1})
        message = refusal(capsys, weights, "--data", data)
        assert "does not know: gnu, hen" in message
        assert "--known" in message
        run(weights, "--data", data, "--known")
        assert "left out 2 classes" in capsys.readouterr().out
        assert len(read(Path("evaluation-small"))[2]) == 15

    def test_no_known_class(self, weights, tmp_path, capsys):
        data = make_pictures(tmp_path / "gnus", ["gnu", "hen"], {"train": 1, "val": 1})
        message = refusal(capsys, weights, "--data", data, "--known")
        assert "knows none of the classes" in message

    def test_numbered_classes_and_another_count(self, tmp_path, data, capsys):
        numbered = make_weights(tmp_path / "numbered.npz", names=None)
        message = refusal(capsys, numbered, "--data", data)
        assert "6 classes have numbers as names, and the data has 3 folders" in message

    def test_no_data(self, weights, capsys):
        message = refusal(capsys, weights)
        assert "not those of the built-in pictures: give --data" in message

    @pytest.mark.slow
    def test_networks_of_different_classes(self, weights, tmp_path, data, capsys):
        other = make_weights(tmp_path / "other.npz", names=list("abcdef"))
        message = refusal(capsys, weights, other, "--data", data)
        assert f"{other} has different classes (a, b, c and 3 more)" in message

    def test_all_pictures_broken(self, weights, tmp_path, capsys):
        data = make_pictures(tmp_path / "data", ["ant"], {"train": 1, "val": 2})
        for path in (data / "val" / "ant").iterdir():
            path.write_text("no picture")
        with pytest.raises(ValueError, match="none of the pictures could be read; cannot read"):
            run(weights, "--data", data)

    def test_outputs_that_are_no_numbers(self, weights, data, monkeypatch):
        from tinyalex.weights import Trained

        nothing = np.full((64, 6), np.nan)
        monkeypatch.setattr(Trained, "probabilities", lambda self, x, crops: nothing[: len(x)])
        with pytest.raises(ValueError, match=r"outputs for .*ant/0.png are NaN or infinite"):
            run(weights, "--data", data)

    @pytest.mark.parametrize(
        ("flags", "message"),
        [
            (["--batch-size", "0"], "--batch-size must be at least 1; got 0"),
            (["--crops", "5"], "--crops"),
            (["--split", "test"], "--split"),
            (["--backend", "torch"], "--backend"),
            (["--out", "file"], "cannot write file"),
        ],
    )
    def test_wrong_flags(self, weights, data, capsys, flags, message):
        Path("file").write_text("")
        assert message in refusal(capsys, weights, "--data", data, *flags)

    def test_no_weights(self, tmp_path, data, capsys):
        assert "none.npz" in refusal(capsys, tmp_path / "none.npz", "--data", data)
        (tmp_path / "text.npz").write_text("no weights")
        assert "text.npz" in refusal(capsys, tmp_path / "text.npz", "--data", data)
        assert "no best.npz in" in refusal(capsys, data, "--data", data)


def test_help_needs_no_slow_imports():
    code = (
        "import sys; from tinyalex.evaluate import parser; parser().format_help(); "
        "print([name for name in ('numba', 'matplotlib', 'PIL', 'tqdm') if name in sys.modules])"
    )
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", code]
    shown = subprocess.run(command, capture_output=True, text=True, check=True, cwd=root).stdout
    assert shown.strip() == "[]"
