"""python -m tinyalex.features: what it writes, and how it says no."""

import numpy as np
import pytest
from PIL import Image

from tinyalex import features
from tinyalex.models import alexnet
from tinyalex.support.commands import run_command
from tinyalex.weights import Preprocessing, Weights


@pytest.fixture(scope="module")
def net():
    return alexnet(3, image_size=67, initialization="he", rng=np.random.default_rng(3))


@pytest.fixture(scope="module")
def preprocessing():
    return Preprocessing.of_colours(67, (120, 115, 100), 0.02, size=80)


@pytest.fixture(scope="module")
def place(tmp_path_factory, net, preprocessing):
    """whole.npz, and pictures/ with two classes of two and one picture."""
    place = tmp_path_factory.mktemp("features")
    Weights("paper", net.state_dict(), preprocessing).save(place / "whole.npz")
    rng = np.random.default_rng(0)
    for name in ("a/0", "a/1", "b/0"):
        path = place / "pictures" / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (80, 80, 3), dtype=np.uint8)).save(path)
    return place


def run(place, out, *flags):
    data = str(place / "pictures")
    return features.main([str(place / "whole.npz"), "--data", data, *flags, str(out)])


def test_the_last_hidden_layer(place, tmp_path, net, preprocessing, capsys):
    assert run(place, tmp_path / "out.npz") == 0
    assert "3 pictures, 4,096 numbers each" in capsys.readouterr().out
    with np.load(tmp_path / "out.npz", allow_pickle=False) as file:
        found = dict(file)
    assert found["files"].tolist() == ["a/0.png", "a/1.png", "b/0.png"]
    assert found["labels"].tolist() == [0, 0, 1]
    assert found["classes"].tolist() == ["a", "b"]
    assert str(found["layer"]) == "relu7"
    read = [preprocessing.read(place / "pictures" / name) for name in found["files"]]
    x = preprocessing.views(np.stack(read))[0]
    for name, layer in net:
        x = layer.forward(x)
        if name == "relu7":
            np.testing.assert_allclose(found["features"], x, rtol=1e-4, atol=1e-5)
    assert found["features"].dtype == np.float32


def test_another_layer_and_fewer_pictures(place, tmp_path):
    assert run(place, tmp_path / "out.npz", "--layer", "conv5", "--limit", "2") == 0
    with np.load(tmp_path / "out.npz") as file:
        assert file["features"].shape == (2, 3 * 3 * 256)
        assert file["files"].tolist() == ["a/0.png", "b/0.png"]


@pytest.mark.parametrize(
    ("flags", "out", "message"),
    [
        (["--layer", "fc9"], "out.npz", "no layer 'fc9'"),
        ([], "out.csv", "must end in .npz"),
        ([], "none/out.npz", "there is no folder"),
        (["--limit", "0"], "out.npz", "--limit must be at least 1; got 0"),
    ],
)
def test_bad_input_is_one_line(place, tmp_path, capsys, flags, out, message):
    with pytest.raises(SystemExit) as stopped:
        run_command(lambda: run(place, tmp_path / out, *flags))
    (line,) = capsys.readouterr().err.splitlines()
    assert stopped.value.code == 2
    assert message in line
    assert list(tmp_path.iterdir()) == []
