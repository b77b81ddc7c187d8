"""Label files as people and programs write them, and numbers that can be read in two ways."""

import unicodedata
from itertools import product

import pytest
from complaints import complaint
from data_helpers import make_classes, save_picture
from hypothesis import given
from hypothesis import strategies as st

from tinyalex.data import find_pictures
from tinyalex.data.labels import read_labels
from tinyalex.data.numbered import classes_of

CLASSES = ["cat", "cat litter", "golden retriever", "tench, Tinca tinca", "Ente für 5 €"]
FILES = ["1.jpg", "my cat 1.jpg", "a, b; c.png", "élan.jpg", 'say "hi".jpg']


def quoted(text):
    return '"' + text.replace('"', '""') + '"'


def plain(text):
    return text


def labels_of(tmp_path, text, pictures=FILES, classes=CLASSES, encoding="utf-8"):
    path = tmp_path / "val.txt"
    path.write_bytes(text.encode(encoding))
    return read_labels(path, [tmp_path / "val" / name for name in pictures], classes)[0]


SEPARATORS = [" ", "\t", ",", ";", ", "]
FOLDERS = ["", "val/", "C:\\my data\\val\\"]


@pytest.mark.parametrize(
    ("separator", "quote", "folder"), list(product(SEPARATORS, [plain, quoted], FOLDERS))
)
def test_every_way_to_write_a_line(tmp_path, separator, quote, folder):
    rows = list(zip(FILES, CLASSES, strict=True))
    text = "".join(f"{quote(folder + f)}{separator}{quote(c)}\r\n" for f, c in rows)
    assert labels_of(tmp_path, text) == CLASSES
    assert labels_of(tmp_path, unicodedata.normalize("NFD", text)) == CLASSES
    on_disk = [unicodedata.normalize("NFD", name) for name in FILES]
    assert labels_of(tmp_path, text, on_disk, on_disk + CLASSES) == CLASSES
    for encoding in ("utf-8-sig", "utf-16", "cp1252"):
        assert labels_of(tmp_path, text, encoding=encoding) == CLASSES


NAME = st.text(
    st.characters(codec="utf-8", exclude_categories=["C", "Z"], exclude_characters='/\\",;'),
    min_size=1,
)
WORDS = st.lists(NAME, min_size=1, max_size=3).map(" ".join)


@pytest.mark.slow
@given(st.lists(WORDS, min_size=1, unique_by=lambda n: unicodedata.normalize("NFC", n)), st.data())
def test_drawn_names_between_tabs_and_quotes(tmp_path_factory, names, data):
    classes = [unicodedata.normalize("NFC", name) for name in names]
    labels = [data.draw(st.sampled_from(classes)) for _ in names]
    files = [f"{i}-{name}.jpg" for i, name in enumerate(names)]
    rows = zip(files, labels, strict=True)
    text = "".join(f"{quoted(f)},{quoted(c)}\n" for f, c in rows)
    assert labels_of(tmp_path_factory.getbasetemp(), text, files, classes) == labels


def test_what_follows_the_label_is_not_needed(tmp_path):
    rows = [
        "1.jpg,cat,85,1",
        "2.jpg,cat litter;x",
        "3.jpg cat 85 1 499 272",
        "4.jpg\tgolden retriever\t0\t0",
        "5,cat litter 1 2 3 4 cat litter 5 6 7 8",
        '6.jpg "golden retriever" sitting',
        "id,label",
        "not here.jpg,cat",
    ]
    expected = ["cat", "cat litter", "cat", "golden retriever", "cat litter", "golden retriever"]
    pictures = [f"{i}.jpg" for i in range(1, 7)]
    assert labels_of(tmp_path, "\n".join(rows), pictures) == expected


@pytest.mark.parametrize(
    "line", ["1.jpg cat food", "1.jpg,cat food", "1.jpg\tcat food", "1 cat food"]
)
def test_a_class_is_not_taken_for_another_that_its_name_begins_with(tmp_path, line):
    assert labels_of(tmp_path, line, ["1.jpg"]) == ["cat food"]


