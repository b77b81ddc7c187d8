"""share_out: the order, the threads, errors, and the BLAS library's own threads."""

import os
import subprocess
import sys
import threading

import numpy as np
import pytest
from geometries import drawn
from hypothesis import given, settings
from hypothesis import strategies as st

from tinyalex.kernels import workers
from tinyalex.kernels.workers import pieces, share_out, split

some = settings(drawn, max_examples=100)


@pytest.fixture
def three_threads(monkeypatch):
    """Three threads, however many cores there are."""
    monkeypatch.setattr(workers, "thread_count", lambda: 3)
    workers._pool.cache_clear()
    yield
    workers._pool().shutdown()
    workers._pool.cache_clear()


@pytest.fixture
def blas(monkeypatch):
    """A BLAS library of four threads that does nothing but count them."""
    count = [4]
    switch = (lambda: count[0], lambda number: count.__setitem__(0, number))
    monkeypatch.setattr(workers, "_blas_switch", lambda: switch)
    return count


def at_once(number, function=lambda part: part):
    """A function that returns only when `number` threads are inside of it."""
    meeting = threading.Barrier(number, timeout=20)

    def together(part):
        meeting.wait()
        return function(part)

    return together


class TestShareOut:
    pytestmark = pytest.mark.usefixtures("three_threads")

    @pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 1000])
    def test_keeps_the_order_and_runs_every_part_once(self, count):
        seen = []

        def square(part):
            seen.append(part)
            return part**2

        assert share_out(square, iter(range(count))) == [part**2 for part in range(count)]
        assert sorted(seen) == list(range(count))

    def test_all_threads_take_part(self):
        threads = share_out(at_once(3, lambda _: threading.get_ident()), range(3))
        assert len(set(threads)) == 3
        assert threading.get_ident() in threads

    def test_threads_take_what_comes_next(self):
        """While one part waits for all the others, these are done by other threads."""
        others = threading.Semaphore(0)

        def wait_or_work(part):
            if part == 0:
                return all(others.acquire(timeout=20) for _ in range(50))
            others.release()
            return True

        assert all(share_out(wait_or_work, range(51)))

    def test_one_part_stays_in_the_calling_thread(self):
        assert share_out(lambda _: threading.get_ident(), [0]) == [threading.get_ident()]

    def test_one_part_may_be_shared_out_inside(self):
        (threads,) = share_out(
            lambda _: share_out(at_once(3, lambda _: threading.get_ident()), range(3)), [0]
        )
        assert len(set(threads)) == 3

    def test_inside_another_it_stays_in_its_thread(self):
        def outer(part):
            inner = share_out(lambda _: threading.get_ident(), range(10))
            return set(inner) == {threading.get_ident()}

        assert share_out(at_once(3, outer), range(3)) == [True] * 3

    def test_all_threads_have_the_callers_error_settings(self):
        with np.errstate(over="raise"):
            settings = share_out(at_once(3, lambda _: np.geterr()["over"]), range(3))
        assert settings == ["raise"] * 3

    @pytest.mark.parametrize("allowed", [0, 1])
    def test_with_fewer_threads_than_wished_for_the_others_do_the_work(self, monkeypatch, allowed):
        """As where a container limits the number of processes."""
        start, started = threading.Thread.start, []

        def limited(thread):
            if len(started) == allowed:
                raise RuntimeError("can't start new thread")
            started.append(thread)
            start(thread)

        monkeypatch.setattr(threading.Thread, "start", limited)
        for _ in range(3):
            assert share_out(lambda part: part**2, range(50)) == [part**2 for part in range(50)]
        monkeypatch.undo()

    @pytest.mark.parametrize("who", ["the caller", "a helper", "every thread"])
    def test_an_error_comes_up_and_the_threads_go_on_living(self, who):
        caller = threading.get_ident()

        def fail(part):
            here = "the caller" if threading.get_ident() == caller else "a helper"
            if who in (here, "every thread"):
                raise KeyError(f"part {part}")

        with pytest.raises(KeyError, match="part"):
            share_out(at_once(3, fail), range(3))
        # Neither the caller nor a helper is taken to be inside of a share_out still.
        for _ in range(3):
            threads = share_out(at_once(3, lambda _: threading.get_ident()), range(3))
            assert len(set(threads)) == 3

    def test_two_programs_may_share_out_at_once(self):
        results = {}

        def use(name):
            for _ in range(50):
                results[name] = share_out(lambda part: (name, part), range(40))
                if results[name] != [(name, part) for part in range(40)]:
                    return

        users = [threading.Thread(target=use, args=(name,)) for name in "abcd"]
        for user in users:
            user.start()
        for user in users:
            user.join(timeout=60)
        assert results == {name: [(name, part) for part in range(40)] for name in "abcd"}


