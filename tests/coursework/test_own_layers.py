"""--own-layers: a student's right layers take the library's place, wrong ones do not."""

import numpy as np
import pytest
from strange_names import make_class_folders
from submissions import ASSIGNS, RIGHT

from tinyalex import train
from tinyalex.coursework.engine.own_layers import swap_in
from tinyalex.layers import Conv2d, MaxPool2d, ReLU
from tinyalex.models import Sequential


def net():
    conv = Conv2d(3, 4, 3, rng=np.random.default_rng(0), dtype="float64")
    return Sequential([("conv1", conv), ("relu1", ReLU()), ("pool1", MaxPool2d(3, 2))])


@pytest.mark.parametrize(("source", "used"), [(RIGHT, True), (ASSIGNS, False)])
def test_only_right_layers_are_used(tmp_path, source, used):
    path = tmp_path / "06_overlapping_pooling" / "exercise.py"
    path.parent.mkdir()
    path.write_text(source)
    own, library, x = net(), net(), np.random.default_rng(1).normal(size=(2, 9, 9, 3))
    notes = swap_in(own, tmp_path)
    assert notes[0].endswith("MaxPool2d" if used else "none")
    wrong = "MaxPool2d.forward and backward (lesson 06): not right yet, using the library's"
    assert (wrong in notes) == (not used)
    assert not any("GlobalAvgPool2d" in note for note in notes)  # no layer of this network
    assert any(note.startswith("ReLU") and "not written yet" in note for note in notes)
    assert (type(own["pool1"]) is MaxPool2d) == (not used)
    assert type(own["conv1"]) is Conv2d
    np.testing.assert_array_equal(own.forward(x), library.forward(x))
    dy = np.ones((2, 3, 3, 4))
    np.testing.assert_array_equal(own.backward(dy), library.backward(dy))


@pytest.mark.slow
def test_a_training_with_own_layers(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for split in ("train", "val"):
        make_class_folders(tmp_path / "pictures" / split)
    path = tmp_path / "mine" / "06_overlapping_pooling" / "exercise.py"
    path.parent.mkdir(parents=True)
    path.write_text(RIGHT)
    flags = ["--data", "pictures", "--epochs", "1", "--batch-size", "8"]
    assert train.main([*flags, "--own-layers", "mine"]) == 0
    assert "your own layers in this network: MaxPool2d" in capsys.readouterr().out
    with pytest.raises(ValueError, match=r"--own-layers nowhere: no such folder"):
        train.main([*flags, "--own-layers", "nowhere"])
