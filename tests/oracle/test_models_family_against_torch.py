"""The layers of LeNet-5, and LeNet-5, ZFNet and NIN as networks, equal PyTorch's."""

import numpy as np
import pytest

pytest.importorskip("torch", reason="the oracle tests need PyTorch: pip install -e .[oracle]")

import torch
import torch.nn.functional as F
import torch_twins as twins

from tinyalex.coursework.lesson_00.neurons import mlp
from tinyalex.models import lenet5, nin, zfnet
from tinyalex.models.lenet import (
    PartialConv2d,
    RBFLoss,
    RBFOutput,
    ScaledTanh,
    TrainableSubsampling,
)
from tinyalex.models.lenet.digits import digit_bitmaps

TOLERANCE = 1e-10
rng = np.random.default_rng


def scaled_tanh(x):
    return 1.7159 * torch.tanh(2 / 3 * x)


def subsampling(x, W, b, size=2, stride=2):
    sums = F.avg_pool2d(x, size, stride, divisor_override=1)
    return sums * W[:, None, None] + b[:, None, None]


def partial_conv(x, W, b, table):
    """A convolution for each output map, of the maps that it reads."""
    maps, at = [], 0
    for k, reads in enumerate(table):
        kernels = W[:, :, at : at + len(reads)].permute(2, 0, 1)[None]
        maps.append(F.conv2d(x[:, list(reads)], kernels, b[k : k + 1]))
        at += len(reads)
    return torch.cat(maps, dim=1)


def compare(ours, theirs, x, tensors=()):
    """y, dx and the gradients. theirs: of x, with PyTorch's axes, and of the tensors."""
    point = torch.tensor(x, requires_grad=True)
    expected = theirs(point, *tensors)
    dy = rng(7).normal(size=tuple(expected.shape))
    gradients = torch.autograd.grad(expected, [point, *tensors], torch.tensor(dy))
    assert twins.deviation(ours.forward(x, training=False), expected) < TOLERANCE
    assert twins.deviation(ours.backward(dy), gradients[0]) < TOLERANCE
    return gradients[1:]


def tensors_of(params):
    return [torch.tensor(array, requires_grad=True) for array in params.values()]


def compare_layer(layer, theirs, x):
    gradients = compare(layer, theirs, x, tensors_of(layer.params))
    for ours, gradient in zip(layer.grads.values(), gradients, strict=True):
        assert twins.deviation(ours, gradient) < TOLERANCE


def on_maps(function):
    return lambda x, *rest: twins.nhwc(function(twins.nchw(x), *rest))


def test_scaled_tanh(each_backend):
    compare_layer(ScaledTanh(), scaled_tanh, rng(0).normal(scale=3, size=(2, 3, 4, 5)))


@pytest.mark.parametrize(("size", "stride"), [(2, 2), (3, 2)])
def test_subsampling(each_backend, size, stride):
    layer = TrainableSubsampling(3, size, stride, bias_init="uniform", rng=rng(0), dtype="float64")
    twin = on_maps(lambda x, W, b: subsampling(x, W, b, size, stride))
    compare_layer(layer, twin, rng(1).normal(size=(2, 6, 7, 3)))


def test_partial_convolution(each_backend):
    table = ((0, 2), (1,), (0, 1, 2), (2, 1))
    layer = PartialConv2d(3, table, (3, 2), bias_init="uniform", rng=rng(0), dtype="float64")
    twin = on_maps(lambda x, W, b: partial_conv(x, W, b, table))
    compare_layer(layer, twin, rng(1).normal(size=(2, 6, 5, 3)))


def test_rbf_output_is_a_squared_distance(each_backend):
    centers = rng(0).normal(size=(4, 6))
    twin = torch.tensor(centers)
    compare_layer(
        RBFOutput(centers), lambda x: torch.cdist(x, twin) ** 2, rng(1).normal(size=(5, 6))
    )


