"""The optimiser when the network changes under it, and when gradients do not fit."""

import numpy as np
import pytest
from complaints import complaint
from kernel_cases import LAYOUTS

from tinyalex.layers import Conv2d, Flatten, Layer, Linear, SoftmaxCrossEntropy
from tinyalex.models import Sequential
from tinyalex.optim import SGD, dexp, one_cycle, steps
from tinyalex.optim import Plateau as PlateauSchedule

X = np.random.default_rng(0).normal(size=(4, 5, 5, 2))


def net_of(classes=3):
    rng = np.random.default_rng(1)
    return Sequential(
        [
            ("conv1", Conv2d(2, 4, 3, rng=rng, dtype="float64")),
            ("flatten", Flatten()),
            ("fc2", Linear(36, 6, rng=rng, dtype="float64")),
            ("fc3", Linear(6, classes, rng=rng, dtype="float64")),
        ]
    )


def backward(net):
    ce = SoftmaxCrossEntropy()
    ce.forward(net.forward(X, training=True), np.array([0, 1, 1, 0]))
    net.backward(ce.backward(), input_gradient=False)


def step(net, opt, count=1):
    for _ in range(count):
        backward(net)
        opt.step()


REFUSED = ("read-only", "broadcast", "overlapping", "other byte order")
WRITABLE = [name for name in LAYOUTS if name not in REFUSED]


@pytest.mark.parametrize("layout", WRITABLE)
@pytest.mark.parametrize("name", ["conv1", "fc2"])
def test_weights_in_any_memory_order_train(each_backend, layout, name):
    plain, other = net_of(), net_of()
    other[name].params["W"] = LAYOUTS[layout](other[name].params["W"])
    for net in (plain, other):
        step(net, SGD(net, lr=0.1), 3)
    for key, array in plain.state_dict().items():
        np.testing.assert_allclose(
            other.state_dict()[key], array, rtol=1e-12, atol=1e-15, err_msg=key
        )
    assert (plain[name].params["W"] != net_of()[name].params["W"]).all()


def test_weights_of_the_other_byte_order_are_refused(each_backend):
    net = net_of()
    net["fc2"].params["W"] = LAYOUTS["other byte order"](net["fc2"].params["W"])
    assert "convert one of them (.astype('float64')" in complaint(lambda: step(net, SGD(net)))


@pytest.mark.parametrize("layout", ["read-only", "broadcast", "overlapping"])
def test_weights_that_cannot_be_written_are_refused(each_backend, layout):
    net = net_of()
    net["fc2"].params["W"] = LAYOUTS[layout](net["fc2"].params["W"])
    assert "fc2.W" in complaint(lambda: SGD(net))
    assert "fc2.W" in complaint(lambda: net.load_state_dict(net_of().state_dict()))


@pytest.mark.parametrize("classes", [2, 3, 50])
def test_a_replaced_layer_starts_at_rest(each_backend, classes):
    net = net_of()
    opt = SGD(net, lr=0.1)
    step(net, opt, 3)
    net["fc3"] = Linear(6, classes, rng=np.random.default_rng(9), dtype="float64")
    before = net.state_dict()
    backward(net)
    gradient = net.gradients()["fc3.b"].copy()
    opt.step()
    moved = net.state_dict()["fc3.b"] - before["fc3.b"]
    np.testing.assert_allclose(moved, -0.1 * gradient, rtol=1e-9, atol=1e-15)
    assert opt.velocity["fc3.W"].shape == (6, classes)


def test_an_array_assigned_in_the_same_layer_keeps_its_velocity(each_backend):
    """Clipping weights by assignment after every step does not switch momentum off."""
    plain, assigning = net_of(), net_of()
    one, two = SGD(plain, lr=0.1), SGD(assigning, lr=0.1)
    for _ in range(3):
        step(plain, one)
        step(assigning, two)
        for _, layer in assigning:
            layer.params = {key: array.copy() for key, array in layer.params.items()}
    for key, array in plain.state_dict().items():
        np.testing.assert_array_equal(assigning.state_dict()[key], array)


def test_frozen_after_some_steps(each_backend):
    net = net_of()
    opt = SGD(net, lr=0.1)
    step(net, opt, 2)
    net.freeze(["conv1"])
    before = net.state_dict()
    step(net, opt, 2)
    after = net.state_dict()
    for name in before:
        assert np.array_equal(before[name], after[name]) == name.startswith("conv1"), name
    assert set(opt.velocity) == {"fc2.W", "fc2.b", "fc3.W", "fc3.b"}
    net.freeze([])  # moves again, from rest
    backward(net)
    gradient = net.gradients()["conv1.b"].copy()
    opt.step()
    moved = net.state_dict()["conv1.b"] - after["conv1.b"]
    np.testing.assert_allclose(moved, -0.1 * gradient, rtol=1e-9)


