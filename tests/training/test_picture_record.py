"""The record of a run's pictures: the same wherever they lie, another where training would be."""

import json
import shutil

import numpy as np
import pytest
from data_helpers import make_classes, save_picture
from hypothesis import given
from hypothesis import strategies as st

from tinyalex.data import Pictures, find_pictures
from tinyalex.training.picture_record import differences, differing_sizes, is_record, record


def record_of(root, **options):
    train, val, _ = find_pictures(root, **options)
    return record(train, val)


@pytest.fixture
def root(tmp_path):
    for split in ("train", "val"):
        make_classes(tmp_path / "data" / split, ["ant", "bee", "cat"])
    return tmp_path / "data"


def test_the_place_and_the_layout_do_not_matter(root, tmp_path):
    before = json.loads(json.dumps(record_of(root)))  # as a checkpoint keeps it
    assert is_record(before)
    assert differences(before, record_of(root)) == []
    moved = tmp_path / "some where" / "else"
    shutil.copytree(root, moved)
    labels = []
    for folder in sorted((moved / "val").iterdir()):
        for path in sorted(folder.iterdir()):
            labels.append(f"{path.name} {folder.name}")
            path.rename(moved / "val" / path.name)
        folder.rmdir()
    (moved / "val.txt").write_text("\n".join(labels))
    assert differences(before, record_of(moved)) == []
    assert differing_sizes(before, record_of(moved)) == []


def new_label(root):
    (root / "val" / "bee" / "bee_0.png").rename(root / "val" / "ant" / "bee_0.png")


CHANGES = {
    "train/bee has 4 pictures, not 3": lambda r: save_picture(r / "train" / "bee" / "new.png"),
    "train/cat has 1 picture, not 3": lambda r: [
        (r / "train" / "cat" / f"cat_{k}.png").unlink() for k in (0, 2)
    ],
    "train/ant has different file names": lambda r: (r / "train" / "ant" / "ant_1.png").rename(
        r / "train" / "ant" / "ant_7.png"
    ),
    "val/ant has 4 pictures, not 3": new_label,
    "val/bee has 0 pictures, not 3": lambda r: shutil.rmtree(r / "val" / "bee"),
    "1 class new (dog)": lambda r: make_classes(r / "train", ["dog"]),
    "1 class missing (bee)": lambda r: [
        shutil.rmtree(r / split / "bee") for split in ("train", "val")
    ],
    "2 classes new (aa, bb)": lambda r: make_classes(r / "train", ["aa", "bb"]),
}


@pytest.mark.parametrize("words", CHANGES)
def test_what_differs_is_named(root, words):
    before = record_of(root)
    CHANGES[words](root)
    assert words in differences(before, record_of(root))


def test_other_choices_of_the_same_folder_differ(tmp_path):
    root = make_classes(tmp_path / "flat", ["ant", "bee", "cat"], count=12)
    before = record_of(root, seed=0, per_class=4)
    assert differences(before, record_of(root, seed=0, per_class=4)) == []
    for options in ({"seed": 1, "per_class": 4}, {"per_class": 5}, {"subset": 2, "per_class": 4}):
        assert differences(before, record_of(root, **options))


def test_replaced_files_show_by_their_size(root):
    before = record_of(root)
    save_picture(root / "train" / "bee" / "bee_1.png", size=(90, 80))
    now = record_of(root)
    assert differences(before, now) == []
    assert differing_sizes(before, now) == ["train/bee"]


names = st.lists(st.text("ab.\n é", min_size=1, max_size=3), unique=True, max_size=3).map(sorted)
splits = st.dictionaries(st.sampled_from(["ant", "bee", "cat"]), names, min_size=1)


def pictures(files, root):
    classes = sorted(files)
    paths = [root / name / file for name in classes for file in files[name]]
    labels = np.repeat(np.arange(len(classes)), [len(files[name]) for name in classes])
    return Pictures(paths, labels, classes)


@given(splits, splits)
def test_records_are_equal_just_where_the_lists_are(tmp_path_factory, one, other):
    root, elsewhere = tmp_path_factory.getbasetemp(), tmp_path_factory.getbasetemp() / "elsewhere"
    before = record(pictures(one, root), pictures(one, root), builtin="set")
    now = record(pictures(other, elsewhere), pictures(other, elsewhere), builtin="set")
    assert (differences(before, now) == []) == (one == other)


def test_another_built_in_set_differs(root):
    train, val, _ = find_pictures(root)
    before, now = (record(train, val, builtin=name) for name in ("pictures-v1", "pictures-v2"))
    assert "pictures-v2 instead of pictures-v1" in differences(before, now)[0]
    moved = record(train, val)  # their folder, given with --data
    assert differences(before, moved) == differing_sizes(before, moved) == []


ROW = {"pictures": 1, "names": "", "bytes": 1}
assert is_record({"train": {"ant": ROW}, "val": {"ant": ROW}})


@pytest.mark.parametrize(
    "value",
    [
        None,
        3,
        "text",
        [],
        {},
        {"train": {}},
        {"train": {}, "val": {"ant": 3}},
        {"train": [], "val": {}},
        {"train": {"ant": ROW}, "val": {}},
        {"train": {"ant": ROW | {"pictures": "1"}}, "val": {"ant": ROW}},
        {"train": {"ant": ROW | {"names": None}}, "val": {"ant": ROW}},
        {"train": {"ant": ROW | {"bytes": "1"}}, "val": {"ant": ROW}},
    ],
)
def test_what_is_no_record(value):
    assert not is_record(value)
