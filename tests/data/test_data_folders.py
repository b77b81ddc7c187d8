"""Finding pictures: the layouts, the choice of classes, and the errors."""

import os
import subprocess
import sys
import unicodedata

import numpy as np
import pytest
from data_helpers import make_classes, save_picture

from tinyalex.data import (
    EvalTransform,
    Loader,
    Pictures,
    PictureStore,
    check_headers,
    compute_statistics,
    find_pictures,
)


def fails(call, *words):
    """The call raises a ValueError of one line that holds all the words."""
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the words are checked below
        call()
    message = str(caught.value)
    assert "\n" not in message
    for word in words:
        assert str(word) in message


def names(pictures: Pictures) -> list[str]:
    return [path.name for path in pictures.paths]


@pytest.mark.parametrize("val_name", ["val", "valid", "validation"])
def test_train_and_validation_folders(tmp_path, val_name):
    make_classes(tmp_path / "train", ["b", "a"], 3)
    make_classes(tmp_path / val_name, ["a", "b"], 2)
    train, val, notes = find_pictures(tmp_path)
    assert train.classes == val.classes == ["a", "b"]
    assert names(train) == ["a_0.png", "a_1.png", "a_2.png", "b_0.png", "b_1.png", "b_2.png"]
    assert train.labels.tolist() == [0, 0, 0, 1, 1, 1]
    assert train.labels.dtype == np.int64
    assert (len(train), len(val), notes) == (6, 4, [])


@pytest.mark.parametrize("inner", ["", "train"])
def test_one_folder_of_classes_is_split(tmp_path, inner):
    make_classes(tmp_path / inner, ["a", "b"], 20)
    train, val, notes = find_pictures(tmp_path, val_fraction=0.25, seed=3)
    assert np.bincount(train.labels).tolist() == [15, 15]
    assert np.bincount(val.labels).tolist() == [5, 5]
    assert not set(train.paths) & set(val.paths)
    assert train.paths == sorted(train.paths)
    assert "25%" in notes[0]
    assert "seed 3" in notes[0]
    assert find_pictures(tmp_path, val_fraction=0.25, seed=3)[1].paths == val.paths
    assert find_pictures(tmp_path, val_fraction=0.25, seed=4)[1].paths != val.paths
    alone = find_pictures(tmp_path, val_fraction=0.25, seed=3, subset=1)[1]
    assert alone.paths == val.paths[:5]  # a class's split does not depend on the others


@pytest.mark.parametrize("fraction", [0.001, 0.999])
def test_split_leaves_at_least_one_picture_on_each_side(tmp_path, fraction):
    make_classes(tmp_path, ["a"], 2)
    train, val, _ = find_pictures(tmp_path, val_fraction=fraction)
    assert len(train) == len(val) == 1


def test_other_files_are_ignored_and_suffixes_are_read_in_any_case(tmp_path):
    make_classes(tmp_path, ["a"], 2)
    save_picture(tmp_path / "a" / "x.JPEG")
    for name in ["readme.txt", ".DS_Store", ".hidden.jpg", "list.pdf"]:
        (tmp_path / "a" / name).write_text("no picture")
    (tmp_path / ".git").mkdir()
    (tmp_path / "a" / "link.jpg").symlink_to(tmp_path / "a" / "x.JPEG")
    train, val, _ = find_pictures(tmp_path)
    assert sorted(names(train) + names(val)) == ["a_0.png", "a_1.png", "link.jpg", "x.JPEG"]


def test_subset_takes_the_first_classes_by_name(tmp_path):
    make_classes(tmp_path, ["c", "a", "b"])
    train, val, notes = find_pictures(tmp_path, subset=2)
    assert train.classes == val.classes == ["a", "b"]
    assert len(notes) == 1  # only that of the split
    _, _, notes = find_pictures(tmp_path, subset=100)
    assert notes[0] == "asked for 100 classes, found 3: training on all 3"


def test_class_file(tmp_path):
    make_classes(tmp_path / "data", ["a", "b", "c"])
    listed = tmp_path / "classes.txt"
    listed.write_text("# mine\nc\n\na  # a remark\nc\n")
    assert find_pictures(tmp_path / "data", class_file=listed)[0].classes == ["a", "c"]
    assert find_pictures(tmp_path / "data", class_file=listed, subset=1)[0].classes == ["a"]
    listed.write_text("a\ncat\ndog\n")
    fails(lambda: find_pictures(tmp_path / "data", class_file=listed), "cat, dog", listed)
    listed.write_text("# nothing\n")
    fails(lambda: find_pictures(tmp_path / "data", class_file=listed), "names no classes")
    fails(lambda: find_pictures(tmp_path / "data", class_file=tmp_path / "no.txt"), "no.txt")


