"""python -m tinyalex.look: each of its commands from beginning to end, and how it says no."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tinyalex import look
from tinyalex.models import alexnet
from tinyalex.support.commands import run_command
from tinyalex.weights import Preprocessing, Weights, load_weights, save_checkpoint
from tinyalex.weights.export import export

CROP = 67
CLASSES = ["ant", "bee", "cat"]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """whole.npz, trunk.npz, and pictures/ with three classes of three pictures."""
    place = tmp_path_factory.mktemp("look")
    net = alexnet(3, image_size=CROP, initialization="he", rng=np.random.default_rng(3))
    preprocessing = Preprocessing.of_colours(CROP, (120, 115, 100), 0.02, size=80)
    arrays = net.state_dict()
    Weights("paper", arrays, preprocessing, CLASSES).save(place / "whole.npz")
    trunk = {name: array for name, array in arrays.items() if name.startswith("conv")}
    Weights("paper", trunk, preprocessing).save(place / "trunk.npz")
    rng = np.random.default_rng(0)
    for name in CLASSES:
        (place / "pictures" / name).mkdir(parents=True)
        for i in range(3):
            small = rng.integers(0, 256, (8, 8, 3), dtype=np.uint8)
            picture = Image.fromarray(small).resize((80, 80))
            picture.save(place / "pictures" / name / f"{i}.png")
    return place


@pytest.fixture
def there(place, tmp_path, monkeypatch):
    """The same place, and an empty current folder for what is drawn."""
    monkeypatch.chdir(tmp_path)
    return place


def run(*arguments):
    assert look.main([str(argument) for argument in arguments]) == 0


def drawn(path):
    """The picture's size; checks that it is one and not of a single colour."""
    picture = np.asarray(Image.open(path).convert("RGB"))
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 20
    return picture.shape[1], picture.shape[0]


