"""AlexNet's family: the neurons before it, LeNet-5, ZFNet, NIN, and the layers that they need."""

import itertools
import math

import numpy as np
import pytest

from tinyalex.gradcheck import check_gradients, check_loss_gradients, sample_input
from tinyalex.layers import (
    Conv2d,
    Linear,
    PartialConv2d,
    RBFLoss,
    RBFOutput,
    ReLU,
    ScaledTanh,
    Sigmoid,
    SoftmaxCrossEntropy,
    TrainableSubsampling,
)
from tinyalex.models import (
    Perceptron,
    Sequential,
    lenet5,
    mcculloch_pitts,
    mistake_bound,
    mlp,
    nin,
    renormalize_filters,
    zfnet,
)
from tinyalex.models.ceil_rule import ceil_padding
from tinyalex.models.digits import digit_bitmaps
from tinyalex.models.lenet5 import C3_TABLE
from tinyalex.optim import SGD
from tinyalex.summary import summarize

BITS = np.array(list(itertools.product((0, 1), repeat=3)))
NOTHING = np.zeros((8, 0))

# layer: (output shape, parameters, multiply-adds); of what learns, or has a published row.
LENET5 = {
    "c1": ((28, 28, 6), 156, 117_600),
    "s2": ((14, 14, 6), 12, 1_176),
    "c3": ((10, 10, 16), 1_516, 150_000),
    "s4": ((5, 5, 16), 32, 400),
    "c5": ((1, 1, 120), 48_120, 48_000),
    "f6": ((84,), 10_164, 10_080),
    "output": ((10,), 0, 840),
}
# Connections, as the paper counts them: every use of a weight or bias, each pixel of a window.
CONNECTIONS = {
    "c1": 122_304,
    "s2": 5_880,
    "c3": 151_600,
    "s4": 2_000,
    "c5": 48_120,
    "f6": 10_164,
}
ZFNET = {
    "conv1": ((110, 110, 96), 14_208, 170_755_200),
    "pool1": ((55, 55, 96), 0, 0),
    "conv2": ((26, 26, 256), 614_656, 415_334_400),
    "pool2": ((13, 13, 256), 0, 0),
    "conv3": ((13, 13, 384), 885_120, 149_520_384),
    "conv4": ((13, 13, 384), 1_327_488, 224_280_576),
    "conv5": ((13, 13, 256), 884_992, 149_520_384),
    "pool5": ((6, 6, 256), 0, 0),
    "fc6": ((4096,), 37_752_832, 37_748_736),
    "fc7": ((4096,), 16_781_312, 16_777_216),
    "fc8": ((1000,), 4_097_000, 4_096_000),
}


def rows(net, size, channels=3):
    return {row.name: row for row in summarize(net, (1, size, size, channels))}


def totals(table):
    table = table.values()
    return sum(row.parameters for row in table), sum(row.multiply_adds for row in table)


def check_table(table, expected):
    found = {n: (table[n].shape, table[n].parameters, table[n].multiply_adds) for n in expected}
    assert found == expected


# --- neurons --------------------------------------------------------------------------------


def test_and_or_and_veto():
    assert mcculloch_pitts(BITS, NOTHING, 3).tolist() == [0] * 7 + [1]
    assert mcculloch_pitts(BITS, NOTHING, 1).tolist() == [0] + [1] * 7
    assert mcculloch_pitts(BITS[:, :2], BITS[:, 2:], 1).tolist() == [0, 0, 1, 0, 1, 0, 1, 0]


def test_not_is_a_veto_alone():
    assert mcculloch_pitts(np.zeros((2, 0)), np.array([[0], [1]]), 0).tolist() == [1, 0]


def test_one_veto_outweighs_any_number_of_excitations():
    assert mcculloch_pitts(np.ones((1, 99)), np.array([[1]]), 1).tolist() == [0]


