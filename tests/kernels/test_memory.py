"""Memory that is used again: whose it is, when it comes back, and that it is nobody else's."""

import os
import subprocess
import sys
import threading
import tracemalloc

import numpy as np
import pytest

from tinyalex.kernels import memory
from tinyalex.kernels.memory import SMALLEST, empty, release, zeros

LARGE = 2 * SMALLEST  # bytes: surely not left to NumPy


@pytest.fixture(autouse=True)
def _start_with_nothing():
    release()
    yield
    release()


def place(array):
    """The address of its first number."""
    return array.ctypes.data


@pytest.mark.parametrize("dtype", ["float32", np.float64, np.dtype("uint8")])
@pytest.mark.parametrize("shape", [(), (0, 5), (3, 4), (5, 333, 77), (64, 31, 31, 3)])
def test_an_array_is_an_ordinary_one(shape, dtype):
    array = empty(shape, dtype)
    assert type(array) is np.ndarray
    assert (array.shape, array.dtype) == (shape, np.dtype(dtype))
    assert array.flags.c_contiguous
    assert array.flags.writeable
    assert array.flags.aligned
    array[...] = 7
    assert (array == 7).all()


@pytest.mark.parametrize("size", [SMALLEST, SMALLEST + 1, 10**6 + 3])
def test_large_arrays_begin_at_a_cache_line(size):
    arrays = [empty((size,), "uint8") for _ in range(5)]
    assert [place(array) % 64 for array in arrays] == [0] * 5


def test_two_live_arrays_never_overlap():
    rng = np.random.default_rng(0)
    live = {}
    for number in range(300):
        live[number] = empty((int(rng.integers(1, 2 * SMALLEST)),), "int32")
        live[number].fill(number)
        if len(live) > 20:
            dropped = int(rng.choice(list(live)))
            assert (live.pop(dropped) == dropped).all()
    for kept, array in live.items():
        assert (array == kept).all()


def test_the_memory_of_a_dropped_array_is_used_again():
    array = empty((LARGE,), "uint8")
    before = place(array)
    del array
    assert place(empty((LARGE // 4,), "float32")) == before


def test_a_somewhat_smaller_array_fits_into_a_free_block():
    array = empty((LARGE,), "uint8")
    before = place(array)
    del array
    assert place(empty((int(0.9 * LARGE),), "uint8")) == before


def test_a_much_smaller_array_leaves_the_large_block_alone():
    array = empty((10 * LARGE,), "uint8")
    before = place(array)
    del array
    small = empty((LARGE,), "uint8")
    assert place(small) != before
    assert place(empty((10 * LARGE,), "uint8")) == before


def test_of_several_free_blocks_the_smallest_that_fits_is_taken():
    sizes = [int(LARGE * factor) for factor in (1.2, 1.0, 1.1)]
    arrays = [empty((size,), "uint8") for size in sizes]
    middle = place(arrays[2])
    del arrays
    assert place(empty((int(1.05 * LARGE),), "uint8")) == middle


@pytest.mark.parametrize(
    "look",
    [
        lambda array: array[10:20],
        lambda array: array.reshape(-1, 2)[:, 1],
        lambda array: array.view("uint8").T,
        lambda array: memoryview(array),
        lambda array: np.lib.stride_tricks.as_strided(array, (3,), (8,)),
    ],
    ids=["slice", "column", "other dtype", "memoryview", "strided"],
)
def test_a_live_view_keeps_its_block(look):
    array = empty((LARGE,), "float32")
    array.fill(1)
    before = place(array)
    view = look(array)
    kept = bytes(np.ascontiguousarray(view))
    del array
    other = empty((LARGE,), "float32")
    other.fill(2)
    assert place(other) != before
    assert bytes(np.ascontiguousarray(view)) == kept
    del view
    assert place(empty((LARGE,), "float32")) == before


def test_zeros_on_a_used_block():
    used = empty((LARGE,), "float64")
    used.fill(np.nan)
    before = place(used)
    del used
    fresh = zeros((LARGE,), "float64")
    assert place(fresh) == before
    assert (fresh == 0).all()


def test_small_zeros():
    assert zeros((2, 3), "float32").tolist() == [[0, 0, 0], [0, 0, 0]]


def test_release_gives_the_free_memory_back_and_no_other():
    tracemalloc.start()
    try:
        kept, dropped = empty((LARGE,), "uint8"), empty((50 * LARGE,), "uint8")
        kept.fill(3)
        del dropped
        before = tracemalloc.get_traced_memory()[0]
        release()
        freed = before - tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert 50 * LARGE <= freed < 51 * LARGE
    assert (kept == 3).all()


def test_threads_do_not_take_each_others_memory():
    wrong = []

    def use(number):
        rng, live = np.random.default_rng(number), []
        for step in range(400):
            array = empty((int(rng.integers(SMALLEST, SMALLEST + 9000)),), "uint8")
            array.fill((17 * number + step) % 251)
            live.append((array, (17 * number + step) % 251))
            if len(live) > 5:
                old, value = live.pop(int(rng.integers(5)))
                if not (old == value).all():
                    wrong.append((number, step))

    threads = [threading.Thread(target=use, args=(number,)) for number in range(4)]
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(before)
    assert wrong == []
    # No block was given back twice.
    assert len({block.ctypes.data for block in memory._free}) == len(memory._free)


def test_arrays_that_live_to_the_end_of_the_program_do_not_disturb_it():
    code = (
        "import numpy\n"
        "from tinyalex.kernels.memory import empty\n"
        "array = empty((10**6,), 'float32')\n"
        "numpy.kept = empty((10**6,), 'float32')\n"
        "circle = [empty((10**6,), 'float32')]\n"
        "circle.append(circle)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], env=os.environ, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")
