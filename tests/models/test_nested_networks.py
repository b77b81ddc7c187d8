"""A Sequential within a Sequential trains, freezes, is saved and is checked as one layer."""

import numpy as np
import pytest
from complaints import complaint

from tinyalex.gradcheck import GradientError, check_gradients, sample_input
from tinyalex.layers import Conv2d, Dropout, Flatten, Linear, ReLU, SoftmaxCrossEntropy
from tinyalex.models import Sequential, alexnet
from tinyalex.optim import SGD, Plateau
from tinyalex.training import Trainer

SIZE, CLASSES = 67, 3


def flat(seed=0):
    """AlexNet with all its layers, for small pictures."""
    rng = np.random.default_rng(seed)
    return alexnet(CLASSES, image_size=SIZE, initialization="he", rng=rng)


def nested(seed=0):
    """The same network with conv1 to pool5 in a network of their own, and conv4 one deeper."""
    layers = dict(flat(seed))
    names = list(layers)
    deep = names.index("conv4")
    end = names.index("flatten")
    inner = Sequential([(name, layers[name]) for name in names[deep : deep + 2]])
    trunk = [(name, layers[name]) for name in names[:deep]]
    trunk += [("deep", inner), *((name, layers[name]) for name in names[deep + 2 : end])]
    head = [(name, layers[name]) for name in names[end:]]
    return Sequential([("trunk", Sequential(trunk)), *head])


def nested_name(name: str) -> str:
    """Where a layer of the flat network stands in the nested one."""
    if name.startswith("conv"):
        return f"trunk.deep.{name}" if name.startswith("conv4") else f"trunk.{name}"
    return name


def losses(net, opt, steps=3, seed=1):
    rng, ce, found = np.random.default_rng(seed), SoftmaxCrossEntropy(), []
    for _ in range(steps):
        x = rng.normal(size=(4, SIZE, SIZE, 3)).astype("float32")
        loss = ce.forward(net.forward(x, training=True), rng.integers(0, CLASSES, 4))
        net.backward(ce.backward(), input_gradient=False)
        opt.step()
        found.append(loss)
    return found


def assert_same_parameters(net, other):
    ours, theirs = net.state_dict(), other.state_dict()
    assert [nested_name(name) for name in ours] == list(theirs)
    for name, array in ours.items():
        np.testing.assert_array_equal(array, theirs[nested_name(name)], err_msg=name)


@pytest.mark.slow
def test_a_nested_alexnet_trains_bit_for_bit_as_the_flat_one(each_backend):
    net, other = flat(), nested()
    rates = {"conv2": 0.5, "fc8": 3.0}
    ours = losses(net, SGD(net, lr=0.01, layer_rates=rates))
    rates = {nested_name(name): rate for name, rate in rates.items()}
    assert losses(other, SGD(other, lr=0.01, layer_rates=rates)) == ours
    assert_same_parameters(net, other)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("names", "inside"),
    [
        (["conv1", "conv2"], ["trunk.conv1", "trunk.conv2"]),
        (["conv1", "conv2", "conv3", "conv4", "conv5"], ["trunk"]),
        (["conv2", "conv4"], ["trunk.conv2", "trunk.deep"]),
    ],
)
def test_what_is_frozen_within_stays_as_it_is(names, inside):
    net, other = flat(), nested()
    net.freeze(names)
    other.freeze(inside)
    start = other.state_dict()
    assert losses(net, SGD(net)) == losses(other, SGD(other))
    assert_same_parameters(net, other)
    for name, array in other.state_dict().items():
        fixed = any(f"{name}.".startswith(f"{frozen}.") for frozen in inside)
        assert np.array_equal(array, start[name]) == fixed, name


@pytest.mark.slow
def test_frozen_by_the_nested_network_itself():
    net, other = flat(), nested()
    net.freeze(["conv1"])
    other["trunk"].freeze(["conv1"])
    assert other.frozen == {"trunk.conv1"}
    assert losses(net, SGD(net)) == losses(other, SGD(other))
    assert_same_parameters(net, other)


def test_a_frozen_trunk_keeps_nothing_for_a_backward():
    net = nested()
    net.freeze(["trunk"])
    net.forward(np.ones((1, SIZE, SIZE, 3), "float32"), training=True)
    for name in ("trunk.conv1", "trunk.deep.conv4", "flatten"):
        with pytest.raises(ValueError, match="used up"):
            net[name].backward(np.ones(net[name]._output[0], "float32"))


@pytest.mark.slow
def test_saved_and_resumed_in_the_middle():
    net, opt = nested(), None
    opt = SGD(net)
    losses(net, opt)
    weights, velocity = net.state_dict(), opt.state_dict()
    other = nested(seed=5)
    other.load_state_dict(weights)
    resumed = SGD(other)
    resumed.load_state_dict(velocity)
    _dropout(other).bit_generator.state = _dropout(net).bit_generator.state
    assert losses(net, opt, seed=2) == losses(other, resumed, seed=2)


def _dropout(net):
    return net["drop6"].rng


class Batches(list):
    def epoch(self, number, start=0):
        return iter(self[start:])


def test_the_trainer_finds_dropout_at_any_depth():
    own, shared = np.random.default_rng(1), np.random.default_rng(2)
    inner = Sequential([("drop", Dropout(rng=own)), ("more", Dropout(rng=shared))])
    net = Sequential([("body", Sequential([("deep", inner)])), ("last", Dropout(rng=shared))])
    trainer = Trainer(net, SGD(Sequential([("fc", Linear(2, 2))])), None, Batches(), None, 1)
    states = trainer.state_dict()["dropout"]
    assert sorted(str(state) for state in states) == sorted(
        str(rng.bit_generator.state) for rng in (own, shared)
    )