def test_xor_takes_two_layers_and_no_single_neuron_does_it():
    bits, right = BITS[:4, 1:], [0, 1, 1, 0]
    only_a = mcculloch_pitts(bits[:, :1], bits[:, 1:], 1)
    only_b = mcculloch_pitts(bits[:, 1:], bits[:, :1], 1)
    both = mcculloch_pitts(np.column_stack([only_a, only_b]), np.zeros((4, 0)), 1)
    assert both.tolist() == right
    for roles in itertools.product(("none", "excitatory", "inhibitory"), repeat=2):
        parts = [bits[:, [r == kind for r in roles]] for kind in ("excitatory", "inhibitory")]
        for threshold in range(4):
            assert mcculloch_pitts(*parts, threshold).tolist() != right


def separable(seed, margin=0.3):
    rng = np.random.default_rng(seed)
    w, b = rng.normal(size=3), rng.normal() / 2
    x = rng.normal(size=(200, 3))
    signed = (x @ w + b) / np.linalg.norm([*w, b])
    keep = abs(signed) > margin
    return x[keep], np.sign(signed[keep]).astype(int), w, b


@pytest.mark.parametrize("seed", range(10))
def test_perceptron_separates_within_its_bound(seed):
    x, labels, w, b = separable(seed)
    perceptron = Perceptron(3)
    mistakes = perceptron.fit(x, labels, epochs=10_000)
    assert mistakes[-1] == 0
    assert (perceptron.predict(x) == labels).all()
    assert 0 < sum(mistakes) <= mistake_bound(x, labels, w, b)
    assert sum(mistakes) <= mistake_bound(x, labels, perceptron.w, perceptron.b)


def test_mistake_bound_by_hand():
    # x' = (±1, 0, 1), u = (1, 0, 0): R² = 2, γ = 1.
    x = np.array([[1.0, 0], [-1, 0]])
    assert mistake_bound(x, np.array([1, -1]), np.array([5.0, 0]), 0) == pytest.approx(2)


@pytest.mark.parametrize("w", [[-1.0, 0], [0.0, 0]])
def test_mistake_bound_needs_a_separation(w):
    x = np.array([[1.0, 0], [-1, 0]])
    with pytest.raises(ValueError, match="on its own side"):
        mistake_bound(x, np.array([1, -1]), np.array(w), 0)


def test_perceptron_cannot_learn_xor():
    x = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]])
    mistakes = Perceptron(2).fit(x, np.array([-1, 1, 1, -1]), epochs=50)
    assert len(mistakes) == 50
    assert min(mistakes) > 0


def test_mlp_learns_xor():
    x = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]])
    labels = np.array([0, 1, 1, 0])
    net = mlp((2, 4, 2), rng=np.random.default_rng(0), dtype="float64")
    optimizer, loss = SGD(net, lr=0.1, weight_decay=0), SoftmaxCrossEntropy()
    for _ in range(300):
        loss.forward(net.forward(x, training=True), labels)
        net.backward(loss.backward())
        optimizer.step()
    assert (net.predict(x).argmax(axis=1) == labels).all()


def test_mlp_layers_and_gradients():
    net = mlp((3, 5, 4, 2), Sigmoid, rng=np.random.default_rng(0), dtype="float64")
    assert [name for name, _ in net] == ["fc1", "act1", "fc2", "act2", "fc3"]
    assert sum(array.size for array in net.parameters().values()) == 20 + 24 + 10
    check_gradients(net, sample_input((4, 3), np.random.default_rng(1)))


def test_mlp_needs_an_output():
    with pytest.raises(ValueError, match="at least input and output"):
        mlp((3,))


# --- the new layers -------------------------------------------------------------------------

TABLE = ((0, 2), (1,), (0, 1, 2), (2, 1))


def partial(rng, **arguments):
    settings = {"bias_init": "uniform", "rng": rng, "dtype": "float64"}
    return PartialConv2d(3, TABLE, (3, 2), **arguments, **settings)


