"""python -m tinyalex.predict: pictures in, the likeliest classes out."""

import io
import json
import sys
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tinyalex import predict
from tinyalex.data import find_pictures
from tinyalex.models import alexnet
from tinyalex.support.commands import run_command
from tinyalex.weights import Preprocessing, Weights, load_trained

NAMES = ["ant", "bee", "cat, or kitten", "dog", "eel", "fox"]


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    net = alexnet(6, image_size=67, initialization="he", rng=np.random.default_rng(3))
    path = tmp_path_factory.mktemp("weights") / "small.npz"
    preprocessing = Preprocessing.of_colours(67, (120, 110, 100), 1 / 60, size=80)
    Weights("paper", net.state_dict(), preprocessing, NAMES).save(path)
    return path


@pytest.fixture
def folder(tmp_path):
    """Two pictures of bees, one of no class, and a file that is none."""
    rng = np.random.default_rng(0)
    for name in ("bee/1.png", "bee/2.png", "others/3.png"):
        path = tmp_path / "pictures" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (90, 100, 3), dtype=np.uint8)).save(path)
    (tmp_path / "pictures" / "notes.txt").write_text("no picture")
    return tmp_path / "pictures"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def refusal(capsys, *flags):
    with pytest.raises(SystemExit) as stopped:
        run_command(lambda: predict.main([str(flag) for flag in flags]))
    assert stopped.value.code == 2
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
    assert len(lines) == 1
    return lines[0]