def test_per_class_cuts_both_splits_and_nests(tmp_path):
    make_classes(tmp_path / "train", ["a", "b"], 12)
    make_classes(tmp_path / "val", ["a", "b"], 5)
    two, val, _ = find_pictures(tmp_path, per_class=2)
    five, all_val, _ = find_pictures(tmp_path, per_class=5)
    assert np.bincount(two.labels).tolist() == np.bincount(val.labels).tolist() == [2, 2]
    assert len(all_val) == 10
    assert set(val.paths) < set(all_val.paths)
    held_out = find_pictures(tmp_path / "train", per_class=2, val_fraction=0.5)[1]
    assert np.bincount(held_out.labels).tolist() == [2, 2]
    assert five.paths == sorted(five.paths)
    assert set(two.paths) < set(five.paths)
    assert find_pictures(tmp_path, per_class=2, seed=1)[0].paths != two.paths
    assert len(find_pictures(tmp_path, per_class=99)[0]) == 24


def test_errors_in_the_folder(tmp_path):
    fails(lambda: find_pictures(tmp_path / "none"), "no folder", tmp_path / "none")
    file = save_picture(tmp_path / "file.png")
    fails(lambda: find_pictures(file), "not a folder", file)
    fails(lambda: find_pictures(tmp_path), "no class folders", "ROOT/train/CLASS")
    make_classes(tmp_path / "a", ["x"], 1)
    fails(lambda: find_pictures(tmp_path / "a"), "one picture", tmp_path / "a" / "x")
    make_classes(tmp_path / "b" / "val", ["x"])
    fails(lambda: find_pictures(tmp_path / "b"), "no train folder")
    make_classes(tmp_path / "c", ["x"])
    (tmp_path / "c" / "empty").mkdir()
    fails(lambda: find_pictures(tmp_path / "c"), "no pictures", tmp_path / "c" / "empty")


@pytest.mark.parametrize("target", ["nowhere.png", "x.png"])
def test_a_link_to_nothing_is_a_broken_picture(tmp_path, target):
    make_classes(tmp_path / "train", ["a"], 3)
    make_classes(tmp_path / "val", ["a"], 1)
    link = tmp_path / "train" / "a" / "x.png"
    link.symlink_to(target)  # x.png is a link to itself
    train, _, _ = find_pictures(tmp_path)
    assert names(train) == ["a_0.png", "a_1.png", "a_2.png", "x.png"]
    check_headers(train)
    store = PictureStore(train, size=8)
    transform = EvalTransform(compute_statistics(store, progress=False), 8)
    batches = list(Loader(store, transform, 4, shuffle=True, seed=0).epoch(0))
    assert sum(len(batch.labels) for batch in batches) == 3
    [line] = [line for batch in batches for line in batch.broken]
    assert str(link) in line
    assert f"is a link to {target}, which does not exist" in line


@pytest.mark.parametrize("broken", ["train/b", "train", "val", "valid"])
def test_a_folder_that_is_a_link_to_nothing_is_refused(tmp_path, broken):
    for name in ("train/a", "train/b", "val/a", "c", "d"):
        save_picture(tmp_path / name / "1.png")
    link = tmp_path / broken
    if link.exists():
        link.rename(tmp_path / "away")
    link.symlink_to("gone")
    fails(lambda: find_pictures(tmp_path), link, "is a link to gone", "repair or remove")


def test_links_to_folders_are_followed(tmp_path):
    make_classes(tmp_path / "elsewhere", ["a", "b"], 2)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "train").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "data" / "val").mkdir()
    (tmp_path / "data" / "val" / "b").symlink_to("../train/b")
    train, val, _ = find_pictures(tmp_path / "data")
    assert (len(train), len(val)) == (4, 2)


@pytest.mark.parametrize("test", ["test", "testing"])
def test_a_test_folder_is_left_for_the_end_and_named(tmp_path, test):
    make_classes(tmp_path / "train", ["a", "b"], 4)
    make_classes(tmp_path / test, ["a", "b"], 2)
    make_classes(tmp_path / "extra", ["a"], 2)
    train, val, notes = find_pictures(tmp_path)
    assert all(path.is_relative_to(tmp_path / "train") for path in train.paths + val.paths)
    assert "held out" in notes[0]
    assert f"not used: extra, {test}" in notes[1]
    assert f"evaluate RUN --data {tmp_path / test} --split all" in notes[1]
    make_classes(tmp_path / "val", ["a", "b"], 2)
    assert find_pictures(tmp_path)[2] == []  # as it should be
    (tmp_path / "train").rename(tmp_path / "c")
    (tmp_path / "val").rename(tmp_path / "d")
    fails(lambda: find_pictures(tmp_path), f"has {test} but no train folder")


