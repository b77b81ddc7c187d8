"""Confusion matrices, ROC curves and captioned pictures, looked at pixel by pixel."""

import numpy as np
import pytest
from PIL import Image

from tinyalex import metrics
from tinyalex.figures import captioned_sheet as sheets
from tinyalex.figures.captioned_sheet import Line, captioned_sheet
from tinyalex.figures.confusion import draw_confusion
from tinyalex.figures.roc import Curve, _mean, draw_roc


def pixels(path):
    return np.asarray(Image.open(path).convert("RGB")).astype(int)


def share_of(path, colour):
    """Of all pixels those that are clearly more "red" or "blue" than anything else."""
    p = pixels(path)
    most, others = (0, (1, 2)) if colour == "red" else (2, (0, 1))
    return (p[..., most] > p[..., others].max(axis=-1) + 25).mean()


@pytest.mark.slow
@pytest.mark.parametrize("C", [2, 40, 300])
def test_confusion_shows_right_answers_in_blue_and_mistakes_in_red(tmp_path, C):
    names = [f"class {k}, or by another name" for k in range(C)]
    draw_confusion(10 * np.eye(C, dtype=int), names, names, tmp_path / "right.png")
    draw_confusion(10 * np.roll(np.eye(C, dtype=int), 1, 1), names, names, tmp_path / "wrong.png")
    assert share_of(tmp_path / "right.png", "red") == 0
    assert share_of(tmp_path / "wrong.png", "blue") == 0
    assert share_of(tmp_path / "right.png", "blue") > 0.2 / C
    assert share_of(tmp_path / "wrong.png", "red") > 0.2 / C


def test_confusion_may_have_a_column_for_other_classes(tmp_path):
    draw_confusion(np.array([[3, 0, 4]]), ["a"], ["a", "b", "(others)"], tmp_path / "c.png")
    assert share_of(tmp_path / "c.png", "red") > 0.02


def curves(C, n=200, seed=0):
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % C
    scores = rng.integers(0, 30, (n, C)) / 30 + (labels[:, None] == np.arange(C)) * 0.4
    areas = metrics.one_against_rest_auc(labels, scores)
    return [
        Curve(f"class {k}", *metrics.roc_curve(labels == k, scores[:, k])[:2], areas[k])
        for k in range(C)
    ]


@pytest.mark.parametrize("C", [2, 3, 12])
def test_the_mean_curve_has_the_mean_area(C):
    mean = _mean(curves(C))
    area = np.sum(np.diff(mean.fpr) * (mean.tpr[1:] + mean.tpr[:-1]) / 2)
    assert area == pytest.approx(mean.auc)
    assert (mean.fpr[0], mean.tpr[0], mean.fpr[-1], mean.tpr[-1]) == (0, 0, 1, 1)


@pytest.mark.slow
@pytest.mark.parametrize("C", [2, 10, 40])
def test_roc_is_drawn_for_any_number_of_classes(tmp_path, C):
    draw_roc(curves(C), tmp_path / "roc.png")
    p = pixels(tmp_path / "roc.png")
    assert p.shape[1] > 1000
    assert (p.max(axis=-1) < 30).sum() > 2000  # the mean, in black
    perfect = [Curve("a", np.array([0.0, 0, 1]), np.array([0.0, 1, 1]), 1.0)] * C
    draw_roc(perfect, tmp_path / "roc.png")
    assert (pixels(tmp_path / "roc.png") != 255).any()


def test_captions_stand_under_their_pictures():
    pictures = [np.full((8, 8, 3), colour, np.uint8) for colour in ((250, 0, 0), (0, 250, 0))]
    captions = [[Line("I"), Line("")], [Line(""), Line("I", "blue")]]
    sheet = np.asarray(captioned_sheet(pictures, captions, columns=2, side=40, gap=10)).astype(int)
    assert sheet[30, 30].tolist() == [250, 0, 0]
    assert sheet[30, 80].tolist() == [0, 250, 0]
    below = sheet[50:]
    dark, blue = below.max(axis=-1) < 90, (below[..., 2] > 200) & (below[..., 0] < 90)
    rows, columns = np.nonzero(dark)
    assert columns.max() < 50
    lower, right = np.nonzero(blue)
    assert right.min() >= 60
    assert lower.min() > rows.max()


def test_captions_are_cut_where_they_would_run_into_the_next():
    assert sheets.fitted("short", 100) == "short"
    cut = sheets.fitted("much too long for so little room", 100)
    assert cut.startswith("much")
    assert cut.endswith("…")
    assert sheets._length(cut) <= 100


def test_a_sheet_needs_a_picture():
    with pytest.raises(ValueError, match="at least one picture"):
        captioned_sheet([], [])
