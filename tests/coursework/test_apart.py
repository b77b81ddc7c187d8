"""The border between judge and worker: what crosses it, in what form, and what never does."""

import json
import os
import random
import struct

import numpy as np
import pytest
from far_pair import far_and_answers

from tinyalex.coursework.apart.stand_in import Calls, StandIn
from tinyalex.coursework.engine.verdict import Ended


class Thing:
    """The worker's side: does a few things with what it is given."""

    def __init__(self):
        self.params, self.kept, self.number = {"W": np.arange(6.0).reshape(2, 3)}, None, 3

    def echo(self, value):
        return value

    def layout(self, x):
        return x.shape, x.strides, x.dtype.str, x.flags.writeable

    def keep(self, x):
        self.kept = x
        return x[..., ::-1]

    def total(self):
        return self.kept.sum()

    def double(self):
        self.kept *= 2

    def grows(self, key):
        self.params[key] = np.ones(2)
        self.params["W"] = self.params["W"] + 1

    def draw(self, rng, count):
        return rng.random(count)

    def becomes(self, number):
        self.number = self.late = number

    def objects(self):
        return np.array([None])

    def fail(self, kind):
        raise kind("some reason")


@pytest.fixture
def far():
    with far_and_answers(Thing()) as (thing, _):
        yield thing


def layouts():
    rng = np.random.default_rng(3)
    x = rng.normal(size=(3, 4, 5))
    yield from (x, x[1:, ::2], x[:, :, ::-1], x.T, x.transpose(1, 0, 2).copy(order="K"), x[0, 0, 0])
    yield from (np.asfortranarray(x), np.zeros((0, 3)), np.array(2.5))
    yield np.broadcast_to(x[0], (2, 4, 5))
    yield from (x.astype(kind) for kind in ("float32", "int8", ">i4", "bool", "complex128", "f2"))
    locked = x.copy()
    locked.flags.writeable = False
    yield locked


@pytest.mark.parametrize("x", list(layouts()), ids=lambda x: f"{x.dtype.str}{x.shape}{x.strides}")
def test_arrays_keep_numbers_and_layout(far, x):
    x = np.asarray(x)
    assert far.layout(x) == (x.shape, x.strides, x.dtype.str, x.flags.writeable)
    again = far.echo(x)
    assert (again.dtype, again.shape, again.tobytes()) == (x.dtype, x.shape, x.tobytes())
    assert again is x or not x.size


@pytest.mark.parametrize(
    "value",
    [None, True, -3, 2**70, 1e-300, float("inf"), "ä\n", (1, ("a", ())), 2 + 3j, np.float32(1.5)],
)
def test_plain_values(far, value):
    found = far.echo(value)
    assert found == value
    assert type(found) is type(value)


def test_memory_is_common(far):
    x = np.arange(4.0)
    view = far.keep(x)
    assert np.may_share_memory(x, view)
    assert view.tolist() == [3, 2, 1, 0]
    view[0] = 10  # the judge writes through a view of its own array
    assert far.total() == 13
    far.double()  # and the worker into what it was given
    assert x.tolist() == [0, 2, 4, 20]
    assert view.tolist() == [20, 4, 2, 0]


def test_dicts_are_common(far):
    far.params["W"][0, 0] = 7.0
    assert far.params["W"][0, 0] == 7
    far.params["b"] = np.full(2, 3.0)
    params = far.params
    assert far.params is params
    far.grows("c")
    assert list(params) == ["W", "b", "c"]
    assert params["W"][0, 0] == 8
    assert params["b"].tolist() == [3, 3]
    del params["b"]
    assert list(far.params) == ["W", "c"]


def test_attributes(far):
    far.number = 5
    assert far.number == 5
    assert not hasattr(far, "nothing")
    assert getattr(far, "nothing", 4) == 4
    assert not hasattr(far, "late")
    for number in (6, 7):  # what was asked for before comes along with the answer
        far.becomes(number)
        assert (far.number, far.late) == (number, number)


def test_generators_stay_in_step(far):
    several = [np.random.default_rng(seed) for seed in range(7)]  # more than are remembered
    twins = [np.random.default_rng(seed) for seed in range(7)]
    for turn in range(3):
        for rng, twin in zip(several, twins, strict=True):
            assert far.draw(rng, turn + 1).tolist() == twin.random(turn + 1).tolist()
            assert rng.random() == twin.random()
    old = np.random.Generator(np.random.MT19937(5))
    assert far.draw(old, 3).tolist() == np.random.Generator(np.random.MT19937(5)).random(3).tolist()


KINDS = (ValueError, KeyError, NotImplementedError, ZeroDivisionError, OSError, AttributeError)