NEW_LAYERS = {
    "scaled tanh": (lambda rng: ScaledTanh(), (2, 3, 2, 2)),
    "subsampling": (
        lambda rng: TrainableSubsampling(3, bias_init="uniform", rng=rng, dtype="float64"),
        (2, 4, 5, 3),
    ),
    "overlapping subsampling": (
        lambda rng: TrainableSubsampling(2, 3, (2, 1), rng=rng, dtype="float64"),
        (2, 5, 4, 2),
    ),
    "partial": (partial, (2, 4, 5, 3)),
    "partial, strided, padded": (
        lambda rng: partial(rng, stride=(2, 1), padding=(1, 0, 0, 1)),
        (2, 4, 3, 3),
    ),
    "rbf": (lambda rng: RBFOutput(rng.normal(size=(4, 5))), (3, 5)),
}


@pytest.mark.parametrize("name", NEW_LAYERS)
@pytest.mark.parametrize("seed", range(3))
def test_gradients_equal_finite_differences(each_backend, name, seed):
    rng = np.random.default_rng(seed)
    build, shape = NEW_LAYERS[name]
    report = check_gradients(build(rng), sample_input(shape, rng), seed=seed)
    assert report.worst_error < 1e-7


@pytest.mark.parametrize("name", NEW_LAYERS)
def test_shapes_and_dtypes_are_kept(each_backend, name):
    build, shape = NEW_LAYERS[name]
    layer = build(np.random.default_rng(0))
    for key, array in layer.params.items():
        layer.params[key] = array.astype("float32")
    y = layer.forward(np.ones(shape, dtype="float32"))
    assert y.dtype == np.float32
    assert y.shape == layer.output_shape(shape)
    dx = layer.backward(y)
    assert (dx.dtype, dx.shape) == (np.float32, shape)
    assert {array.dtype.name for array in layer.grads.values()} <= {"float32"}


@pytest.mark.parametrize("name", ["subsampling", "partial"])
def test_first_layers_need_no_dx(name):
    build, shape = NEW_LAYERS[name]
    layer = build(np.random.default_rng(0))
    y = layer.forward(np.ones(shape))
    assert layer.backward(y, input_gradient=False) is None
    assert layer.grads["W"].shape == layer.params["W"].shape
    layer.forward(np.ones(shape))
    layer.forget()
    with pytest.raises(ValueError, match="used up"):
        layer.backward(y)


def test_scaled_tanh_keeps_one_and_minus_one():
    y = ScaledTanh().forward(np.array([[1.0, -1.0, 1e9]]))
    np.testing.assert_allclose(y, [[1, -1, 1.7159]], atol=1e-4)


def test_subsampling_by_hand():
    layer = TrainableSubsampling(1, dtype="float64")
    layer.params = {"W": np.array([0.5]), "b": np.array([1.0])}
    y = layer.forward(np.array([[1.0, 2], [3, 4]]).reshape(1, 2, 2, 1))
    assert y.item() == 0.5 * 10 + 1
    assert layer.backward(np.full((1, 1, 1, 1), 2.0)).ravel().tolist() == [1] * 4
    assert (layer.grads["W"].item(), layer.grads["b"].item()) == (20, 2)


