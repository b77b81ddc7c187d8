"""The built-in pictures: the same on every machine, complete on disk, and told apart by class."""

import hashlib

import numpy as np
import pytest
from PIL import Image

from tinyalex.data import builtin
from tinyalex.data.builtin import CLASS_NAMES, builtin_pictures, draw_picture
from tinyalex.data.patterns import FINE, SIDE, TURNS


@pytest.fixture
def three_classes(monkeypatch):
    """Only three classes, so that a folder is drawn in a moment."""
    monkeypatch.setattr(builtin, "CLASS_NAMES", CLASS_NAMES[:3])


def test_hundred_sorted_unique_names():
    assert len(CLASS_NAMES) == len(set(CLASS_NAMES)) == 100
    assert sorted(CLASS_NAMES) == CLASS_NAMES


@pytest.mark.parametrize("class_index", range(100))
def test_shape_and_dtype_of_every_class(class_index):
    picture = draw_picture(class_index, 0)
    assert picture.shape == (256, 256, 3)
    assert picture.dtype == np.uint8
    assert picture.flags.c_contiguous


def test_pixels_are_pinned():
    """Whoever changes a pixel raises builtin.VERSION and pins the new hash."""
    digest = hashlib.sha256()
    for class_index in range(100):
        digest.update(draw_picture(class_index, 3).tobytes())
    digest.update(draw_picture(7, 5, "val", seed=11).tobytes())
    assert (builtin.VERSION, digest.hexdigest()) == (
        1,
        "9609f9b2921cd7a00a4f40904a13b4b7a147e8cd31cb9aaca2fb3ac8706a9e2d",
    )


def test_rounded_tables_do_not_depend_on_the_last_bit():
    y, x = np.mgrid[-SIDE:SIDE, -SIDE:SIDE]
    for values in (
        128 * np.cos(TURNS),
        4096 * np.cos(TURNS),
        np.arctan2(y, x) / TURNS[1],
        FINE * np.hypot(x, y),
    ):
        distance_from_half = np.abs(values - np.floor(values) - 0.5)
        assert distance_from_half.min() > 1e-5


def test_same_arguments_same_picture_and_other_arguments_another():
    picture = draw_picture(10, 0)
    np.testing.assert_array_equal(picture, draw_picture(10, 0))
    for other in (
        draw_picture(11, 0),
        draw_picture(10, 1),
        draw_picture(10, 0, "val"),
        draw_picture(10, 0, seed=1),
    ):
        assert np.mean(picture != other) > 0.5


@pytest.mark.parametrize("arguments", [(100, 0), (-1, 0), (0, 0, "test")])
def test_bad_arguments_are_named(arguments):
    with pytest.raises(ValueError, match=r"class_index is|split is"):
        draw_picture(*arguments)


def draw_small(folder):
    return builtin_pictures(folder, train_per_class=3, val_per_class=1, progress=False)


def test_folder_is_complete_and_reused(tmp_path, three_classes):
    root = draw_small(tmp_path / "cache")
    assert root == tmp_path / "cache" / "pictures-v1-seed0-3+1"
    files = sorted(path.relative_to(root).as_posix() for path in root.rglob("*.webp"))
    assert files == sorted(
        [f"train/{name}/{index:04d}.webp" for name in CLASS_NAMES[:3] for index in range(3)]
        + [f"val/{name}/0000.webp" for name in CLASS_NAMES[:3]]
    )
    with Image.open(root / "val" / CLASS_NAMES[2] / "0000.webp") as opened:
        np.testing.assert_array_equal(np.asarray(opened), draw_picture(2, 0, "val"))

    (root / "kept").touch()
    assert draw_small(tmp_path / "cache") == root
    assert (root / "kept").exists()
    assert [path.name for path in root.parent.iterdir()] == [root.name]


def test_failure_in_the_middle_leaves_nothing(tmp_path, three_classes, monkeypatch):
    def fail_at_last_class(class_index, *rest):
        if class_index == 2:
            raise RuntimeError("interrupted")
        return draw_picture(class_index, *rest)

    monkeypatch.setattr(builtin, "draw_picture", fail_at_last_class)
    with pytest.raises(RuntimeError, match="interrupted"):
        draw_small(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_two_processes_at_once_keep_the_first(tmp_path, three_classes, monkeypatch):
    def another_was_faster(unfinished, seed, counts, progress):
        root = tmp_path / "pictures-v1-seed0-3+1"
        (root / "train").mkdir(parents=True)
        (unfinished / "train").mkdir()

    monkeypatch.setattr(builtin, "draw_folder", another_was_faster)
    root = draw_small(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [root.name]


def test_unwritable_folder_is_one_clear_line(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ValueError, match="TINYALEX_CACHE") as caught:
        draw_small(tmp_path / "file" / "cache")
    assert "\n" not in str(caught.value)
    assert str(tmp_path / "file" / "cache") in str(caught.value)


def test_default_folder(tmp_path, monkeypatch, three_classes):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    monkeypatch.delenv("TINYALEX_CACHE", raising=False)
    assert draw_small(None).parent == tmp_path / "xdg" / "tinyalex"
    monkeypatch.setenv("TINYALEX_CACHE", str(tmp_path / "mine"))
    assert draw_small(None).parent == tmp_path / "mine"


def describe(picture):
    """Mean colour, and how much the picture changes over 4 to 24 pixels in four directions."""
    pixels = picture[32:224, 32:224].astype(np.float32)
    here = pixels[:-24, 24:-24]
    height, width, _ = here.shape
    changes = []
    for lag in (4, 8, 12, 16, 24):
        for down, across in ((lag, 0), (0, lag), (lag, lag), (lag, -lag)):
            there = pixels[down : down + height, 24 + across : 24 + across + width]
            changes.append(np.abs(here - there).mean())
    colour = pixels[40:-40, 40:-40].mean(axis=(0, 1)) / 20  # so that both count about the same
    return np.concatenate((colour, 4 * np.array(changes) / np.mean(changes)))


@pytest.mark.slow
def test_a_few_statistics_already_tell_the_classes_apart():
    """The nearest class mean of 23 hand-made numbers: about 80% right, where chance is 1%."""
    train = np.array([[describe(draw_picture(c, i)) for i in range(5)] for c in range(100)])
    val = np.array([describe(draw_picture(c, 0, "val")) for c in range(100)])
    distances = np.square(val[:, None] - train.mean(axis=1)[None]).sum(axis=-1)
    assert np.mean(distances.argmin(axis=1) == np.arange(100)) > 0.6
