"""The mean picture and the principal components of RGB."""

import numpy as np
import pytest
from data_helpers import ArrayStore, noise_store
from hypothesis import given, settings
from hypothesis import strategies as st

from tinyalex.data import Statistics, compute_statistics


def correlated_pictures(seed, count=6, size=5):
    rng = np.random.default_rng(seed)
    mixed = rng.random((count, size, size, 3)) @ rng.random((3, 3))
    return (mixed / mixed.max() * 255).astype(np.uint8)


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 10_000), count=st.integers(1, 50))
def test_statistics_are_the_mean_and_the_principal_components(seed, count):
    pictures = correlated_pictures(seed, count)
    s = compute_statistics(ArrayStore(pictures), progress=False)
    np.testing.assert_allclose(s.mean, pictures.mean(axis=0), rtol=1e-6)
    p = s.eigenvectors.astype(np.float64)
    np.testing.assert_allclose(p.T @ p, np.eye(3), atol=1e-6)
    # p diag(deviations²) pᵀ is the covariance only if deviations are the eigenvalues' square roots.
    covariance = np.cov(pictures.reshape(-1, 3).astype(np.float64), rowvar=False, bias=True)
    rebuilt = p @ np.diag(s.deviations.astype(np.float64) ** 2) @ p.T
    np.testing.assert_allclose(rebuilt, covariance, atol=1e-6 * covariance.max())
    assert np.all(np.diff(s.deviations) >= 0)
    assert {a.dtype for a in (s.mean, s.eigenvectors, s.deviations)} == {np.dtype(np.float32)}


def test_pictures_of_one_colour_have_no_deviations():
    s = compute_statistics(ArrayStore(np.full((4, 5, 5, 3), 77, dtype=np.uint8)), progress=False)
    assert s.deviations.tolist() == [0, 0, 0]
    assert np.all(s.mean == 77)
    assert np.isfinite(s.eigenvectors).all()


def test_sample_is_evenly_spaced_and_broken_pictures_are_left_out():
    pictures = correlated_pictures(0, count=9)
    s = compute_statistics(ArrayStore(pictures, broken=[4]), sample=3, progress=False)
    np.testing.assert_allclose(s.mean, pictures[[0, 8]].mean(axis=0), rtol=1e-6)
    with pytest.raises(ValueError, match="none of the 9 pictures"):
        compute_statistics(ArrayStore(pictures, broken=range(9)), progress=False)


def test_same_bits_every_run(tmp_path):
    store = noise_store(tmp_path, count=60)
    first, second = (compute_statistics(store, progress=False).as_arrays() for _ in range(2))
    for name in first:
        np.testing.assert_array_equal(first[name], second[name])


def test_arrays_for_a_checkpoint(tmp_path):
    s = compute_statistics(ArrayStore(correlated_pictures(0)), progress=False)
    np.savez(tmp_path / "s.npz", other=1, **s.as_arrays())
    with np.load(tmp_path / "s.npz") as arrays:
        back = Statistics.from_arrays(arrays)
    for name, array in s.as_arrays().items():
        np.testing.assert_array_equal(getattr(back, name), array)
