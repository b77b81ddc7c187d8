"""Names from outside, drawn, printed and written: whatever a file system can hold."""

import csv
import json
import logging
import warnings

import numpy as np
import pytest
from hypothesis import example, given, settings
from matplotlib.figure import Figure
from matplotlib.text import Text
from strange_names import NAMES, make_class_folders, names, save_weights

from tinyalex import evaluate, features, look, predict
from tinyalex.figures import lettering
from tinyalex.figures.adversarial import Attacked, draw_adversarial
from tinyalex.figures.captioned_sheet import Line, captioned_sheet
from tinyalex.figures.confusion import draw_confusion
from tinyalex.figures.heat import draw_occlusion, draw_saliency
from tinyalex.figures.kernel_groups import draw_kernel_groups
from tinyalex.figures.lettering import drawn, first_name, lettered
from tinyalex.figures.neighbours import Neighbour, Query, draw_neighbours
from tinyalex.figures.predictions import Prediction, draw_predictions
from tinyalex.figures.projections import Excited, Row, draw_patches, draw_projections
from tinyalex.figures.roc import Curve, draw_roc
from tinyalex.support.text import as_csv, columns, shown

CONTROL = {chr(code) for code in [*range(32), *range(127, 160), 0x2028, 0x2029, 0x202E]}