@pytest.mark.parametrize("kind", KINDS)
def test_exceptions_are_of_their_kind(far, kind):
    with pytest.raises(kind) as caught:
        far.fail(kind)
    assert type(caught.value).__name__ == kind.__name__
    assert "some reason" in str(caught.value)


@pytest.mark.parametrize("kind", [StopIteration, SystemExit, KeyboardInterrupt, GeneratorExit])
def test_exceptions_that_would_end_the_judge_do_not(far, kind):
    with pytest.raises(Exception, match="some reason") as caught:
        far.fail(kind)
    assert type(caught.value).__name__ == kind.__name__
    assert not isinstance(caught.value, kind)


@pytest.mark.parametrize(
    "name", ["__array__", "__array_interface__", "__class_getitem__", "__dict__", "__index__"]
)
def test_what_numpy_and_python_ask_of_an_object_stays_here(name):
    class Tempting:
        __array_interface__ = {"data": (0, False), "shape": (9,), "typestr": "<f8", "version": 3}  # noqa: RUF012

        def __array__(self, *arguments, **options):
            return np.ones(3)

        def __index__(self):
            return 0

    with far_and_answers(Tempting()) as (far, _):
        assert not hasattr(far, name)
        assert np.asarray(far, dtype=object).shape == ()


def test_arrays_of_objects_do_not_cross(far):
    with pytest.raises(TypeError, match="an array of numbers is needed"):
        far.echo(np.array([None]))
    with pytest.raises(TypeError, match="an array of numbers is needed"):
        far.objects()


def test_what_the_judge_drops_the_worker_forgets():
    with far_and_answers(Thing()) as (far, answers):
        for number in range(50):
            far.keep(np.full(100, float(number)))
            far.grows("W")
            assert far.params["W"].size
        far.echo(None)
        assert len(answers.blocks._by_number) < 12
        assert len(answers._by_number) < 12


def mutations(value, rng):
    """A JSON value with one place of it changed."""
    strange = [None, -1, 2**64, 1e308, "", "text", [], {}, [[]], {"array": []}, {"object": [0, 0]}]
    if isinstance(value, dict) and value and rng.random() < 0.8:
        key = rng.choice(sorted(value))
        if rng.random() < 0.2:
            return {k: v for k, v in value.items() if k != key}
        return {**value, key: mutations(value[key], rng)}
    if isinstance(value, list) and value and rng.random() < 0.8:
        place = rng.randrange(len(value))
        return [*value[:place], mutations(value[place], rng), *value[place + 1 :]]
    return rng.choice(strange)


ANSWER = {
    "number": 1,
    "kinds": [[0, ["Thing", {"forward": [["x", 1, False, None], ["training", 1, True, False]]}]]],
    "contents": [[2, "dict", [["W", {"array": [-1, 0, "<f8", [2, 3], [24, 8], 1]}]]]],
    "states": [],
    "blocks": [[-1, 48]],
    "attributes": [[1, "number", 3], [1, "nothing", {"missing": None}]],
    "value": {"tuple": [{"object": [1, 0]}, {"container": 2}, {"scalar": ["<f4", "0000803f"]}]},
}


def answered(said, content=bytes(48)):
    """What the judge makes of an answer."""
    there, back = os.pipe(), os.pipe()
    try:
        text = json.dumps(said).encode()
        os.write(back[1], struct.pack("<QQ", len(text), len(content)) + text + content)
        os.close(back[1])
        return StandIn(Calls(back[0], there[1], lambda: "closed"), 0).anything
    finally:
        for pipe in (*there, back[0]):
            os.close(pipe)


def test_a_malformed_answer_ends_the_worker_and_not_the_judge():
    thing, params, one = answered(ANSWER)
    assert (type(thing).__name__, params["W"].shape, one) == ("Thing", (2, 3), 1)
    rng, ended = random.Random(5), 0
    for _ in range(2000):
        try:
            answered(mutations(ANSWER, rng))
        except Ended:
            ended += 1
    assert ended > 1000


@pytest.mark.parametrize(
    "place",
    [
        [-1, 0, "<f8", [7], [8], 1],
        [-1, -8, "<f8", [6], [8], 1],
        [-1, 40, "<f8", [2], [8], 1],
        [-1, 0, "<f8", [2**30, 2**30], [0, 0], 1],
        [-1, 0, "O", [6], [8], 1],
        [-1, 0, "|V8", [6], [8], 1],
        [3, 0, "<f8", [6], [8], 1],
    ],
)
def test_an_array_is_part_of_its_block(place):
    answered({**ANSWER, "value": {"array": [-1, 8, "<f8", [5], [8], 1]}})
    with pytest.raises(Ended):
        answered({**ANSWER, "value": {"array": place}})


def test_a_pickle_is_no_answer():
    with pytest.raises(Ended):
        answered({**ANSWER, "value": {"pickle": "gASVBQAAAAAAAABLAy4="}})