# --- the BLAS library -----------------------------------------------------------------------

PARTS = pytest.mark.parametrize("parts", [1, 3])


@PARTS
def test_blas_has_one_thread_meanwhile_and_its_own_afterwards(three_threads, blas, parts):
    assert share_out(lambda _: blas[0], range(parts)) == [1] * parts
    assert blas == [4]


@PARTS
def test_blas_gets_its_threads_back_after_an_error(three_threads, blas, parts):
    with pytest.raises(ZeroDivisionError):
        share_out(lambda part: 1 // 0, range(parts))
    assert blas == [4]


@PARTS
def test_without_a_known_blas_everything_runs_all_the_same(three_threads, monkeypatch, parts):
    monkeypatch.setattr(workers, "_blas_switch", lambda: None)
    assert share_out(lambda part: part, range(parts)) == list(range(parts))


def test_numpys_own_blas_is_found():
    name = np.show_config(mode="dicts")["Build Dependencies"]["blas"]["name"]
    switch = workers._blas_switch()
    assert (switch is not None) == ("openblas" in name)
    if switch:
        read, write = switch
        before = read()
        write(1)
        assert read() == 1
        write(before)
        assert read() == before


# --- how many threads -----------------------------------------------------------------------


@pytest.mark.parametrize("wish", ["0", "-1", "two", "1.5", " "])
def test_a_bad_number_of_threads_is_one_clear_line(monkeypatch, wish):
    monkeypatch.setenv("TINYALEX_THREADS", wish)
    with pytest.raises(ValueError, match="THREADS must be an integer of at least 1") as told:
        workers.thread_count.__wrapped__()
    assert repr(wish) in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(("wish", "count"), [("1", 1), ("3", 3)])
def test_the_number_of_threads_can_be_set(monkeypatch, wish, count):
    monkeypatch.setenv("TINYALEX_THREADS", wish)
    assert workers.thread_count.__wrapped__() == count


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="the system tells no affinity")
def test_without_a_wish_there_is_one_for_each_usable_core(monkeypatch):
    monkeypatch.delenv("TINYALEX_THREADS", raising=False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 5, 6})
    assert workers.thread_count.__wrapped__() == 3


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system cannot fork")
def test_a_forked_process_starts_threads_of_its_own():
    code = (
        "import os\n"
        "from tinyalex.kernels.workers import share_out\n"
        "share_out(abs, range(-9, 0))\n"
        "child = os.fork()\n"
        "right = share_out(abs, range(-9, 0)) == list(range(9, 0, -1))\n"
        "if child == 0:\n"
        "    os._exit(7 if right else 1)\n"
        "print(right, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        env={**os.environ, "TINYALEX_THREADS": "3"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout.split() == ["True", "7"], done.stderr


SHUTDOWN = """
import threading, time
import numpy as np
from tinyalex.data.threads import map_in_threads
from tinyalex.kernels.workers import share_out


def later():
    time.sleep({before})
    for _ in range(20):
        assert share_out(abs, range(-9, 0)) == list(range(9, 0, -1))
        time.sleep({between})
    assert map_in_threads(abs, range(-90, 0), description="", progress=False)[0] == 90
    print("right", flush=True)


threading.Thread(target=later, daemon={daemon}).start()
{end}
"""


@pytest.mark.slow
@pytest.mark.parametrize("between", [0, 0.02])
@pytest.mark.parametrize("before", [0, 0.3])
@pytest.mark.parametrize("daemon", [False, True])
def test_work_goes_on_in_a_thread_that_outlives_the_main_script(before, between, daemon):
    end = "import atexit; atexit.register(time.sleep, 2)" if daemon else ""
    code = SHUTDOWN.format(before=before, between=between, daemon=daemon, end=end)
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "TINYALEX_THREADS": "3"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.stdout, done.stderr) == ("right\n", "")


# --- parts ----------------------------------------------------------------------------------


def numbers(slices, size):
    """What the slices of range(size) hold, one behind the other."""
    return [number for part in slices for number in range(size)[part]]


@some
@given(st.integers(0, 300), st.integers(0, 40))
def test_split_covers_everything_in_parts_of_nearly_equal_length(size, count):
    parts = split(size, count)
    assert numbers(parts, size) == list(range(size))
    assert len(parts) == max(1, min(size, count))
    lengths = [part.stop - part.start for part in parts]
    assert max(lengths) - min(lengths) <= 1


@some
@given(st.integers(0, 300), st.integers(1, 40))
def test_pieces_cover_everything_in_parts_of_the_given_length(size, length):
    parts = pieces(size, length)
    assert numbers(parts, size) == list(range(size))
    lengths = [part.stop - part.start for part in parts]
    assert all(found == length for found in lengths[:-1])
    assert all(0 < found <= length for found in lengths[-1:])
