"""What the figures of a network's inside are made of."""

import numpy as np
import pytest
from PIL import Image

from tinyalex.figures import draw_feature_maps, draw_kernel_groups, draw_occlusion
from tinyalex.figures.heat import _extent
from tinyalex.figures.panels import signed, tiled
from tinyalex.support.text import cut


def test_zero_is_grey_and_signs_are_kept():
    values = np.array([0.0, 2, -2, 1]).reshape(2, 2, 1)
    np.testing.assert_allclose(signed(values).ravel(), [0.5, 1, 0, 0.75], atol=0.01)
    assert (signed(np.zeros((2, 2, 3))) == 0.5).all()
    one = np.zeros((40, 40, 3))
    one[3, 3, 0] = -7  # so few that the percentile is 0
    assert signed(one)[3, 3, 0] == 0
    assert signed(one)[0, 0, 0] == 0.5


def test_tiles_stand_row_by_row_in_their_proportions():
    pictures = [np.full((4, 4, 3), 0.0), np.full((4, 8, 3), 0.5), np.full((2, 2, 3), 0.25)]
    sheet = tiled(pictures, columns=2, side=10, gap=2)
    assert sheet.shape == (22, 22, 3)
    assert sheet[5, 5, 0] == 0
    assert sheet[2, 15, 0] == 128
    assert sheet[7, 15, 0] == 255  # under a picture half as high as wide
    assert sheet[17, 5, 0] == 64
    assert sheet[17, 17, 0] == 255


def test_captions_do_not_run_into_each_other():
    assert cut("tench", 6) == "tench"
    assert cut("English springer", 8) == "English…"


def test_the_map_lies_where_the_squares_middles_were():
    assert _extent((np.array([10, 20, 30]), np.array([5, 9]))) == (3, 11, 35, 5)


@pytest.mark.slow
def test_maps_without_any_activity_and_of_many_classes(tmp_path):
    picture = np.full((20, 20, 3), 0.3)
    draw_feature_maps(picture, np.zeros((3, 3, 5)), "relu9", tmp_path / "maps.png")
    draw_feature_maps(picture, np.zeros(7), "relu9", tmp_path / "units.png")
    probabilities = np.random.default_rng(0).dirichlet(np.ones(50), (6, 6))
    middles = (np.arange(6) * 2 + 4, np.arange(6) * 2 + 4)
    names = [f"class number {k}" for k in range(50)]
    draw_occlusion(picture, probabilities, middles, 3, names, tmp_path / "o.png", "a title")
    sizes = [Image.open(tmp_path / name).size[0] for name in ("maps.png", "units.png", "o.png")]
    assert min(sizes) > 1000


@pytest.mark.parametrize("groups", [1, 2])
def test_a_panel_for_each_group(tmp_path, groups):
    W = np.random.default_rng(0).normal(size=(11, 11, 3, 32))
    runs = [(range(k * 32 // groups, (k + 1) * 32 // groups), 0.5) for k in range(groups)]
    draw_kernel_groups(W, runs, tmp_path / f"{groups}.png", "conv1")
    picture = np.asarray(Image.open(tmp_path / f"{groups}.png").convert("L"))
    kernels = (picture < 250).mean(axis=1) > 0.8  # rows of pixels across kernels, not captions
    starts = np.flatnonzero(np.diff(kernels.astype(int)) == 1)
    assert len(starts) == 2  # two rows of sixteen kernels in one panel, or one row in each of two
