"""Fixtures that several test files share."""

import pytest
from random_networks import CAFFE, TORCHVISION, random_trunk, with_fc6

from tinyalex import backend, use_backend


@pytest.fixture(autouse=True)
def _no_test_changes_the_next_ones_backend():
    before = backend.current_backend()
    yield
    if backend.current_backend() != before:
        use_backend(before)


@pytest.fixture(params=["numba", "numpy"])
def each_backend(request):
    """Runs the test once for each CPU backend."""
    use_backend(request.param)
    return request.param


@pytest.fixture
def numpy_backend():
    """Runs the test with the reference kernels."""
    use_backend("numpy")


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


def pytest_collection_modifyitems(items):
    for item in items:
        if {"oracle", "notebooks"} & set(item.path.parts):  # other programs' turns take long
            item.add_marker(pytest.mark.slow)


def pytest_terminal_summary(terminalreporter, config):
    skipped = terminalreporter.stats.get("skipped", [])
    if config.getoption("--no-skips") and skipped:
        terminalreporter.write_line(f"--no-skips: {len(skipped)} tests were skipped", red=True)


def pytest_sessionfinish(session, exitstatus):
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", [])
    if session.config.getoption("--no-skips") and skipped and exitstatus == 0:
        session.exitstatus = 1
