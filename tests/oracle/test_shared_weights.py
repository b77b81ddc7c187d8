"""The kernels of BVLC's AlexNet, where they are on this machine: see `test_shared_data.py`."""

import os
from pathlib import Path

import numpy as np
import pytest

from tinyalex import convert
from tinyalex.models import Sequential
from tinyalex.weights import load_weights, read_foreign
from tinyalex.weights.trained import network

BESIDE_THE_REPOSITORY = Path(__file__).resolve().parents[3] / "shared" / "data"
SHARED = Path(os.environ.get("TINYALEX_SHARED_DATA") or BESIDE_THE_REPOSITORY)
KERNELS = SHARED / "alexnet_bvlc_trunk_conv1-5.npz"

pytestmark = pytest.mark.skipif(
    not KERNELS.is_file(),
    reason=f"needs trained kernels in {KERNELS}: set TINYALEX_SHARED_DATA to their folder",
)


def test_what_is_read():
    weights = read_foreign(KERNELS)
    assert weights.variant == "caffe"
    assert weights.missing == ["fc6", "fc7", "fc8"]
    p = weights.preprocessing
    assert (p.crop, p.size, p.warp, p.scale.tolist()) == (227, 256, True, [1, 1, 1])
    np.testing.assert_allclose(p.mean[0, 0], [122.67891, 116.66877, 104.00699], rtol=1e-6)
    with np.load(KERNELS) as stored:
        for k in range(1, 6):
            theirs, ours = stored[f"conv{k}_w"], weights.arrays[f"conv{k}.W"]
            assert ours.shape == (*theirs.shape[2:], theirs.shape[1], theirs.shape[0])
            # In conv1, red is the last channel there and the first one here.
            channel = 2 if k == 1 else 0
            np.testing.assert_array_equal(ours[1, 2, 0, 7], theirs[7, channel, 1, 2])
            np.testing.assert_array_equal(weights.arrays[f"conv{k}.b"], stored[f"conv{k}_b"])


def test_a_grey_trained_edge_stays_grey_and_colours_stay_colours():
    """Some of conv1's kernels see no colour, and others little else: the real thing was read."""
    kernels = read_foreign(KERNELS).arrays["conv1.W"]  # (11, 11, RGB, 96)
    colour = kernels - kernels.mean(axis=2, keepdims=True)
    share = (colour**2).sum(axis=(0, 1, 2)) / (kernels**2).sum(axis=(0, 1, 2))
    assert (share < 0.05).sum() > 20
    assert (share > 0.5).sum() > 20


def test_converted_and_loaded(tmp_path):
    convert.main([str(KERNELS), str(tmp_path / "trunk.npz")])
    weights = load_weights(tmp_path / "trunk.npz")
    layers = list(network(weights, 10))
    names = [name for name, _ in layers]
    trunk = Sequential(layers[: names.index("pool5") + 1])
    pictures = np.random.default_rng(0).integers(0, 256, (1, 256, 256, 3), dtype=np.uint8)
    pool5 = trunk.predict(weights.preprocessing.views(pictures)[0])
    assert pool5.shape == (1, 6, 6, 256)
    assert 0.02 < (pool5 > 0).mean() < 0.98
