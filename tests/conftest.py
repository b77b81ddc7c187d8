"""Fixtures that several test files share."""

import pytest

from tinyalex import backend, use_backend


@pytest.fixture(params=["numba", "numpy"])
def each_backend(request):
    """Runs the test once for each CPU backend, and puts the old one back."""
    before = backend.current_backend()
    use_backend(request.param)
    yield request.param
    use_backend(before)


@pytest.fixture
def numpy_backend():
    """Runs the test with the reference kernels, and puts the old backend back."""
    before = backend.current_backend()
    use_backend("numpy")
    yield
    use_backend(before)