def test_partial_convolution_is_the_full_one_with_zeros():
    rng = np.random.default_rng(0)
    layer, x = partial(rng), rng.normal(size=(2, 4, 5, 3))
    full = Conv2d(3, 4, (3, 2), weight_init="zeros", dtype="float64")
    at = 0
    for k, maps in enumerate(TABLE):
        for c in maps:
            full.params["W"][:, :, c, k] = layer.params["W"][:, :, at]
            at += 1
    full.params["b"][:] = layer.params["b"]
    assert at == layer.params["W"].shape[2]
    np.testing.assert_allclose(layer.forward(x), full.forward(x), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("table", [((0, 0),), ((3,),), ((-1,),)])
def test_bad_tables(table):
    with pytest.raises(ValueError, match="are not maps of 0 to 2"):
        PartialConv2d(3, table, 3)


def test_a_table_that_connects_nothing():
    with pytest.raises(ValueError, match="connects nothing"):
        PartialConv2d(3, ((), ()), 3)


def test_rbf_by_hand():
    layer = RBFOutput(np.array([[1.0, 1], [-1, 1]]))
    assert layer.forward(np.array([[1.0, 3]])).tolist() == [[4, 8]]
    assert layer.backward(np.array([[1.0, 10]])).tolist() == [[2 * 0 + 20 * 2, 2 * 2 + 20 * 2]]


@pytest.mark.parametrize("scale", [0.1, 1, 30])
def test_rbf_loss_gradients(scale):
    y = sample_input((4, 5), 1, scale=scale) + 3 * scale
    check_loss_gradients(RBFLoss(), y, np.array([1, 0, 4, 1]))


def test_rbf_loss_by_hand_and_far_away():
    loss = RBFLoss(j=2.0)
    value = loss.forward(np.array([[1.0, 3]]), np.array([0]))
    assert value == pytest.approx(1 + math.log(math.exp(-2) + math.exp(-1) + math.exp(-3)))
    assert loss.forward(np.full((1, 3), 1e5), np.array([0])) == pytest.approx(1e5 - 2)
    assert loss.backward().tolist() == [[1, 0, 0]]


def test_rbf_loss_complaints():
    with pytest.raises(ValueError, match="must be positive"):
        RBFLoss(0)
    with pytest.raises(ValueError, match="call forward"):
        RBFLoss().backward()


# --- LeNet-5 --------------------------------------------------------------------------------


def test_lenet5_table():
    table = rows(lenet5(), 32, 1)
    check_table(table, LENET5)
    assert totals(table)[0] == 60_000


def test_lenet5_connections():
    table = rows(lenet5(), 32, 1)
    counted = {}
    for name in CONNECTIONS:
        uses = table[name].multiply_adds * (4 if name[0] == "s" else 1)
        counted[name] = uses + math.prod(table[name].shape)
    assert counted == CONNECTIONS


def test_the_table_of_c3():
    assert [len(maps) for maps in C3_TABLE] == [3] * 6 + [4] * 9 + [6]
    assert sum(map(len, C3_TABLE)) == 60
    assert C3_TABLE[4] == (4, 5, 0)
    assert C3_TABLE[9] == (3, 4, 5, 0)
    assert len({frozenset(maps) for maps in C3_TABLE}) == 16
    assert [sum(c in maps for maps in C3_TABLE) for c in range(6)] == [10] * 6


def test_first_values_of_lenet5():
    parameters = lenet5(rng=np.random.default_rng(0)).parameters()
    for name, fan_in in {"c1": 25, "s2": 4, "c5": 400, "f6": 120}.items():
        assert abs(parameters[f"{name}.W"]).max() <= 2.4 / fan_in
    c3 = abs(parameters["c3.W"])
    assert 0.9 * 2.4 / 75 < c3[:, :, :18].max() <= 2.4 / 75
    assert 0.9 * 2.4 / 150 < c3[:, :, 54:].max() <= 2.4 / 150


def test_modern_lenet5():
    net = lenet5("modern")
    table = rows(net, 32, 1)
    assert totals(table)[0] == 61_706
    assert net.forward(np.zeros((2, 32, 32, 1), dtype="float32")).shape == (2, 10)
    assert rows(lenet5("modern", num_classes=3), 32, 1)["fc5"].shape == (3,)


def test_lenet5_learns_ten_patterns():
    rng = np.random.default_rng(0)
    x, labels = rng.normal(size=(10, 32, 32, 1)).astype("float32"), np.arange(10)
    net, loss = lenet5(rng=rng), RBFLoss()
    optimizer, losses = SGD(net, lr=0.002, weight_decay=0), []
    for _ in range(60):
        losses.append(loss.forward(net.forward(x, training=True), labels))
        net.backward(loss.backward())
        optimizer.step()
    assert losses[-1] < 0.3 * losses[0]
    assert (net.predict(x).argmin(axis=1) == labels).all()


def test_digit_bitmaps_are_ten_different_pictures():
    bitmaps = digit_bitmaps()
    assert bitmaps.shape == (10, 84)
    assert set(bitmaps.ravel()) == {-1, 1}
    apart = (bitmaps[:, None] != bitmaps).sum(axis=2)
    assert (apart + np.eye(10) > 0).all()
    assert apart[8, 0] < apart[8, 1]  # what looks alike lies near


def test_bad_lenets():
    with pytest.raises(ValueError, match="unknown variant 'lenet4'"):
        lenet5("lenet4")
    with pytest.raises(ValueError, match="10 digits"):
        lenet5(num_classes=5)


# --- ZFNet and NIN --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "kernel", "stride"), [(224, 7, 2), (110, 3, 2), (55, 3, 2), (32, 3, 2), (10, 4, 3)]
)
def test_ceil_padding(size, kernel, stride):
    top, bottom, left, right = ceil_padding(size, kernel, stride)
    assert (top, left) == (0, 0)
    assert bottom == right < stride
    windows = (size + bottom - kernel) / stride + 1
    assert windows == math.ceil((size - kernel) / stride) + 1


