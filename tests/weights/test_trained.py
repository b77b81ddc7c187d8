"""Trained networks as files: preprocessing travels with the weights."""

import numpy as np
import pytest

from tinyalex.data import Statistics
from tinyalex.models import alexnet
from tinyalex.weights import Preprocessing, Weights, load_trained, load_weights, save_checkpoint
from tinyalex.weights.trained import softmax

CROP, SIZE = 67, 80


@pytest.fixture(scope="module")
def net():
    return alexnet(5, image_size=CROP, initialization="he", rng=np.random.default_rng(3))


@pytest.fixture(scope="module")
def preprocessing():
    return Preprocessing.of_colours(CROP, (120, 115, 100), (0.01, 0.02, 0.03), SIZE, warp=True)


@pytest.fixture(scope="module")
def pictures():
    return np.random.default_rng(1).integers(0, 256, (3, SIZE, SIZE, 3), dtype=np.uint8)


@pytest.mark.slow
def test_weights_come_back_as_they_were(tmp_path, net, preprocessing, pictures):
    path = tmp_path / "weights.npz"
    names = ["a", "b", "c", "d", "e"]
    Weights("paper", net.state_dict(), preprocessing, names, {"source": "a test"}).save(path)
    back = load_weights(path)
    assert (back.variant, back.classes, back.about) == ("paper", names, {"source": "a test"})
    assert back.missing == []
    trained = load_trained(path)
    assert trained.classes == names
    views = preprocessing.views(pictures)
    np.testing.assert_array_equal(trained.logits(views[0]), net.predict(views[0]))
    np.testing.assert_allclose(
        trained.probabilities(pictures), softmax(net.predict(views[0])), rtol=1e-12
    )


@pytest.mark.slow
def test_ten_views_are_averaged(tmp_path, net, preprocessing, pictures):
    path = tmp_path / "weights.npz"
    Weights("paper", net.state_dict(), preprocessing).save(path)
    trained = load_trained(path)
    assert trained.classes == ["0", "1", "2", "3", "4"]
    each = [softmax(net.predict(view)) for view in preprocessing.views(pictures, 10)]
    assert len(each) == 10
    ours = trained.probabilities(pictures, crops=10)
    np.testing.assert_allclose(ours, sum(each) / 10, rtol=1e-6)
    np.testing.assert_allclose(ours.sum(axis=1), 1, rtol=1e-12)


def test_views_are_less_the_mean_times_the_scale(preprocessing, pictures):
    view = preprocessing.views(pictures)[0, 1]
    edge = (SIZE - CROP) // 2
    cut = pictures[1, edge : edge + CROP, edge : edge + CROP].astype(float)
    expected = (cut - [120, 115, 100]) * [0.01, 0.02, 0.03]
    np.testing.assert_allclose(view, expected, atol=1e-5)
    np.testing.assert_allclose(preprocessing.as_picture(view), cut / 255, atol=1e-6)


def test_warped_pictures_keep_their_edges(tmp_path, preprocessing):
    from PIL import Image

    wide = np.zeros((40, 120, 3), np.uint8)
    wide[:, :20] = 255  # outside of the central square
    Image.fromarray(wide).save(tmp_path / "wide.png")
    assert preprocessing.read(tmp_path / "wide.png").max() == 255
    central = Preprocessing.of_colours(CROP, size=SIZE)
    assert central.read(tmp_path / "wide.png").max() == 0


def test_a_trunk_is_no_classifier(tmp_path, net, preprocessing):
    arrays = {name: a for name, a in net.state_dict().items() if name.startswith("conv")}
    path = tmp_path / "trunk.npz"
    Weights("paper", arrays, preprocessing).save(path)
    assert load_weights(path).missing == ["fc6", "fc7", "fc8"]
    with pytest.raises(ValueError, match="has no fc6, fc7, fc8"):
        load_trained(path)


def test_a_run_brings_its_statistics(tmp_path, net):
    rng = np.random.default_rng(0)
    mean = rng.uniform(90, 130, (256, 256, 3)).astype(np.float32)
    statistics = Statistics(mean, np.eye(3, dtype=np.float32), np.ones(3, np.float32), scale=0.5)
    groups = {"weights": net.state_dict(), "statistics": statistics.as_arrays()}
    save_checkpoint(tmp_path / "best.npz", groups, {"variant": "paper", "classes": list("abcde")})
    weights = load_weights(tmp_path)
    assert weights.preprocessing.crop == 224
    np.testing.assert_array_equal(weights.preprocessing.mean, mean)
    np.testing.assert_array_equal(weights.preprocessing.scale, [0.5] * 3)


@pytest.mark.parametrize(
    ("groups", "about", "message"),
    [
        ({"weights": {"W": np.ones(2)}}, {"variant": "vgg"}, "does not hold an AlexNet"),
        ({"weights": {"W": np.ones(2)}}, {"variant": "paper"}, "how pictures are prepared"),
        ({}, {"variant": "paper"}, "does not hold an AlexNet"),
    ],
)
def test_foreign_files(tmp_path, groups, about, message):
    save_checkpoint(tmp_path / "file.npz", groups, about)
    with pytest.raises(ValueError, match=message):
        load_weights(tmp_path / "file.npz")


def test_an_empty_folder(tmp_path):
    with pytest.raises(ValueError, match=r"no best\.npz in"):
        load_weights(tmp_path)
