"""What is drawn, looked at pixel by pixel."""

import numpy as np
import pytest
from PIL import Image

from tinyalex.figures import contact_sheet, draw_curves, draw_kernels
from tinyalex.figures.kernels import kernel_sheet


def test_kernels_stand_in_the_order_of_the_channels():
    W = np.zeros((2, 2, 3, 20))
    W[0, 0, 0, 17] = 0.5  # red in the corner of the second kernel of the second row
    W[1, 1, 2, 17] = -0.5
    sheet = kernel_sheet(W, columns=16, scale=1, gap=1)
    assert sheet.shape == (2 * 3 + 1, 16 * 3 + 1, 3)
    assert sheet[4, 4].tolist() == [255, 128, 128]
    assert sheet[5, 5].tolist() == [128, 128, 0]
    assert sheet[1, 1].tolist() == [128, 128, 128]  # a kernel of zeros is grey
    assert sheet[0].min() == 255  # and the gaps are white


def test_kernels_over_other_than_three_colours_are_refused(tmp_path):
    with pytest.raises(ValueError, match="3 colours can be drawn; got 48"):
        draw_kernels(np.zeros((5, 5, 48, 2)), tmp_path / "k.png")
    assert list(tmp_path.iterdir()) == []


def test_contact_sheet_sets_pictures_row_by_row():
    colours = [(250, 0, 0), (0, 250, 0), (0, 0, 250)]
    pictures = [np.full((8, 8, 3), colour, dtype=np.uint8) for colour in colours]
    sheet = np.asarray(contact_sheet(pictures, columns=2, side=4, gap=1))
    assert sheet.shape == (11, 11, 3)
    assert sheet[2, 2].tolist() == [250, 0, 0]
    assert sheet[2, 7].tolist() == [0, 250, 0]
    assert sheet[7, 2].tolist() == [0, 0, 250]
    assert sheet[7, 7].tolist() == [255, 255, 255]


def log(steps, epochs):
    rows = [{"kind": "step", "step": i + 1, "loss": 2.0, "top1": 0.5} for i in range(steps)]
    for epoch in range(epochs):
        values = {"val_loss": 1.0, "val_top1": 0.6, "val_top5": 0.9}
        rows.append({"kind": "epoch", "step": 4 * (epoch + 1), **values})
    return rows


@pytest.mark.slow
@pytest.mark.parametrize(("steps", "epochs"), [(1, 0), (8, 2), (30, 7)])
def test_curves_are_drawn_for_runs_of_any_length(tmp_path, steps, epochs):
    draw_curves(log(steps, epochs), 4, tmp_path / "curves.png")
    picture = np.asarray(Image.open(tmp_path / "curves.png").convert("RGB"))
    assert picture.shape[1] > 800
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 20