@pytest.fixture(autouse=True)
def nothing_on_the_terminal(caplog):
    """Warnings are errors, and matplotlib's log stays empty."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def with_all_names(test):
    for name in NAMES:
        test = example(name)(test)
    return settings(deadline=None, max_examples=200)(test)


@with_all_names
@given(names())
def test_a_shown_name_is_one_line_that_every_terminal_takes(name):
    text = shown(name)
    assert not CONTROL & set(text)
    assert len(f"x{text}x".splitlines()) == 1
    text.encode("utf-8")
    assert shown(text) == text
    if name.isprintable():
        assert text == name


def test_bytes_that_are_no_utf8_are_shown_as_bytes():
    assert shown("a\udcff\udc80\n\u2028 猫") == r"a\xff\x80\n\u2028 猫"


@with_all_names
@given(names())
def test_matplotlib_draws_a_name_and_no_formula(name):
    text = Text(text=drawn(name))
    as_drawn, is_formula = text._preprocess_math(drawn(name))
    assert not is_formula
    assert as_drawn.removeprefix(" ") == lettered(name).removeprefix(" ")
    assert not as_drawn.startswith("_")


@with_all_names
@given(names())
def test_every_letter_of_a_name_has_a_font(name):
    assert all(lettering.font_of(letter) for letter in lettered(name))
    assert len(lettered(name, 10)) <= 10
    assert lettered(name).strip()


def test_letters_without_a_font_are_described(monkeypatch):
    monkeypatch.setattr(lettering, "_others", lambda: {})
    assert lettered("猫 and 🦊") == r"\u732b and <fox face>"


@pytest.fixture
def two_fonts(monkeypatch):
    """A machine on which DejaVu Sans lacks Ω, which DejaVu Serif has."""
    from matplotlib.font_manager import findfont

    own, codes = lettering._own()
    serif = findfont("DejaVu Serif")
    monkeypatch.setattr(lettering, "_own", lambda: (own, codes - {ord("Ω")}))
    monkeypatch.setattr(lettering, "_others", lambda: {ord("Ω"): (serif, "DejaVu Serif")})
    return own, serif


def test_letters_of_another_font_are_drawn_with_it(two_fonts, tmp_path):
    own, serif = two_fonts
    assert list(lettering.in_fonts("aΩΩb")) == [(own, "a"), (serif, "ΩΩ"), (own, "b")]
    figure = Figure()
    axes = figure.subplots()
    axes.set_xticks([0, 1], ["Ω", "a"])
    axes.set_title("Ω")
    lettering.letter_figure(figure)
    families = [label.get_fontfamily() for label in axes.get_xticklabels()]
    assert "DejaVu Serif" in families[0]
    assert "DejaVu Serif" not in families[1]
    assert "DejaVu Serif" in axes.title.get_fontfamily()


def test_fonts_are_looked_up_only_for_letters_that_need_them(monkeypatch):
    def look_up():
        raise AssertionError("looked up")

    monkeypatch.setattr(lettering, "_others", look_up)
    assert lettered("English springer, Ελληνικά") == "English springer, Ελληνικά"
    with pytest.raises(AssertionError, match="looked up"):
        lettered("猫")


def test_the_first_of_several_names():
    assert first_name("tench, Tinca tinca") == "tench"
    assert first_name(", comma") == ", comma"
    assert first_name("\r a , b") == "\r a "


# Every drawing with a place for names.
RGB = np.full((24, 24, 3), 0.5)
BYTES = np.zeros((24, 24, 3), np.uint8)
CURVE = np.array([0.0, 0.5, 1]), np.array([0.0, 0.8, 1])
MAPS = np.stack([np.eye(2), 1 - np.eye(2)], axis=-1)
CENTRES = np.array([4, 12]), np.array([4, 12])
DRAWINGS = {
    "confusion": lambda n, p: draw_confusion(np.eye(2, dtype=int), [n, "b"], [n, "b"], p),
    "roc": lambda n, p: draw_roc([Curve(n, *CURVE, 0.7), Curve("b", *CURVE, 0.7)], p),
    "predictions": lambda n, p: draw_predictions([Prediction(BYTES, [n, "b"], [0.7, 0.3], n)], p),
    "captions": lambda n, p: captioned_sheet([BYTES], [[Line(n), Line(n, "red")]]),
    "neighbours": lambda n, p: draw_neighbours([Query(RGB, n, [Neighbour(RGB, n, 1.0)])], p, n),
    "occlusion": lambda n, p: draw_occlusion(RGB, MAPS, CENTRES, 0, [n, "b"], p, n),
    "saliency": lambda n, p: draw_saliency(RGB, RGB[..., 0], p, n),
    "adversarial": lambda n, p: draw_adversarial(
        [Attacked(n, RGB, RGB, [n, "b"], np.full((3, 2), 0.5))], 2, p, n
    ),
    "projections": lambda n, p: draw_projections(
        RGB, [Row(n, (0, 8, 0, 8), {"deconvnet": RGB})], p, n
    ),
    "patches": lambda n, p: draw_patches([Excited(n, [(RGB, RGB)])], p, n),
    "kernels": lambda n, p: draw_kernel_groups(
        np.ones((3, 3, 3, 2)), [(range(2), 0.5)], p, n
    ),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES, ids=lambda name: ascii(name)[:20])
def test_confusion_and_captions_take_every_name(tmp_path, name):
    DRAWINGS["confusion"](name, tmp_path / "a.png")
    DRAWINGS["captions"](name, tmp_path / "b.png")


@pytest.mark.slow
@pytest.mark.parametrize("what", DRAWINGS)
def test_every_drawing_takes_names_of_any_kind(tmp_path, what):
    """All strange names in few drawings, and drawn ones."""

    @settings(deadline=None, max_examples=12, database=None)
    @example("".join(NAMES))
    @example("$\\frac{$")
    @example("_hidden")
    @example("猫🐱 \udcff\n")
    @given(names())
    def check(name):
        DRAWINGS[what](name, tmp_path / "drawn.png")

    check()


def legend_texts(monkeypatch, draw):
    """The texts of the legends of all figures that are drawn."""
    found = []
    before = lettering.letter_figure

    def letter_figure(figure):
        before(figure)
        legends = [*figure.legends, *(axes.get_legend() for axes in figure.get_axes())]
        found.extend(text.get_text() for one in legends if one for text in one.get_texts())

    monkeypatch.setattr("tinyalex.figures.panels.letter_figure", letter_figure)
    draw()
    return " ".join(found)


@pytest.mark.parametrize("what", ["roc", "occlusion"])
def test_a_leading_underscore_does_not_hide_a_class(tmp_path, monkeypatch, what):
    draw = lambda: DRAWINGS[what]("_hidden", tmp_path / "a.png")  # noqa: E731
    assert "_hidden" in legend_texts(monkeypatch, draw)


@with_all_names
@given(names())
def test_csv_has_a_line_a_row(name):
    text = as_csv(("name", "number"), [(name, 1), ("next", 2)])
    assert len(text.splitlines()) == 3
    rows = list(csv.reader(text.splitlines()))
    assert rows == [["name", "number"], [shown(name), "1"], ["next", "2"]]


def test_columns_are_aligned_by_what_a_terminal_shows():
    lines = columns(("name", "n"), [("猫", "1"), ("e\u0301", "1"), ("🐱", "1"), ("four", "1")])
    assert lines.splitlines()[2:] == ["猫    1", "e\u0301     1", "🐱    1", "four  1"]


def test_columns_stay_on_their_lines():
    assert len(columns(("a", "b"), [("x\ny", "\x1b[2J")]).splitlines()) == 3


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Pictures in folders with strange names, a network for these classes, and the names."""
    root = tmp_path_factory.mktemp("strange")
    classes = make_class_folders(root / "data")
    return root / "data", save_weights(root / "weights.npz", classes), classes


