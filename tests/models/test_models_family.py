"""AlexNet's family against its tables: LeNet-5, ZFNet and NIN."""

import math

import numpy as np
import pytest

from tinyalex.layers import Conv2d, Linear, ReLU
from tinyalex.models import (
    Sequential,
    lenet5,
    nin,
    renormalize_filters,
    zfnet,
)
from tinyalex.models.ceil_rule import ceil_padding
from tinyalex.models.lenet import RBFLoss
from tinyalex.models.lenet.digits import digit_bitmaps
from tinyalex.models.lenet.lenet5 import C3_TABLE
from tinyalex.optim import SGD
from tinyalex.summary import summarize

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


def rows(net, size, channels=3):
    return {row.name: row for row in summarize(net, (1, size, size, channels))}


def totals(table):
    table = table.values()
    return sum(row.parameters for row in table), sum(row.multiply_adds for row in table)


def check_table(table, expected):
    found = {n: (table[n].shape, table[n].parameters, table[n].multiply_adds) for n in expected}
    assert found == expected


# --- LeNet-5 --------------------------------------------------------------------------------


def test_lenet5_table():
    table = rows(lenet5(), 32, 1)
    check_table(table, LENET5)
    assert totals(table)[0] == 60_000


# Connections, as the paper counts them: every use of a weight or bias, each pixel of a window.
CONNECTIONS = {
    "c1": 122_304,
    "s2": 5_880,
    "c3": 151_600,
    "s4": 2_000,
    "c5": 48_120,
    "f6": 10_164,
}


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
    with pytest.raises(ValueError, match="10 classes"):
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


@pytest.mark.slow
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