def test_two_labels_for_a_picture(tmp_path):
    text = "cat/1.jpg cat\ndog/1.jpg cat litter\n"
    message = complaint(lambda: labels_of(tmp_path, text, ["1.jpg"]))
    assert "two labels, 'cat' and 'cat litter'" in message
    assert labels_of(tmp_path, "1.jpg cat\nval/1.jpg cat\n", ["1.jpg"]) == ["cat"]
    # Pictures that are not here may have as many as they like.
    assert labels_of(tmp_path, "1.jpg cat\n2.jpg a\n2.jpg b\n", ["1.jpg"]) == ["cat"]


# Names and numbers


def meaning(labels, classes, every=()):
    return classes_of("val.txt", labels, {*labels, *every}, classes)[0]


@pytest.mark.parametrize(
    ("classes", "labels", "expected"),
    [
        (["a", "b", "c"], ["0", "2", "1"], ["a", "c", "b"]),
        (["0", "1", "2"], ["0", "2", "1"], ["0", "2", "1"]),  # both readings agree
        (["1", "2"], ["2", "1"], ["2", "1"]),  # counted from 0, there is no 2
        (["1", "2"], ["1", "3", "2"], ["1", "3", "2"]),  # 3 is left out, with a note
        (["01", "02"], ["2", "1"], ["02", "01"]),  # what Excel makes of 02 and 01
        (["n01", "n02"], ["n02", "n03"], ["n02", "n03"]),
    ],
)
def test_one_reading(classes, labels, expected):
    assert meaning(labels, classes) == expected


@pytest.mark.parametrize(
    ("classes", "labels", "words"),
    [
        (["1", "2"], ["0", "1"], ["label 0 is no folder", "it is the folder 1"]),
        (["1", "2"], ["1", "1", "0"], ["label 1 is the folder 1", "it is the folder 2"]),
        (["01", "02"], ["0", "1"], ["label 0 is no folder", "it is the folder 01"]),
        (["0", "1", "10", "2"], ["0", "2"], ["label 2 is the folder 2", "it is the folder 10"]),
        (["1", "2", "3"], ["1", "2"], ["label 1 is the folder 1", "it is the folder 2"]),
    ],
)
def test_two_readings_are_refused(classes, labels, words):
    message = complaint(lambda: meaning(labels, classes))
    assert "are ambiguous" in message
    for word in words:
        assert word in message


def test_numbers_from_1_are_refused():
    message = complaint(lambda: meaning(["1", "2"], ["a", "b", "c"]))
    assert "counted from 0, label 1 is b and no picture shows a; counted from 1, it is a" in message
    assert "up to 3" in complaint(lambda: meaning(["1", "2", "3"], ["a", "b", "c"]))
    # The whole list shows where its numbers begin and end, even where few of its pictures are here.
    assert meaning(["1", "2"], ["a", "b", "c"], every=["0"]) == ["b", "c"]
    assert "up to 3" in complaint(lambda: meaning(["2"], ["a", "b", "c"], every=["3"]))


@given(st.lists(st.integers(0, 12), min_size=1, max_size=6, unique=True), st.data())
def test_no_label_ever_has_two_readings(folders, data):
    classes = sorted(map(str, folders))
    labels = data.draw(st.lists(st.integers(0, 12).map(str), min_size=1, max_size=6))
    try:
        found = meaning(labels, classes)
    except ValueError:
        return
    by_name = all(
        label not in classes or name == label for label, name in zip(labels, found, strict=True)
    )
    counted = [classes[int(k)] if int(k) < len(classes) else None for k in labels]
    assert found == counted or (by_name and None in counted)


def test_a_data_set_with_folders_1_and_2(tmp_path):
    make_classes(tmp_path / "train", ["1", "2"], 2)
    for name in ("a.png", "b.png"):
        save_picture(tmp_path / "val" / name)
    (tmp_path / "val.txt").write_text("a.png 0\nb.png 1\n")
    assert "are ambiguous" in complaint(lambda: find_pictures(tmp_path))
    (tmp_path / "val.txt").write_text("a.png 2\nb.png 1\n")
    assert find_pictures(tmp_path)[1].labels.tolist() == [0, 1]  # by class: b.png, a.png


def test_the_note_says_how_numbers_were_read(tmp_path):
    make_classes(tmp_path / "train", ["ant", "bee"], 2)
    save_picture(tmp_path / "val" / "a.png")
    (tmp_path / "val.txt").write_text("a.png 0\n")
    assert find_pictures(tmp_path)[2][0].endswith("val.txt, numbers from 0: 0 is ant")