def refusal(capsys, *arguments):
    """The one line that the command prints for bad input; checks its exit code."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as stopped:
        run_command(lambda: look.main([str(argument) for argument in arguments]))
    lines = capsys.readouterr().err.splitlines()
    assert stopped.value.code == 2
    assert len(lines) == 1
    return lines[0]


@pytest.mark.slow
def test_kernels(there, capsys):
    run("kernels", there / "trunk.npz")
    width, height = drawn("kernels.png")
    assert width > 800
    assert height > 350
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines[:2]] in (
        ["kernels 0 to 47", "kernels 48 to 95"],
        ["kernels 48 to 95", "kernels 0 to 47"],
    )


@pytest.mark.slow
@pytest.mark.parametrize("layer", ["conv1", "norm2", "pool5", "flatten"])
def test_maps(there, layer):
    run("maps", there / "trunk.npz", there / "pictures/ant/0.png", "--layer", layer)
    assert drawn(f"maps-{layer}.png")[0] > 1000


@pytest.mark.slow
def test_deconvnet(there, capsys):
    picture = there / "pictures/bee/1.png"
    run("deconvnet", there / "trunk.npz", picture, "--layer", "relu3", "--unit", 5, 380)
    shown = capsys.readouterr().out
    assert "relu3 unit 5: " in shown
    assert "relu3 unit 380: " in shown
    two = drawn("deconvnet-relu3.png")
    run("deconvnet", there / "trunk.npz", picture, "--layer", "relu3", "--count", 3, "--whole-map")
    three = drawn("deconvnet-relu3.png")
    assert three[0] == two[0] > 1000
    assert three[1] > two[1]
    run("deconvnet", there / "whole.npz", picture, "--class", "cat", "--out", "cat.png")
    assert "cat: " in capsys.readouterr().out
    drawn("cat.png")


@pytest.mark.slow
def test_patches(there, capsys):
    data = there / "pictures"
    run("patches", there / "trunk.npz", "--data", data, "--layer", "conv3", "--unit", 7, 12)
    shown = capsys.readouterr().out
    assert "9 pictures of 3 classes" in shown
    assert "conv3 unit 7: " in shown
    assert "conv3 unit 12: " in shown
    assert drawn("patches-conv3.png")[0] > 1000
    run("patches", there / "whole.npz", "--data", data, "--layer", "relu7", "--limit", 4)
    assert capsys.readouterr().out.count("relu7 unit") == 6
    drawn("patches-relu7.png")


@pytest.mark.slow
def test_occlusion(there, capsys):
    picture = there / "pictures/ant/2.png"
    run("occlusion", there / "whole.npz", picture, "--class", "1", "--size", 20, "--stride", 20)
    assert "bee: probability 0." in capsys.readouterr().out
    assert drawn("occlusion.png")[0] > 1000


def test_saliency(there, capsys):
    run("saliency", there / "whole.npz", there / "pictures/ant/2.png", "--out", "s.png")
    assert "probability 0." in capsys.readouterr().out
    assert drawn("s.png")[0] > 800


def test_adversarial(there, capsys):
    pictures = [there / "pictures/ant" / f"{i}.png" for i in range(3)]
    run("adversarial", there / "whole.npz", *pictures[:2], "--epsilon", "3", pictures[2])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines[:3]] == ["0.png", "1.png", "2.png"]
    assert all("; random signs -> " in line for line in lines[:3])
    assert lines[3].startswith("changed answers: ")
    assert lines[4] == "wrote adversarial.png"
    width, height = drawn("adversarial.png")
    assert width > 1000
    assert height > 900


def test_adversarial_towards_a_class(there, capsys):
    picture, aim = there / "pictures/cat/1.png", ("--target", "be", "--steps", 2, "--epsilon", 4)
    run("adversarial", there / "whole.npz", picture, *aim, "--out", "t.png")
    line = capsys.readouterr().out.splitlines()[0]
    before, after = re.search(r"bee (\d\.\d+) -> (\d\.\d+)", line).groups()
    assert float(after) > float(before)
    drawn("t.png")


def test_adversarial_draws_the_first_pictures(there, capsys, monkeypatch):
    monkeypatch.setattr("tinyalex.inspection.show_adversarial.DRAWN", 1)
    pictures = [there / "pictures/bee" / f"{i}.png" for i in range(2)]
    run("adversarial", there / "whole.npz", *pictures, "--target", "2", "--epsilon", 8)
    lines = capsys.readouterr().out.splitlines()[2:]
    assert re.fullmatch(r"answered as cat: \d of 2 before, 2 after", lines[1])
    assert lines[2:] == ["the figure shows the first 1 of 2 pictures", "wrote adversarial.png"]
    assert drawn("adversarial.png")[1] < 500


def test_adversarial_refuses_before_it_reads(there, capsys):
    whole, picture = there / "whole.npz", there / "pictures/ant/0.png"
    for arguments, message in [
        (("no.npz", picture, "--epsilon", 0), "--epsilon must be above 0 and at most 255; got 0"),
        (("no.npz", picture, "--epsilon", "nan"), "at most 255; got nan"),
        (("no.npz", picture, "--epsilon", 256), "at most 255; got 256"),
        (("no.npz", picture, "--epsilon", "x"), "argument --epsilon: invalid float value: 'x'"),
        (("no.npz", picture, "--steps", 0), "--steps must be at least 1; got 0"),
        (("no.npz", picture, "--steps", 1.5), "argument --steps: invalid int value: '1.5'"),
        (("no.npz", picture, "--out", "a.jpg"), "--out a.jpg must end in .png"),
        (("no.npz", picture, "--twist"), "unrecognized arguments: --twist"),
        (("no.npz",), "the following arguments are required: PICTURE"),
        ((whole, picture, "--target", "dog"), "no class 'dog': give"),
        ((whole, picture, "--target", "a"), "--target a matches"),
        ((whole, picture, "nothing.jpg"), "cannot read the picture nothing.jpg"),
        ((there / "trunk.npz", picture), "has no fc6, fc7, fc8"),
    ]:
        assert message in refusal(capsys, "adversarial", *arguments), arguments
    assert not Path("adversarial.png").exists()


@pytest.mark.slow
def test_neighbours(there, capsys):
    data = there / "pictures"
    run("neighbours", there / "whole.npz", "--data", data, "--count", 2)
    first = capsys.readouterr().out
    assert "of 10 neighbours have their query's class" in first
    picture = Image.open("neighbours.png").tobytes()
    run("neighbours", there / "whole.npz", "--data", data, "--count", 2, "--seed", 0)
    assert Image.open("neighbours.png").tobytes() == picture
    run("neighbours", there / "whole.npz", "--data", data, "--count", 2, "--seed", 1)
    assert Image.open("neighbours.png").tobytes() != picture


@pytest.mark.slow
def test_neighbours_of_given_pictures(there, tmp_path, capsys):
    known = there / "pictures/cat/1.png"
    strange = tmp_path / "strange.png"
    Image.open(known).save(strange)
    data = ("--data", there / "pictures")
    run("neighbours", there / "trunk.npz", *data, "--count", 3, known, strange, "--unit-length")
    assert "of 3 neighbours have their query's class" in capsys.readouterr().out
    drawn("neighbours.png")
    run("neighbours", there / "trunk.npz", known, *data, "--layer", "relu3")
    assert "of 6 neighbours" in capsys.readouterr().out


def test_statistics(there, tmp_path, capsys):
    out = tmp_path / "s.json"
    run("statistics", there / "trunk.npz", "--data", there / "pictures", "--out", out)
    shown = capsys.readouterr().out
    assert "no mean |dW|" in shown
    facts = json.loads(out.read_text())
    assert [row["layer"] for row in facts["weights"]] == [f"conv{i}" for i in range(1, 6)]
    assert facts["activations"][-1]["layer"] == "pool5"
    assert facts["activations"][0]["units"] == 96


def test_statistics_of_a_run(there, tmp_path, capsys):
    weights = {"conv1.W": np.full((11, 11, 3, 96), -0.5), "conv1.b": np.zeros(96)}
    velocity = {name: np.full(array.shape, 0.001) for name, array in weights.items()}
    statistics = {"mean": np.zeros((256, 256, 3)), "eigenvectors": np.eye(3)}
    statistics["deviations"] = np.ones(3)
    groups = {"weights": weights, "velocity": velocity, "statistics": statistics}
    run_folder = tmp_path / "run"
    run_folder.mkdir()
    save_checkpoint(run_folder / "last.npz", groups, {"variant": "paper", "classes": CLASSES})
    run("statistics", run_folder)
    row = capsys.readouterr().out.splitlines()[3].split()
    assert row == ["conv1", "0.5", "0.001", "0.002"]


def test_statistics_of_another_programs_file(there, tmp_path, capsys):
    export(load_weights(there / "trunk.npz"), tmp_path / "trunk.safetensors", "safetensors")
    run("statistics", tmp_path / "trunk.safetensors")
    theirs = capsys.readouterr().out.splitlines()
    run("statistics", there / "trunk.npz")
    assert theirs[1:] == capsys.readouterr().out.splitlines()[1:]


def test_bad_input_is_one_line(there, capsys):
    trunk, picture, data = there / "trunk.npz", there / "pictures/ant/0.png", there / "pictures"
    for arguments, message in [
        (("kernels", "nowhere.npz"), "nowhere.npz"),
        (("maps", trunk, picture, "--layer", "fc7"), "has no fc6, fc7, which fc7 needs"),
        (("maps", trunk, picture, "--layer", "conv8"), "no layer 'conv8': choose one of conv1"),
        (("maps", trunk, "nothing.jpg"), "cannot read the picture nothing.jpg"),
        (("maps", trunk, picture, "--out", "maps.jpg"), "--out maps.jpg must end in .png"),
        (("deconvnet", trunk, picture, "--unit", 256), "conv5 has no unit 256: its units are 0"),
        (("deconvnet", trunk, picture, "--count", 0), "--count must be at least 1; got 0"),
        (("deconvnet", trunk, picture, "--class", "ant"), "has no fc6, fc7, fc8, which fc8 needs"),
        (("occlusion", trunk, picture), "has no fc6, fc7, fc8"),
        (("saliency", there / "whole.npz", picture, "--class", "dog"), "no class 'dog': give"),
        (("occlusion", there / "whole.npz", picture, "--size", 99), "the square must be 1 to 67"),
        (("patches", trunk, "--data", there / "none"), "there is no folder"),
        (("patches", trunk), "the following arguments are required: --data"),
        (("neighbours", trunk, "--data", data, "--count", 9), "--count 9: must be from 1 to 8"),
        (("neighbours", trunk, "--data", data, "x.jpg"), "cannot read the picture x.jpg"),
        (("maps", trunk, picture, picture), "unrecognized arguments"),
        (("neighbours", trunk, "--data", data, "--what"), "unrecognized arguments: --what"),
        (("dream", trunk), "invalid choice: 'dream'"),
        ((), "the following arguments are required: WHAT"),
    ]:
        assert message in refusal(capsys, *arguments), arguments


@pytest.mark.parametrize("what", ["kernels", "adversarial", "neighbours", "statistics"])
def test_help(capsys, what):
    with pytest.raises(SystemExit) as stopped:
        look.main([what, "--help"])
    assert stopped.value.code == 0
    assert "WEIGHTS" in capsys.readouterr().out
