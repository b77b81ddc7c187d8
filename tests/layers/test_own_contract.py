"""Layers that have the README's contract and nothing else: forward, backward, params and grads."""

import numpy as np
import pytest
from complaints import complaint

from tinyalex.data import Batch
from tinyalex.layers import Linear, ReLU, SoftmaxCrossEntropy
from tinyalex.models import Sequential, alexnet
from tinyalex.optim import SGD, constant
from tinyalex.training import Trainer

SIZE, CLASSES = 67, 3
KINDS = ("conv", "relu", "norm", "pool", "flatten", "fc", "drop")


class Plain:
    """The contract of the README alone, around a layer of ours."""

    def __init__(self, layer):
        self.params, self.grads = layer.params, {}
        self._pass = layer.forward, layer.backward
        self._read_grads = lambda: layer.grads

    def forward(self, x, training=False):
        return self._pass[0](x, training=training)

    def backward(self, dy):
        dx = self._pass[1](dy)
        self.grads = self._read_grads()
        return dx


class Bare:
    """Not even params: a layer that learns nothing."""

    def __init__(self, layer):
        self.run = layer.forward, layer.backward

    def forward(self, x, training=False):
        return self.run[0](x, training)

    def backward(self, dy):
        return self.run[1](dy)


def network(seed=0):
    rng = np.random.default_rng(seed)
    return alexnet(CLASSES, image_size=SIZE, initialization="he", rng=rng)


def replaced(names):
    net = network()
    for name, layer in net.layers:
        if name in names:
            net[name] = Plain(layer) if layer.params else Bare(layer)
    return net


class Batches(list):
    def epoch(self, number, start=0):
        return iter(self[start:])


def batches(count=3):
    rng = np.random.default_rng(1)
    return Batches(
        Batch(
            rng.normal(size=(4, SIZE, SIZE, 3)).astype("float32"),
            rng.integers(0, 3, 4),
            np.arange(4),
            i,
            [],
        )
        for i in range(count)
    )


def trained(net, frozen=()):
    """Losses and parameters after an epoch of the real training loop."""
    net.freeze(frozen)
    data = batches()
    trainer = Trainer(net, SGD(net, lr=0.01), constant(), data, data[:1], epochs=1)
    losses = []
    assert trainer.train_epoch(lambda measures, _: losses.append(measures["loss"]))
    return losses, net.state_dict()


def assert_equal_training(ours, theirs):
    assert ours[0] == theirs[0]
    for name, array in theirs[1].items():
        np.testing.assert_array_equal(ours[1][name], array, err_msg=name)


NAMES = [name for name, _ in network()]


@pytest.fixture(scope="module")
def expected():
    return {frozen: trained(network(), frozen) for frozen in (FREE, TRUNK)}


FREE, TRUNK = (), ("conv1", "conv2", "conv3")


@pytest.mark.slow
@pytest.mark.parametrize("frozen", [FREE, TRUNK], ids=["free", "behind a frozen trunk"])
@pytest.mark.parametrize("kind", [*KINDS, "all"])
def test_each_kind_of_layer_can_be_ones_own(expected, kind, frozen):
    names = [name for name in NAMES if kind in ("all", name.rstrip("0123456789"))]
    assert names
    assert_equal_training(trained(replaced(names), frozen), expected[frozen])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("own", "frozen"),
    [("conv1", ("conv2",)), ("conv4", TRUNK), ("conv3", TRUNK), ("conv4", ("conv4",))],
    ids=["first", "first above a frozen trunk", "last of a frozen trunk", "frozen in the middle"],
)
def test_a_learning_layer_in_every_place(own, frozen):
    assert_equal_training(trained(replaced([own]), frozen), trained(network(), frozen))


def test_the_first_layer_learns_nothing():
    net = Sequential([("own", Bare(ReLU())), ("fc", Linear(3, 2, dtype="float64"))])
    dy = net.forward(np.ones((2, 3)), training=True)
    assert net.backward(dy, input_gradient=False) is None
    assert net["fc"].grads["W"].shape == (3, 2)
    assert net.backward(net.forward(np.ones((2, 3)))).shape == (2, 3)


