"""The loader: the same batches whatever the threads do, and nothing lost on the way."""

import concurrent.futures.thread
import gc
import threading
import time

import numpy as np
import pytest
from data_helpers import ArrayStore

from tinyalex.data import BrokenPicture, EvalTransform, Loader, Statistics, TrainTransform

SIZE, CROP, COUNT = 12, 8, 43
STATISTICS = Statistics(
    np.full((SIZE, SIZE, 3), 100, np.float32), np.eye(3, dtype=np.float32), np.ones(3, np.float32)
)


def pictures():
    return np.random.default_rng(0).integers(0, 256, (COUNT, SIZE, SIZE, 3), dtype=np.uint8)


def make(store=None, batch_size=10, shuffle=True, seed=1, transform=None, **options):
    transform = transform or TrainTransform(STATISTICS, CROP)
    store = store or ArrayStore(pictures())
    return Loader(store, transform, batch_size, shuffle=shuffle, seed=seed, **options)


def assert_same(batches, others):
    for a, b in zip(batches, others, strict=True):
        assert (a.step, a.broken) == (b.step, b.broken)
        for name in ("x", "labels", "indices"):
            np.testing.assert_array_equal(getattr(a, name), getattr(b, name))


def loader_threads():
    return [t for t in threading.enumerate() if t.name.startswith("tinyalex-loader")]


@pytest.mark.parametrize("options", [{"workers": 1, "ahead": 1}, {"workers": 5}, {"ahead": 9}])
def test_workers_do_not_change_the_batches(options):
    class JitteryStore(ArrayStore):
        def load(self, index):
            time.sleep(0.001 * (index % 3))
            return super().load(index)

    store = JitteryStore(pictures(), broken=[3, 17])
    assert_same(make(store).epoch(2), make(store, **options).epoch(2))


@pytest.mark.parametrize("before", [0, 2, 4])
def test_the_batches_are_the_same_once_python_ends_its_threads(monkeypatch, before):
    """As in a training that outlives the main script: see also test_workers."""
    expected = list(make().epoch(2))
    batches = make().epoch(2)
    first = [next(batches) for _ in range(before)]
    monkeypatch.setattr(concurrent.futures.thread, "_shutdown", True)
    assert_same(expected, [*first, *batches])


@pytest.mark.parametrize("start", [0, 1, 4, 5])
def test_an_epoch_resumes_at_any_batch(start):
    assert_same(list(make().epoch(3))[start:], make().epoch(3, start))


@pytest.mark.parametrize("start", [-1, 6])
def test_start_must_lie_in_the_epoch(start):
    with pytest.raises(ValueError, match=f"batch {start} of an epoch of 5"):
        make().epoch(0, start)


def test_every_picture_once_in_another_order_each_epoch():
    loader, store = make(), ArrayStore(pictures())
    orders = []
    for epoch in range(3):
        batches = list(loader.epoch(epoch))
        assert [len(b.x) for b in batches] == [10, 10, 10, 10, 3]
        assert [b.step for b in batches] == list(range(len(loader)))
        orders.append(np.concatenate([b.indices for b in batches]))
        assert sorted(orders[-1]) == list(range(COUNT))
        np.testing.assert_array_equal(orders[-1], loader.order(epoch))
        for b in batches:
            np.testing.assert_array_equal(b.labels, store.labels[b.indices])
    assert not np.array_equal(orders[0], orders[1])
    assert not np.array_equal(orders[0], next(make(seed=2).epoch(0)).indices)


def test_augmentation_differs_between_epochs_and_batches():
    one = ArrayStore(np.repeat(pictures()[:1], 4, axis=0))
    batches = [b.x for e in range(2) for b in make(one, batch_size=2).epoch(e)]
    flat = {x.tobytes() for batch in batches for x in batch}
    assert len(flat) == 8


