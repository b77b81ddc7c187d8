"""Folders of pictures through a network: features, the strongest patches, and trunks."""

import numpy as np
import pytest
from data_helpers import make_classes, save_picture
from PIL import Image

from tinyalex.inspection import (
    batches,
    cut,
    deepest,
    features,
    net_up_to,
    patch_pictures,
    pictures_in,
    receptive_field,
    strongest_patches,
)
from tinyalex.inspection.cli_inputs import class_number, target
from tinyalex.layers import Conv2d, MaxPool2d, ReLU
from tinyalex.models import Sequential, alexnet
from tinyalex.weights import Preprocessing, Weights

CROP, SIZE = 16, 20


@pytest.fixture(scope="module")
def preprocessing():
    return Preprocessing.of_colours(CROP, (120, 115, 100), 0.02, SIZE)


@pytest.fixture(scope="module")
def net():
    rng = np.random.default_rng(2)
    return Sequential(
        [
            ("conv1", Conv2d(3, 5, 3, padding=1, rng=rng)),
            ("relu1", ReLU()),
            ("pool1", MaxPool2d(3, 2)),
        ]
    )


@pytest.fixture
def folder(tmp_path):
    """Two classes of seven pictures of noise."""
    rng = np.random.default_rng(1)
    for name in ("ant", "bee"):
        (tmp_path / name).mkdir()
        for i in range(7):
            pixels = rng.integers(0, 256, (SIZE, SIZE, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / name / f"{i}.png")
    return tmp_path


def inputs(pictures, preprocessing):
    read = np.stack([preprocessing.read(path) for path in pictures.paths])
    return preprocessing.views(read)[0]


# Which pictures


def test_class_folders_and_flat_folders(tmp_path):
    make_classes(tmp_path / "classes", ["cat", "ant"], count=2)
    (tmp_path / "classes" / "empty").mkdir()
    save_picture(tmp_path / "classes" / "overview.png")
    found = pictures_in(tmp_path / "classes")
    names = [path.relative_to(tmp_path / "classes").as_posix() for path in found.paths]
    assert names == ["ant/ant_0.png", "ant/ant_1.png", "cat/cat_0.png", "cat/cat_1.png"]
    assert (found.labels.tolist(), found.classes) == ([0, 0, 1, 1], ["ant", "cat"])
    one = pictures_in(tmp_path / "classes" / "cat")
    assert (len(one), one.classes, one.labels.tolist()) == (2, ["cat"], [0, 0])


def test_a_limit_takes_from_all_classes(tmp_path):
    make_classes(tmp_path, "abc", count=4)
    assert pictures_in(tmp_path, limit=3).labels.tolist() == [0, 1, 2]
    assert len(pictures_in(tmp_path, limit=100)) == 12


def test_folders_that_will_not_do(tmp_path):
    make_classes(tmp_path / "set" / "val", "ab")
    with pytest.raises(ValueError, match=r"no pictures in .* \(did you mean .*val\?\): expected"):
        pictures_in(tmp_path / "set")
    (tmp_path / "nothing").mkdir()
    with pytest.raises(ValueError, match=r"no pictures in .*nothing: expected DIR/CLASS"):
        pictures_in(tmp_path / "nothing")
    with pytest.raises(ValueError, match="there is no folder"):
        pictures_in(tmp_path / "nowhere")
    with pytest.raises(ValueError, match="--limit must be at least 1; got 0"):
        pictures_in(tmp_path, limit=0)


# Features


def test_features_are_flattened_rows_first(net, folder, preprocessing):
    pictures = pictures_in(folder)
    values, indices = features(net, pictures, preprocessing, progress=False)
    y = net.forward(inputs(pictures, preprocessing))
    assert y.shape == (14, 7, 7, 5)
    assert (values.shape, values.dtype) == ((14, 245), np.float32)
    np.testing.assert_allclose(values, y.reshape(14, -1), rtol=1e-5, atol=1e-6)
    assert values[3, (2 * 7 + 4) * 5 + 1] == pytest.approx(y[3, 2, 4, 1], rel=1e-5)
    assert indices.tolist() == list(range(14))


def test_batches_follow_one_another(net, folder, preprocessing):
    pictures = pictures_in(folder)
    found = list(batches(pictures, preprocessing, progress=False, batch_size=4))
    assert [len(batch.x) for batch in found] == [4, 4, 4, 2]
    together = np.concatenate([batch.x for batch in found])
    np.testing.assert_array_equal(together, inputs(pictures, preprocessing))


def test_broken_pictures_are_left_out_and_named(net, folder, preprocessing, capsys):
    (folder / "ant" / "2.png").write_bytes(b"no picture")
    pictures = pictures_in(folder)
    values, indices = features(net, pictures, preprocessing, progress=False)
    assert indices.tolist() == [0, 1, *range(3, 14)]
    assert len(values) == 13
    lines = capsys.readouterr().err.splitlines()
    assert [line.startswith("skipped: cannot read the picture") for line in lines] == [True]
    for path in pictures.paths:
        path.write_bytes(b"no picture")
    with pytest.raises(ValueError, match="none of the 14 pictures could be read"):
        features(net, pictures, preprocessing, progress=False)


# Patches


def test_the_strongest_patches(net, folder, preprocessing):
    pictures = pictures_in(folder)
    found = strongest_patches(net, pictures, preprocessing, [3, 0], count=4, progress=False)
    y = net.forward(inputs(pictures, preprocessing))
    assert list(found) == [3, 0]
    for unit, patches in found.items():
        largest = y[..., unit].max(axis=(1, 2))
        assert [patch.picture for patch in patches] == np.argsort(-largest)[:4].tolist()
        np.testing.assert_allclose(
            [p.value for p in patches], np.sort(largest)[::-1][:4], rtol=1e-5
        )
        for patch in patches:
            place = np.unravel_index(y[patch.picture, :, :, unit].argmax(), (7, 7))
            expected = receptive_field(net, place, (1, CROP, CROP, 3), clip=False)
            assert patch.field == expected
            assert patch.field.bottom - patch.field.top == 5


def test_units_are_chosen_where_none_is_named(net, folder, preprocessing):
    pictures = pictures_in(folder)
    found = strongest_patches(net, pictures, preprocessing, count=2, progress=False)
    y = net.forward(inputs(pictures, preprocessing)).max(axis=(1, 2))
    means = np.sort(y, axis=0)[-2:].mean(axis=0)
    assert list(found) == np.argsort(-means).tolist()
    with pytest.raises(ValueError, match="pool1 has no unit 5"):
        strongest_patches(net, pictures, preprocessing, [5], progress=False)


def test_what_a_patch_shows(net, folder, preprocessing):
    pictures = pictures_in(folder)
    (best, *_) = strongest_patches(net, pictures, preprocessing, [1], progress=False)[1]
    ((pixels, back),) = patch_pictures(net, 1, [best], pictures, preprocessing)
    assert pixels.shape == back.shape == (5, 5, 3)
    picture = preprocessing.as_picture(inputs(pictures, preprocessing)[best.picture])
    top, bottom, left, right = best.field
    assert top >= 0
    assert right <= CROP
    np.testing.assert_array_equal(pixels, picture[top:bottom, left:right])
    # One linear layer under the pool: what comes back is its kernel, where the switch points.
    kernel = net["conv1"].params["W"][..., 1]
    y = cut(net, "relu1").forward(inputs(pictures, preprocessing))[best.picture, ..., 1]
    row, column = np.unravel_index(y.argmax(), y.shape)
    whole = np.zeros((CROP + 2, CROP + 2, 3))
    whole[row : row + 3, column : column + 3] = kernel
    np.testing.assert_allclose(back, whole[1:-1, 1:-1][top:bottom, left:right], atol=1e-6)


# Trunks


@pytest.fixture(scope="module")
def trunk():
    net = alexnet(3, image_size=67, initialization="he", rng=np.random.default_rng(0))
    arrays = {name: array for name, array in net.state_dict().items() if "conv" in name}
    return Weights("paper", arrays, Preprocessing.of_colours(67, size=80))


def test_a_trunk_is_cut_where_it_ends(trunk):
    net = net_up_to(trunk, "pool5", "trunk.npz")
    assert net.layers[-1][0] == "pool5"
    np.testing.assert_array_equal(net["conv5"].params["W"], trunk.arrays["conv5.W"])
    assert deepest(trunk) == "flatten"
    expected = "trunk.npz has no fc6, fc7, which relu7 needs: choose a layer up to flatten"
    with pytest.raises(ValueError, match=expected):
        net_up_to(trunk, "relu7", "trunk.npz")
    with pytest.raises(ValueError, match="no layer 'fc9': choose one of conv1, relu1"):
        net_up_to(trunk, "fc9")


def test_a_whole_network_reaches_its_end():
    net = alexnet(3, image_size=67, initialization="he", rng=np.random.default_rng(0))
    whole = Weights("paper", net.state_dict(), Preprocessing.of_colours(67, size=80))
    assert deepest(whole) == "fc8"
    x = np.random.default_rng(1).normal(size=(1, 67, 67, 3)).astype(np.float32)
    np.testing.assert_array_equal(net_up_to(whole, "fc8").predict(x), net.predict(x))


# What is asked for


def test_classes_by_name_number_or_part():
    classes = ["red fox", "fox terrier", "grey whale"]
    assert class_number("red fox", classes) == 0
    assert class_number("1", classes) == 1
    assert class_number("WHALE", classes) == 2
    with pytest.raises(ValueError, match="--class fox matches red fox, fox terrier"):
        class_number("fox", classes)
    with pytest.raises(ValueError, match="no class '3': give a name, or a number from 0 to 2"):
        class_number("3", classes)


def test_targets_are_checked_first(tmp_path):
    assert target(None, "maps.png").name == "maps.png"
    assert target(tmp_path / "a.PNG", "") == tmp_path / "a.PNG"
    with pytest.raises(ValueError, match=r"--out .*a.jpg must end in .png"):
        target(tmp_path / "a.jpg", "")
    with pytest.raises(ValueError, match="there is no folder"):
        target(tmp_path / "none" / "a.png", "")