def printed(capsys):
    """What was printed, of which no line may hold what a terminal acts on."""
    out, err = capsys.readouterr()
    assert not (CONTROL - {"\n"}) & set(out)
    assert not (CONTROL - {"\n", "\r"}) & set(err)
    (out + err).encode("utf-8")
    return out


@pytest.mark.slow
def test_evaluate(place, tmp_path, capsys):
    data, weights, classes = place
    evaluate.main([str(weights), "--data", str(data), "--split", "all", "--out", str(tmp_path)])
    printed(capsys)
    measures = json.loads((tmp_path / "metrics.json").read_text(encoding="utf-8"))
    assert [row["class"] for row in measures["per_class"]] == classes
    for file, column, count in (("per_class.csv", 0, 1), ("predictions.csv", 1, 2)):
        with open(tmp_path / file, encoding="utf-8", newline="") as lines:
            found = [row[column] for row in csv.reader(lines)][1:]
        written = [shown(name) for name in classes]
        assert found == [name for name in written for _ in range(count)]
    for name in ("confusion", "roc", "mistakes"):
        assert (tmp_path / f"{name}.png").stat().st_size > 1000


@pytest.mark.slow
def test_predict(place, tmp_path, capsys):
    data, weights, classes = place
    predict.main([str(weights), str(data), "--image", str(tmp_path / "p.png")])
    lines = printed(capsys).splitlines()
    for name in classes:
        assert str(shown(data / name / "0.png")) in lines
    predict.main([str(weights), str(data), "--json"])
    rows = json.loads(printed(capsys))
    assert [row["true"] for row in rows] == [name for name in classes for _ in range(2)]
    assert {row["picture"] for row in rows[:2]} <= {str(p) for p in data.rglob("*.png")}


def test_features(place, tmp_path, capsys):
    data, weights, classes = place
    out = tmp_path / "f.npz"
    features.main([str(weights), "--data", str(data), "--layer", "pool5", str(out)])
    printed(capsys)
    with np.load(out) as file:
        assert file["classes"].tolist() == classes
        assert file["files"].tolist()[::2] == [f"{name}/0.png" for name in classes]


@pytest.mark.slow
@pytest.mark.parametrize(
    "what", ["deconvnet", "occlusion", "saliency", "adversarial", "neighbours", "patches"]
)
def test_look(place, tmp_path, capsys, what):
    data, weights, classes = place
    strange = data / (NAMES[0] if NAMES[0] in classes else classes[0]) / "0.png"
    given_ = {
        "deconvnet": [str(strange), "--class", classes[2]],
        "occlusion": [str(strange), "--class", classes[3], "--stride", "32"],
        "saliency": [str(strange), "--class", classes[1]],
        "adversarial": [str(strange), "--target", classes[1]],
        "neighbours": ["--data", str(data), str(strange)],
        "patches": ["--data", str(data), "--unit", "1"],
    }[what]
    look.main([what, str(weights), *given_, "--out", str(tmp_path / "a.png")])
    printed(capsys)