def test_evaluation_keeps_the_order_and_the_centre():
    store = ArrayStore(pictures())
    loader = make(store, batch_size=100, shuffle=False, transform=EvalTransform(STATISTICS, CROP))
    [batch] = loader.epoch(0)
    assert batch.x.dtype == np.float32
    np.testing.assert_array_equal(batch.x, store.pictures[:, 2:10, 2:10] - np.float32(100))
    np.testing.assert_array_equal(batch.labels, store.labels)


def test_broken_pictures_are_left_out_and_reported_once():
    broken = [0, 11, 42]
    loader = make(ArrayStore(pictures(), broken))
    batches = list(loader.epoch(0))
    seen = np.concatenate([b.indices for b in batches])
    assert sorted(seen) == sorted(set(range(COUNT)) - set(broken))
    assert all(len(b.x) == len(b.labels) == len(b.indices) for b in batches)
    lines = [line for b in batches for line in b.broken]
    assert sorted(lines) == sorted(f"cannot read the picture {i}.jpg: broken" for i in broken)
    assert all(b.broken == [] for b in loader.epoch(1))


def test_a_batch_of_broken_pictures_is_skipped():
    loader = make(ArrayStore(pictures(), range(10, 20)), shuffle=False)
    batches = list(loader.epoch(0))
    assert [b.step for b in batches] == [0, 2, 3, 4]
    assert [len(b.broken) for b in batches] == [0, 10, 0, 0]
    assert list(make(ArrayStore(pictures(), range(COUNT))).epoch(0)) == []


def test_strict_raises_for_broken_pictures():
    with pytest.raises(BrokenPicture, match=r"5\.jpg"):
        list(make(ArrayStore(pictures(), [5]), strict=True).epoch(0))
    assert loader_threads() == []


def test_other_exceptions_reach_the_caller_after_the_batches_before_them():
    class FailingStore(ArrayStore):
        def load(self, index):
            if index == 25:
                raise RuntimeError("disk on fire")
            return super().load(index)

    batches = make(FailingStore(pictures()), shuffle=False).epoch(0)
    assert [next(batches).step, next(batches).step] == [0, 1]
    with pytest.raises(RuntimeError, match="disk on fire"):
        next(batches)
    assert loader_threads() == []


@pytest.mark.parametrize("end", ["close", "drop", "exhaust"])
def test_threads_end_with_the_iterator(end):
    class SlowStore(ArrayStore):
        def load(self, index):
            time.sleep(0.005)
            return super().load(index)

    batches = make(SlowStore(pictures())).epoch(0)
    next(batches)
    assert loader_threads()
    if end == "close":
        batches.close()
    elif end == "drop":
        del batches
        gc.collect()
    else:
        list(batches)
    assert loader_threads() == []


def test_closing_does_not_wait_for_whole_batches():
    class SlowStore(ArrayStore):
        def load(self, index):
            if index >= 10:
                time.sleep(0.1)
            return super().load(index)

    batches = make(SlowStore(pictures()), shuffle=False).epoch(0)
    next(batches)
    began = time.perf_counter()
    batches.close()
    assert time.perf_counter() - began < 0.6  # a batch takes 1 s


def test_at_most_ahead_batches_are_in_flight():
    loaded = []

    class CountingStore(ArrayStore):
        def load(self, index):
            loaded.append(index)
            return super().load(index)

    batches = make(CountingStore(pictures()), batch_size=2, ahead=3).epoch(0)
    next(batches)
    time.sleep(0.1)
    assert len(loaded) == 6
    batches.close()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"batch_size": 44}, "batch of 44 is more than the 43 training pictures"),
        ({"batch_size": 0}, "batch_size 0"),
        ({"workers": 0}, "workers 0"),
        ({"store": ArrayStore(np.zeros((0, 4, 4, 3), np.uint8))}, "no pictures"),
    ],
)
def test_errors_in_the_arguments(options, message):
    arguments = {"store": ArrayStore(pictures()), "batch_size": 4, **options}
    with pytest.raises(ValueError, match=message) as caught:
        Loader(
            transform=EvalTransform(STATISTICS, CROP),
            shuffle=True,
            seed=0,
            **arguments,
        )
    assert "\n" not in str(caught.value)