def test_zfnet_table():
    table = rows(zfnet(initialization="zeros"), 224)
    check_table(table, ZFNET)
    assert totals(table) == (62_357_608, 1_168_032_896)
    assert list(table)[:8] == [
        "conv1",
        "relu1",
        "pool1",
        "norm1",
        "conv2",
        "relu2",
        "pool2",
        "norm2",
    ]


@pytest.mark.parametrize(
    ("variant", "parameters", "last"),
    [("imagenet", 7_595_176, (6, 6, 1000)), ("cifar10", 966_986, (8, 8, 10))],
)
def test_nin_tables(variant, parameters, last):
    net = nin(variant, initialization="zeros")
    table = rows(net, {"imagenet": 224, "cifar10": 32}[variant])
    assert totals(table)[0] == parameters
    before_the_mean = list(table.values())[-2]
    assert (before_the_mean.shape, before_the_mean.layer) == (last, "ReLU")
    assert list(table.values())[-1].shape == last[-1:]
    assert not any(isinstance(layer, Linear) for _, layer in net)


def test_nin_sizes_for_imagenet():
    table = rows(nin(initialization="zeros"), 224)
    found = {name: table[name].shape[0] for name in ("conv1", "pool1", "pool2", "pool3", "conv4")}
    assert found == {"conv1": 54, "pool1": 27, "pool2": 13, "pool3": 6, "conv4": 6}


def test_first_values_of_zfnet_and_nin():
    rng = np.random.default_rng(0)
    for net, deviations in (
        (zfnet(5, image_size=70, rng=rng), {"conv1": 0.01, "conv5": 0.01, "fc8": 0.01}),
        (nin("cifar10", rng=rng), {"conv1": 0.05, "cccp4": 0.05}),
        (nin(rng=rng), {"conv1": 0.01, "cccp1": 0.05, "conv3": 0.01, "cccp8": 0.01}),
    ):
        for name, deviation in deviations.items():
            assert net[name].params["W"].std() == pytest.approx(deviation, rel=0.03), name
            assert not net[name].params["b"].any()


def test_zfnet_and_nin_go_forward_and_backward():
    x = np.random.default_rng(0).normal(size=(1, 70, 70, 3)).astype("float32")
    rng = np.random.default_rng(1)
    for net in (
        zfnet(3, image_size=70, initialization="he", rng=rng),
        nin("cifar10", 3, image_size=70, initialization="he", rng=rng),
    ):
        y = net.forward(x, training=True)
        assert y.shape == (1, 3)
        assert net.backward(np.ones_like(y)).shape == x.shape


def test_renormalizing_the_filters():
    conv = Conv2d(2, 3, 2, dtype="float64")
    conv.params["W"][...] = [0.05, 0.1, 0.5]
    net = Sequential([("conv1", conv), ("relu1", ReLU())])
    assert renormalize_filters(net) == 1
    np.testing.assert_allclose(conv.params["W"][0, 0, 0], [0.05, 0.1, 0.1])


@pytest.mark.parametrize("network", [zfnet, nin])
def test_unknown_names(network):
    with pytest.raises(ValueError, match="'source', 'he' or 'zeros'"):
        network(initialization="xavier")
    if network is nin:
        with pytest.raises(ValueError, match="unknown variant 'mnist'"):
            nin("mnist")
