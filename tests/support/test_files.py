"""Files are written whole or not at all."""

import errno
import os

import numpy as np
import pytest

from tinyalex.support.files import write_text, write_whole
from tinyalex.training import load_checkpoint, save_checkpoint


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "file"
    write_text(path, "old")

    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ValueError, match="No space left on device"):
        write_text(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_an_interrupted_write_leaves_nothing(tmp_path):
    def interrupted(file):
        file.write(b"half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_whole(tmp_path / "file", interrupted)
    assert list(tmp_path.iterdir()) == []


def test_checkpoint_round_trip(tmp_path):
    path = tmp_path / "c.npz"
    arrays = {"conv1.W": np.arange(6.0).reshape(2, 3), "fc8.b": np.float32([1, 2])}
    save_checkpoint(path, {"weights": arrays}, {"epoch": 3})
    groups, about = load_checkpoint(path)
    assert about["epoch"] == 3
    for name, array in arrays.items():
        np.testing.assert_array_equal(groups["weights"][name], array)
        assert groups["weights"][name].dtype == array.dtype


def test_a_broken_network_never_replaces_a_good_one(tmp_path):
    path = tmp_path / "c.npz"
    save_checkpoint(path, {"weights": {"W": np.ones(2)}}, {})
    with pytest.raises(ValueError, match="weights W holds a NaN"):
        save_checkpoint(path, {"weights": {"W": np.array([1, np.nan])}}, {})
    assert load_checkpoint(path)[0]["weights"]["W"].tolist() == [1, 1]


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04 damaged"])
def test_foreign_files_are_one_clear_line(tmp_path, content):
    path = tmp_path / "c.npz"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="damaged or not a tinyalex checkpoint") as caught:
        load_checkpoint(path)
    assert "\n" not in str(caught.value)


def test_pickles_are_not_opened(tmp_path):
    path = tmp_path / "c.npz"
    np.savez(path, about=np.array({"format": "x"}, dtype=object))
    with pytest.raises(ValueError, match="damaged or not a tinyalex checkpoint"):
        load_checkpoint(path)


def test_missing_checkpoint(tmp_path):
    with pytest.raises(ValueError, match="no checkpoint at"):
        load_checkpoint(tmp_path / "c.npz")