def test_json_has_the_networks_probabilities(weights, folder, capsys, tmp_path):
    assert predict.main([str(weights), str(folder), "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    paths = [folder / "bee" / "1.png", folder / "bee" / "2.png", folder / "others" / "3.png"]
    assert [row["picture"] for row in rows] == [str(path) for path in paths]
    assert [row["true"] for row in rows] == ["bee", "bee", None]
    trained = load_trained(weights)
    expected = trained.probabilities(np.stack([trained.preprocessing.read(p) for p in paths]))
    for row, probabilities in zip(rows, expected, strict=True):
        found = [(top["class"], top["probability"]) for top in row["top"]]
        order = np.argsort(-probabilities)[:5]
        assert [name for name, _ in found] == [NAMES[k] for k in order]
        np.testing.assert_allclose([p for _, p in found], probabilities[order], rtol=1e-6)
    assert not (tmp_path / "predictions.png").exists()


def test_the_terminal_and_the_picture(weights, folder, capsys, tmp_path):
    assert predict.main([str(weights), str(folder), "--top", "2", "--crops", "10"]) == 0
    out = capsys.readouterr().out
    assert out.count("%") == 6
    assert "of 2 correct (true class from the folder's name)" in out
    assert "drew predictions.png" in out
    with Image.open(tmp_path / "predictions.png") as drawn:
        assert drawn.size[0] > 600


def test_a_picture_that_cannot_be_drawn(weights, folder, capsys, monkeypatch):
    """Is only noted, unless the user asked for it."""

    def fail(*arguments):
        raise ValueError("no picture today")

    monkeypatch.setattr("tinyalex.figures.predictions.draw_predictions", fail)
    picture = str(folder / "bee" / "1.png")
    assert predict.main([str(weights), picture]) == 0
    seen = capsys.readouterr()
    assert "%" in seen.out
    assert "note: could not draw predictions.png: no picture today" in seen.err
    with pytest.raises(ValueError, match="no picture today"):
        predict.main([str(weights), picture, "--image", "asked_for.png"])
    assert "%" in capsys.readouterr().out


def test_standard_input(weights, folder, capsys, monkeypatch):
    class Standard:
        buffer = io.BytesIO((folder / "bee" / "1.png").read_bytes())

    predict.main([str(weights), str(folder / "bee" / "1.png"), "--json"])
    expected = json.loads(capsys.readouterr().out)[0]["top"]
    monkeypatch.setattr(sys, "stdin", Standard)
    assert predict.main([str(weights), "-", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["picture"], row["true"]) == ("-", None)
    assert row["top"] == expected


def test_a_broken_picture_is_skipped_and_named(weights, folder, capsys):
    broken = folder / "bee" / "broken.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\nand then nothing")
    assert predict.main([str(weights), str(folder), "--json"]) == 1
    result = capsys.readouterr()
    assert len(json.loads(result.out)) == 3
    assert [line for line in result.err.splitlines() if line.startswith("skipped:")] == [
        line for line in result.err.splitlines() if "broken.png" in line
    ]


def test_folders_are_walked_as_in_training(weights, folder, capsys, tmp_path):
    picture = (folder / "bee" / "1.png").read_bytes()
    for name in ("elsewhere/fox/1.png", "pictures/.hidden/1.png", "pictures/dog/deep/1.png"):
        path = tmp_path / name
        path.parent.mkdir(parents=True)
        path.write_bytes(picture)
    (folder / "bee" / ".hidden.png").write_bytes(picture)
    (folder / "fox").symlink_to(tmp_path / "elsewhere" / "fox")
    (folder / "dog" / "above").symlink_to(folder)  # and round again
    found = [Path(name).relative_to(folder).as_posix() for name in predict.find([str(folder)])]
    assert found == ["bee/1.png", "bee/2.png", "dog/deep/1.png", "fox/1.png", "others/3.png"]
    assert predict.main([str(weights), str(folder), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[3]["true"] == "fox"
    folder_like_training = tmp_path / "like"
    folder_like_training.mkdir()
    for name in ("bee", "fox"):
        (folder_like_training / name).symlink_to(folder / name)
    (folder / "fox" / "2.png").write_bytes(picture)
    pictures = find_pictures(folder_like_training)
    trained_on = sorted(str(path) for split in pictures[:2] for path in split.paths)
    assert predict.find([str(folder_like_training)]) == trained_on


def test_the_true_class_by_a_folder_with_accents():
    decomposed = unicodedata.normalize("NFD", "café")
    assert predict._true_class(f"{decomposed}/1.jpg", ["bar", "café"]) == "café"
    assert predict._true_class("café/1.jpg", ["bar", decomposed]) == decomposed
    assert predict._true_class("tea/1.jpg", ["bar", "café"]) is None


def test_pictures_that_pillow_cannot_read_are_counted(folder, capsys):
    for name in ("1.heic", "2.HEIC"):
        (folder / "bee" / name).write_bytes(b"a telephone's picture")
    assert len(predict.find([str(folder)])) == 3
    assert (
        "pictures left out because Pillow cannot read them here: 2 .heic" in capsys.readouterr().err
    )


def test_links_to_nothing(weights, folder, capsys):
    (folder / "bee" / "gone.png").symlink_to("nowhere.png")
    assert predict.main([str(weights), str(folder), "--json"]) == 1
    result = capsys.readouterr()
    assert len(json.loads(result.out)) == 3
    assert "gone.png: it is a link to nowhere.png, which does not exist" in result.err
    (folder / "cat").symlink_to("nowhere")
    assert "cat is a link to nowhere" in refusal(capsys, weights, folder)
    assert "gone.png is a link to" in refusal(capsys, weights, folder / "bee" / "gone.png")


def test_bad_input_is_one_line(weights, folder, capsys, tmp_path):
    assert "no picture nowhere.jpg" in refusal(capsys, weights, "nowhere.jpg")
    assert "nothing.npz" in refusal(capsys, "nothing.npz", folder)
    assert "--top must be at least 1" in refusal(capsys, weights, folder, "--top", "0")
    (tmp_path / "empty").mkdir()
    assert "no pictures in the folder" in refusal(capsys, weights, tmp_path / "empty")
    (tmp_path / "no.jpg").write_text("nothing")
    assert "none of the pictures" in refusal(capsys, weights, tmp_path / "no.jpg")
