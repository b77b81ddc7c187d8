"""Fixtures of the commands."""

import pytest
from evaluate_runs import make_pictures, make_weights


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    return make_weights(tmp_path_factory.mktemp("weights") / "small.npz")


@pytest.fixture(scope="module")
def other_weights(tmp_path_factory):
    """Of other answers, and reading pictures at another size."""
    return make_weights(tmp_path_factory.mktemp("other") / "other.npz", seed=4, size=90)


@pytest.fixture
def data(tmp_path):
    """train and val folders of three of the six classes, 2 and 5 pictures of each."""
    return make_pictures(tmp_path / "data", ["ant", "bee", "dog"], {"train": 2, "val": 5})


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