def test_frozen_before_any_step(each_backend):
    net = net_of()
    opt = SGD(net)
    net.freeze(["conv1"])
    before = net.state_dict()
    step(net, opt)
    assert np.array_equal(net.state_dict()["conv1.W"], before["conv1.W"])


def test_rates_set_to_zero_on_the_way(each_backend):
    net = net_of()
    opt = SGD(net, lr=0.1)
    step(net, opt, 2)
    opt.layer_rates["conv1"] = 0.0
    before = net.state_dict()
    step(net, opt)
    assert np.array_equal(net.state_dict()["conv1.W"], before["conv1.W"])
    opt.layer_rates["conv9"] = 0.0
    assert "no layer 'conv9' with parameters" in complaint(lambda: step(net, opt))


class MyBatchNorm(Layer):
    """Parameters with other names than W and b."""

    def __init__(self, size):
        super().__init__()
        self.params = {"gamma": np.ones(size), "beta": np.ones(size), "kernel": np.ones((1, size))}
        self.grads = dict.fromkeys(self.params)

    def forward(self, x, training=False):
        return self.remember(x * self.params["gamma"] * self.params["kernel"], x)

    def backward(self, dy):
        self.recall(dy)
        self.grads = {key: array * 0 for key, array in self.params.items()}
        return dy


def test_decay_spares_vectors_whatever_their_names(each_backend):
    net = Sequential([("norm", MyBatchNorm(6))])
    net.backward(net.forward(np.ones((2, 6))))
    SGD(net, lr=0.1, weight_decay=0.5, bias_lr=0.2).step()
    state = net.state_dict()
    assert (state["norm.gamma"] == 1).all()
    assert (state["norm.beta"] == 1).all()
    np.testing.assert_allclose(state["norm.kernel"], 0.95)


WRONG = {
    "a sum without an axis": lambda g: g.sum(),
    "one row too few": lambda g: g[:-1],
    "one row too many": lambda g: np.concatenate([g, g[:1]]),
    "one more axis": lambda g: g[None],
    "float32": lambda g: g.astype("float32"),
    "a list": lambda g: g.tolist(),
    "a float": lambda g: float(g.sum()),
}


@pytest.mark.parametrize("wrong", list(WRONG))
@pytest.mark.parametrize("name", ["conv1.W", "conv1.b", "fc2.W", "fc3.b"])
def test_a_gradient_that_does_not_fit_is_named(each_backend, wrong, name):
    net = net_of()
    opt = SGD(net)
    step(net, opt)
    before = net.state_dict()
    backward(net)
    layer, _, key = name.rpartition(".")
    net[layer].grads[key] = WRONG[wrong](net[layer].grads[key])
    message = complaint(opt.step)
    assert message.startswith(f"SGD.step: the gradient of {name} must be")
    assert str(net[layer].params[key].shape) in message
    for other, array in net.state_dict().items():
        np.testing.assert_array_equal(array, before[other])


@pytest.mark.parametrize(
    ("grads", "says"),
    [
        ({}, "call net.backward first"),
        (None, "call net.backward first"),
        ({"W": None, "b": None}, "call net.backward first"),
        ({"dW": np.ones((36, 6)), "db": np.ones(6)}, "backward left fc2.dW, fc2.db"),
    ],
)
def test_gradients_that_are_missing(each_backend, grads, says):
    net = net_of()
    opt = SGD(net)
    backward(net)
    net["fc2"].grads = grads
    message = complaint(opt.step)
    assert "fc2.W has no gradient" in message
    assert says in message


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: SGD(net_of(), momentum=1.0),
        lambda: SGD(net_of(), momentum=1.5),
        lambda: SGD(net_of().layers),
        lambda: one_cycle(warmup=1.0),
        lambda: one_cycle(warmup=-0.1),
        lambda: one_cycle(start=2.0),
        lambda: steps(count=-1),
        lambda: steps(factor=10.0),
        lambda: dexp(0.5),
        lambda: PlateauSchedule(patience=0),
        lambda: PlateauSchedule(factor=10.0),
    ],
)
def test_settings_that_make_no_sense(wrong):
    assert "must be" in complaint(wrong) or "needs" in complaint(wrong)
