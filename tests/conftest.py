"""Fixtures that several test files share."""

import pytest
from random_networks import CAFFE, TORCHVISION, random_trunk, with_fc6

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


@pytest.fixture(scope="module")
def everything_shared_out():
    """The compiled kernels hand even the smallest arrays to several threads."""
    from tinyalex.kernels import cpu_arrays

    before, cpu_arrays.SHARE = cpu_arrays.SHARE, 1
    yield
    cpu_arrays.SHARE = before


@pytest.fixture(scope="module")
def grouped():
    return random_trunk(CAFFE)


@pytest.fixture(scope="module")
def ungrouped():
    return random_trunk(TORCHVISION)


@pytest.fixture(scope="module")
def up_to_fc6(ungrouped):
    return with_fc6(ungrouped)


def pytest_addoption(parser):
    parser.addoption("--no-skips", action="store_true", help="a skipped test is a failure")


def pytest_terminal_summary(terminalreporter, config):
    skipped = terminalreporter.stats.get("skipped", [])
    if config.getoption("--no-skips") and skipped:
        terminalreporter.write_line(f"--no-skips: {len(skipped)} tests were skipped", red=True)


def pytest_sessionfinish(session, exitstatus):
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", [])
    if session.config.getoption("--no-skips") and skipped and exitstatus == 0:
        session.exitstatus = 1