@pytest.mark.parametrize("scale", [1, 200])
def test_rbf_loss(scale):
    y, labels = rng(0).uniform(0, scale, (5, 4)), np.array([0, 3, 1, 1, 2])
    point = torch.tensor(y, requires_grad=True)
    none = torch.full((5, 1), -1.5, dtype=torch.float64)
    terms = point[torch.arange(5), labels] + torch.logsumexp(torch.cat([-point, none], 1), 1)
    terms.mean().backward()
    loss = RBFLoss(j=1.5)
    assert loss.forward(y, labels) == pytest.approx(terms.mean().item(), rel=1e-12)
    assert twins.deviation(loss.backward(), point.grad) < TOLERANCE


def published_lenet5(net):
    """The paper's LeNet-5 in PyTorch, with the weights of ours."""
    own = {name: torch.tensor(array) for name, array in net.parameters().items()}
    table = net["c3"].table

    def conv(x, name):
        return F.conv2d(x, own[f"{name}.W"].permute(3, 2, 0, 1), own[f"{name}.b"])

    def forward(x):
        x = scaled_tanh(conv(twins.nchw(x), "c1"))
        x = scaled_tanh(subsampling(x, own["s2.W"], own["s2.b"]))
        x = scaled_tanh(partial_conv(x, own["c3.W"], own["c3.b"], table))
        x = scaled_tanh(subsampling(x, own["s4.W"], own["s4.b"]))
        x = scaled_tanh(conv(x, "c5")).flatten(1)
        x = scaled_tanh(x @ own["f6.W"] + own["f6.b"])
        return ((x[:, None] - torch.tensor(digit_bitmaps())) ** 2).sum(dim=2)

    return forward


def test_lenet5_as_published():
    net = lenet5(rng=rng(0), dtype="float64")
    compare(net, published_lenet5(net), rng(1).normal(size=(2, 32, 32, 1)))


def layer_by_layer(net, special):
    """A network of Conv2d, Linear and `special` layers (by name, on NCHW) in PyTorch."""

    def forward(x):
        x = twins.nchw(x) if x.ndim == 4 else x
        for name, layer in net:
            own = [torch.tensor(array) for array in layer.params.values()]
            kind = type(layer).__name__
            if kind == "Conv2d":
                x = twins.nchw(twins.conv2d(layer, twins.nhwc(x), *own))
            elif kind == "Linear":
                x = twins.linear(layer, x, *own)
            elif kind == "Flatten":
                x = twins.nhwc(x).flatten(1)
            elif kind != "Dropout":
                x = special[kind](x)
            assert x.shape[0] == 2, name
        return x

    return forward


# Pooling that PyTorch itself rounds up, and the paper's LRN (PyTorch divides α by the size).
SPECIAL = {
    "ReLU": torch.relu,
    "Tanh": torch.tanh,
    "MaxPool2d": lambda x: F.max_pool2d(x, 3, 2, ceil_mode=True),
    "LocalResponseNorm": lambda x: F.local_response_norm(x, 5, alpha=5e-4, beta=0.75, k=2.0),
    "GlobalAvgPool2d": lambda x: x.mean(dim=(2, 3)),
}


def test_modern_lenet5():
    net = lenet5("modern", rng=rng(0), dtype="float64")
    pools = {**SPECIAL, "MaxPool2d": lambda x: F.max_pool2d(x, 2)}
    compare(net, layer_by_layer(net, pools), rng(1).normal(size=(2, 32, 32, 1)))


HE = {"initialization": "he", "dtype": "float64"}


@pytest.mark.parametrize(
    ("network", "size", "arguments"),
    [
        (zfnet, 74, {"num_classes": 5, "image_size": 74}),
        (nin, 32, {"variant": "cifar10"}),
        (nin, 72, {"num_classes": 7, "image_size": 72}),
    ],
    ids=["zfnet", "nin cifar10", "nin imagenet"],
)
def test_networks_whose_sizes_are_rounded_up(network, size, arguments):
    net = network(**arguments, **HE, rng=rng(0))
    compare(net, layer_by_layer(net, SPECIAL), rng(1).normal(size=(2, size, size, 3)))


def test_mlp():
    net = mlp((4, 6, 5, 3), rng=rng(0), dtype="float64")
    compare(net, layer_by_layer(net, SPECIAL), rng(1).normal(size=(2, 4)))