@pytest.mark.parametrize("missing", ["state_dict", "load_state_dict", "update"])
def test_a_trainer_refuses_half_a_schedule(missing):
    methods = {"__call__": lambda self, progress: 1.0}
    for name in ("update", "state_dict", "load_state_dict"):
        if name != missing:
            methods[name] = lambda self, *_: {}
    schedule = type("Half", (), methods)()
    net = Sequential([("fc", Linear(2, 2))])
    with pytest.raises(ValueError, match=f"the schedule Half has no {missing}, which checkpoints"):
        Trainer(net, SGD(net), schedule, Batches(), None, 1)


def test_a_trainer_takes_a_function_as_its_schedule():
    net = Sequential([("fc", Linear(2, 2))])
    trainer = Trainer(net, SGD(net), lambda progress: 0.5, Batches(), None, 1)
    assert trainer.schedule(0.3) == 0.5
    assert trainer.state_dict()["schedule"] == {}


def test_a_trainer_reads_the_state_of_earlier_versions():
    net = Sequential([("fc", Linear(2, 2))])
    trainer = Trainer(net, SGD(net), Plateau(), Batches(), None, 5)
    older = {"best": 0.25, "waited": 1, "drops": 2, "patience": 2, "factor": 0.1, "most": 3}
    for plateau, drops in ((None, 0), (older, 2)):
        about = {"epoch": 1, "batch": 0, "best_top1": 0.75, "sums": {}, "dropout": []}
        trainer.load_state_dict({**about, "plateau": plateau})
        assert trainer.schedule.drops == drops
    assert trainer.schedule.best == 0.25


def small(dtype="float64"):
    rng = np.random.default_rng(3)
    inner = Sequential([("conv2", Conv2d(3, 4, 3, padding=1, rng=rng, dtype=dtype))])
    body = Sequential([("conv1", Conv2d(2, 3, 3, rng=rng, dtype=dtype)), ("inner", inner)])
    return Sequential(
        [
            ("body", body),
            ("relu", ReLU()),
            ("flatten", Flatten()),
            ("fc", Linear(64, 2, rng=rng, dtype=dtype)),
        ]
    )


def test_the_checker_sees_every_layer():
    report = check_gradients(small(), sample_input((2, 6, 6, 2)), max_entries=20)
    names = [result.name for result in report.arrays]
    expected = ["body.conv1.dW", "body.conv1.db", "body.inner.conv2.dW", "body.inner.conv2.db"]
    assert names == ["dx", *expected, "fc.dW", "fc.db"]


class WrongInside(Conv2d):
    def backward(self, dy, input_gradient=True):
        dx = super().backward(dy, input_gradient)
        self.grads["W"] = self.grads["W"] * 0
        return dx


def test_the_checker_blames_a_wrong_layer_at_depth():
    net = small()
    wrong = WrongInside(3, 4, 3, padding=1, dtype="float64")
    net["body.inner.conv2"] = wrong
    assert net["body"]["inner"]["conv2"] is wrong
    with pytest.raises(GradientError, match=r"body\.inner\.conv2\.dW"):
        check_gradients(net, sample_input((2, 6, 6, 2)), max_entries=20)


class Residual(Sequential):
    """y = x + body(x): passes of its own, so its layers cannot stand in its place."""

    def forward(self, x, training=False):
        return x + super().forward(x, training)

    def backward(self, dy, input_gradient=True):
        return dy + super().backward(dy)


def test_a_block_with_passes_of_its_own():
    conv = Conv2d(3, 3, 3, padding=1, dtype="float64")
    net = Sequential([("block", Residual([("conv", conv)])), ("flatten", Flatten())])
    report = check_gradients(net, sample_input((2, 4, 4, 3)), max_entries=20)
    assert [result.name for result in report.arrays] == ["dx", "block.conv.dW", "block.conv.db"]
    net.freeze(["block.conv"])
    assert net.learning() == {}
    net.freeze([])
    before = net.state_dict()
    net.backward(net.forward(sample_input((2, 4, 4, 3)), training=True), input_gradient=False)
    SGD(net).step()
    assert all((net.state_dict()[name] != before[name]).any() for name in before)


class Hides:
    """A block that forgets to show what its body learns."""

    def __init__(self, body):
        self.body = body

    def forward(self, x, training=False):
        return x

    def backward(self, dy):
        return dy


@pytest.mark.parametrize(
    "body", [Linear(2, 2), Sequential([("fc", Linear(2, 2))]), [ReLU(), Linear(2, 2)]]
)
def test_a_block_that_would_not_train_is_refused(body):
    assert "block (Hides) hides the parameters of body" in complaint(
        lambda: Sequential([("block", Hides(body))])
    )
    Sequential([("block", Hides(ReLU()))])


def test_names_that_match_no_layer():
    net = nested()
    for name in ("trunk.conv9", "conv1", "trunk.conv1.W.x", "", "trunk.con"):
        assert f"freeze: no layer {name!r}" in complaint(lambda name=name: net.freeze([name]))
        if name:
            with pytest.raises((KeyError, TypeError)):
                net[name]
    assert "no layer 'trunk.conv9' with parameters" in complaint(
        lambda: SGD(net, layer_rates={"trunk.conv9": 0.0})
    )


def test_one_object_in_two_places():
    relu = ReLU()
    inner = Sequential([("relu1", relu)])
    message = complaint(lambda: Sequential([("a", inner), ("relu2", relu)]))
    assert "a.relu1 and relu2 are the same ReLU object" in message
    net = Sequential([("one", ReLU()), ("two", ReLU())])
    assert "are the same ReLU object" in complaint(lambda: net.__setitem__("one", net["two"]))
