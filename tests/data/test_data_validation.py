"""Validation folders: class folders, and ILSVRC2012's flat folder with each kind of label file."""

import pytest
from data_helpers import make_classes, save_picture
from test_data_folders import fails

from tinyalex.data import find_pictures

WNIDS = ["n01", "n02", "n03"]
PICTURES = [f"ILSVRC2012_val_{i:08d}.JPEG" for i in range(1, 5)]
CLASSES = ["n03", "n01", "n01", "n02"]  # of the four pictures
EXPECTED = {PICTURES[0]: 2, PICTURES[1]: 0, PICTURES[2]: 0, PICTURES[3]: 1}


@pytest.fixture
def root(tmp_path):
    make_classes(tmp_path / "train", WNIDS, 2)
    for name in PICTURES:
        save_picture(tmp_path / "val" / name)
    return tmp_path


def labels_of(root, **options) -> dict[str, int]:
    val = find_pictures(root, **options)[1]
    return {path.name: int(label) for path, label in zip(val.paths, val.labels, strict=True)}


def write(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{row}\n" for row in rows))


@pytest.mark.parametrize("place", ["val.txt", "val/val_labels.txt", "ILSVRC2012_val.txt"])
def test_labels_by_class_name(root, place):
    write(root / place, [f"{p} {c}" for p, c in zip(PICTURES, CLASSES, strict=True)])
    assert labels_of(root) == EXPECTED
    assert str(root / place) in find_pictures(root)[2][0]


def test_labels_by_index_into_the_sorted_names(root):
    write(
        root / "val.txt",
        [f"val/{p} {WNIDS.index(c)}" for p, c in zip(PICTURES, CLASSES, strict=True)],
    )
    assert labels_of(root) == EXPECTED
    # The numbers count all of the training folder's classes, whichever of them are chosen.
    assert labels_of(root, subset=2) == {p: n for p, n in EXPECTED.items() if n < 2}


def test_kaggle_labels(root):
    rows = [f"{p[:-5]},{c} 85 1 499 272" for p, c in zip(PICTURES, CLASSES, strict=True)]
    write(root / "LOC_val_solution.csv", ["ImageId,PredictionString", *rows])
    assert labels_of(root) == EXPECTED


def test_class_names_with_spaces(tmp_path):
    make_classes(tmp_path / "train", ["golden retriever", "tench"], 2)
    save_picture(tmp_path / "val" / "1.png")
    write(tmp_path / "val.txt", ["1.png golden retriever"])
    assert labels_of(tmp_path) == {"1.png": 0}


def test_tiny_imagenet(tmp_path):
    for name in ["a", "b"]:
        save_picture(tmp_path / "train" / name / "images" / f"{name}_0.png")
        (tmp_path / "train" / name / f"{name}_boxes.txt").write_text("a_0.png 0 0 1 1\n")
        save_picture(tmp_path / "val" / "images" / f"val_{name}.png")
    write(tmp_path / "val" / "val_annotations.txt", ["val_a.png\ta\t0\t0\t9\t9", "val_b.png\tb\t0"])
    assert labels_of(tmp_path) == {"val_a.png": 0, "val_b.png": 1}


@pytest.mark.parametrize("map_name", ["map_clsloc.txt", "synsets.txt"])
def test_devkit_ground_truth(root, map_name):
    # The devkit's ids do not follow the sorted names: here 1 is n02, 2 is n03 and 3 is n01.
    write(root / "ILSVRC2012_validation_ground_truth.txt", [2, 3, 3, 1])
    write(root / map_name, ["n02 1 cat", "n03 2 dog", "n01 3 cow"])
    assert labels_of(root) == EXPECTED
    (root / "val" / PICTURES[0]).unlink()  # the others keep their own lines
    assert labels_of(root) == {p: EXPECTED[p] for p in PICTURES[1:]}


def test_errors_in_the_devkit_ground_truth(root):
    truth = root / "ILSVRC2012_validation_ground_truth.txt"
    write(truth, [2, 3, 3, 1])
    fails(lambda: find_pictures(root), "map_clsloc.txt", "do not follow the sorted names")
    write(root / "synsets.txt", ["n01", "n02", "n03"])
    fails(lambda: find_pictures(root), "synsets.txt", "wnid id name")
    write(root / "synsets.txt", ["n02 1 cat", "n03 2 dog", "n01 2 cow"])
    fails(lambda: find_pictures(root), "synsets.txt", "id 2 to two classes")
    write(truth, [2, "", 3, 3, 1])
    write(root / "synsets.txt", ["n02 1 cat", "n03 2 dog", "n01 3 cow"])
    fails(lambda: find_pictures(root), truth, "line 2 is empty")
    write(truth, [2, 3, 3, 1])
    write(root / "synsets.txt", ["n02 1 cat", "n03 2 dog"])
    fails(lambda: find_pictures(root), "'3'")
    write(root / "synsets.txt", ["n02 1 cat", "n03 2 dog", "n01 3 cow"])
    save_picture(root / "val" / "stray.jpg")
    fails(lambda: find_pictures(root), truth, "stray.jpg")


def test_errors_in_the_label_file(root):
    fails(lambda: find_pictures(root), root / "val", "val.txt")
    write(root / "val.txt", [f"{PICTURES[0]} n01"])
    fails(lambda: find_pictures(root), "3 of the 4", PICTURES[1])
    write(root / "val.txt", [f"{p} {i}" for i, p in enumerate(PICTURES)])
    fails(lambda: find_pictures(root), "up to 3", "0 to 2")
    write(root / "val.txt", [f"{p} cat" for p in PICTURES])
    fails(lambda: find_pictures(root), "'cat'", "filename class")
    for name in PICTURES:
        (root / "val" / name).unlink()
    fails(lambda: find_pictures(root), "no pictures", root / "val")


def test_flat_pictures_of_other_classes_are_left_out(root):
    write(root / "val.txt", [f"{p} {c}" for p, c in zip(PICTURES, [*CLASSES[:3], "n99"])])  # noqa: B905
    _, val, notes = find_pictures(root)
    assert len(val) == 3
    assert notes[1].startswith("validation pictures left out")
    assert notes[1].endswith("no training folder: n99 (1)")
    assert notes[2] == "no validation pictures of these classes: n02"


def test_class_folders_that_differ(tmp_path):
    make_classes(tmp_path / "train", ["a", "b"])
    make_classes(tmp_path / "val", ["b"])
    _, val, notes = find_pictures(tmp_path)
    assert val.labels.tolist() == [1, 1, 1]
    assert notes == ["no validation pictures of these classes: a"]
    fails(lambda: find_pictures(tmp_path, subset=1), tmp_path / "val", "no pictures of any class")
    make_classes(tmp_path / "val", ["dog"])
    fails(lambda: find_pictures(tmp_path), "dog", tmp_path / "val")