def test_other_folders_beside_train_are_named(tmp_path):
    make_classes(tmp_path / "train", ["a"], 4)
    make_classes(tmp_path / "eval", ["a"], 2)
    _, _, notes = find_pictures(tmp_path)
    assert "not used: eval beside" in notes[1]
    assert "only val, valid, validation" in notes[1]
    make_classes(tmp_path / "val", ["a"])
    make_classes(tmp_path / "valid", ["a"])
    fails(lambda: find_pictures(tmp_path), "both val and valid")


@pytest.mark.parametrize("split", ["train", "val"])
def test_pictures_in_the_wrong_place_are_counted(tmp_path, split):
    for name in ("train", "val"):
        make_classes(tmp_path / name, ["a", "b"], 2)
    place = tmp_path / split
    assert find_pictures(tmp_path)[2] == []
    save_picture(place / "stray.png")
    save_picture(place / "a" / "more" / "deeper" / "1.png")
    (place / "a" / "empty").mkdir()
    (place / "a" / "list.txt").write_text("no picture")
    for i in range(3):
        (place / "b" / f"{i}.HEIC").write_bytes(b"a telephone's picture")
    assert [
        note.removeprefix("pictures left out because ") for note in find_pictures(tmp_path)[2]
    ] == [
        f"they are in no class folder of {place}: stray.png",
        f"they are in subfolders of a class folder: {place / 'a' / 'more'}",
        "Pillow cannot read them here: 3 .heic",
    ]


def test_class_files_of_every_kind(tmp_path):
    classes = ["c#", "cat, or kitten", unicodedata.normalize("NFD", "café")]
    make_classes(tmp_path / "data", [*classes, "dog"])
    listed = tmp_path / "classes.csv"
    text = '# mine\r\nc#\r\n"cat, or kitten"\r\ncafé  # of Paris\r\n\r\n'
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "cp1252"):
        listed.write_bytes(text.encode(encoding))
        found = find_pictures(tmp_path / "data", class_file=listed)[0].classes
        assert found == sorted(classes)
    listed.write_bytes("кафе".encode("cp1251"))
    fails(lambda: find_pictures(tmp_path / "data", class_file=listed), listed, "UTF-8")


def test_train_and_val_may_write_accents_in_two_ways(tmp_path):
    make_classes(tmp_path / "train", ["café"])
    make_classes(tmp_path / "val", [unicodedata.normalize("NFD", "café")])
    train, val, notes = find_pictures(tmp_path)
    assert (train.classes, val.classes, len(val), notes) == (["café"], ["café"], 3, [])


@pytest.mark.parametrize(
    "wrong",
    [{"subset": 0}, {"subset": -3}, {"per_class": 0}, {"val_fraction": 0.0}, {"val_fraction": 1.5}],
)
def test_errors_in_the_numbers(tmp_path, wrong):
    make_classes(tmp_path, ["a"])
    [(name, value)] = wrong.items()
    fails(lambda: find_pictures(tmp_path, **wrong), name, value)


def test_check_headers(tmp_path):
    make_classes(tmp_path, ["a", "b"], 3)
    train, _, _ = find_pictures(tmp_path)
    check_headers(train)
    for name in ["text.jpg", "words.jpg"]:
        (tmp_path / "b" / name).write_text("I am no picture\n" * 100)
    (tmp_path / "b" / "zero.jpg").write_bytes(b"")
    bad = sorted((tmp_path / "b").glob("*.jpg"))
    mixed = Pictures(train.paths + bad, np.zeros(len(train) + 3, np.int64), ["a"])
    fails(lambda: check_headers(mixed), bad[0], "2 more", "remove")
    fails(lambda: check_headers(Pictures(bad[:1], np.zeros(1, np.int64), ["a"])), bad[0])


def test_importing_the_package_is_cheap():
    code = "import sys, tinyalex.data; print({'matplotlib', 'numba'} & set(sys.modules))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.stdout.strip() == "set()", result.stderr


def test_a_class_whose_name_is_not_utf8_is_held_out(tmp_path):
    name = os.fsdecode(b"\xff\xfe")
    train, val, _ = find_pictures(make_classes(tmp_path, [name, "cat"]), val_fraction=0.4)
    assert train.classes == val.classes == sorted([name, "cat"])