class NoTraining:
    def forward(self, x):
        return x

    def backward(self, dy):
        return dy


class NoBackward:
    def forward(self, x, training=False):
        return x


FIRST_MISTAKES = {
    "a class": (lambda: Sequential([("relu", ReLU)]), "is a class, not a layer: write ReLU(…)"),
    "no names": (lambda: Sequential([ReLU()]), 'pairs such as ("conv1", Conv2d(…)); got a ReLU'),
    "no layers": (lambda: Sequential([]), "at least one layer"),
    "names twice": (lambda: Sequential([("a", ReLU()), ("a", ReLU())]), "distinct names"),
    "a dot": (lambda: Sequential([("a.b", ReLU())]), "contain dots; got 'a.b'"),
    "no training": (lambda: Sequential([("own", NoTraining())]), "forward must take training"),
    "no backward": (
        lambda: Sequential([("own", NoBackward())]),
        "own (NoBackward) has no backward",
    ),
    "an array": (lambda: Sequential([("own", np.ones(3))]), "own (ndarray) has no forward"),
    "a list": (lambda: network().forward([[1.0]]), "input must be an array; got a list"),
    "NCHW": (
        lambda: network().forward(np.ones((2, 3, SIZE, SIZE), "float32")),
        f"built for 3 input channels (the last axis); got {SIZE}",
    ),
    "one picture": (
        lambda: network().forward(np.ones((SIZE, SIZE, 3), "float32")),
        "input must be (N, H, W, C)",
    ),
    "bytes": (
        lambda: network().forward(np.ones((1, SIZE, SIZE, 3), "uint8")),
        "input must be float32 or float64; got uint8",
    ),
    "float64": (
        lambda: network().forward(np.ones((1, SIZE, SIZE, 3))),
        "is float32 and the input is float64; convert one of them (.astype('float32')",
    ),
    "dy as a number": (
        lambda: _with_forward(ReLU()).backward(1.0),
        "dy must be like forward's output, (2, 3) float64; got a float",
    ),
    "dy of another shape": (
        lambda: _with_forward(ReLU()).backward(np.ones((3, 2))),
        "(2, 3) float64; got (3, 2) float64",
    ),
    "a parameter as a number": (
        lambda: _with_parameter(Linear(3, 2, dtype="float64"), "W", 1.0),
        "params['W'] must be an array; got a float",
    ),
    "a parameter removed": (
        lambda: _with_parameter(Linear(3, 2, dtype="float64"), "b", None),
        "params['b'] must be an array; got nothing",
    ),
    "PyTorch's Linear": (
        lambda: _with_parameter(Linear(3, 2, dtype="float64"), "W", np.ones((2, 3))),
        "params['W'] must have shape (3, 2); got (2, 3) float64: pass W.T",
    ),
}


def _with_forward(layer):
    layer.forward(np.ones((2, 3)))
    return layer


def _with_parameter(layer, key, value):
    layer.params[key] = value
    layer.forward(np.ones((2, 3)))


@pytest.mark.parametrize("mistake", list(FIRST_MISTAKES))
def test_first_mistakes_get_a_message_that_says_what_to_do(mistake):
    action, says = FIRST_MISTAKES[mistake]
    assert says in complaint(action)


def test_weights_in_pytorchs_layout_are_refused_with_the_transpose(each_backend):
    from tinyalex.layers import Conv2d

    layer = Conv2d(4, 8, 3, dtype="float64")
    x, theirs = np.ones((1, 5, 5, 4)), np.random.default_rng(0).normal(size=(8, 4, 3, 3))
    layer.params["W"] = theirs
    message = complaint(lambda: layer.forward(x))
    assert "must have shape (3, 3, 4, 8); got (8, 4, 3, 3) float64" in message
    assert "W.transpose(2, 3, 1, 0)" in message
    layer.params["W"] = theirs.transpose(2, 3, 1, 0)
    y = layer.forward(x)
    np.testing.assert_allclose(y[0, 0, 0], theirs.sum(axis=(1, 2, 3)), rtol=1e-12)


def test_the_loss_before_anything():
    assert "call forward(logits, labels) first" in complaint(SoftmaxCrossEntropy().backward)
