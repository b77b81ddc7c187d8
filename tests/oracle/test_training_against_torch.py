"""The update rule, the five networks and ten steps of training equal PyTorch's."""

import numpy as np
import pytest

pytest.importorskip("torch", reason="the oracle tests need PyTorch: pip install -e .[oracle]")

import torch
import torch.nn.functional as F
import torch_twins as twins

from tinyalex.kernels import winograd
from tinyalex.layers import (
    Conv2d,
    Dropout,
    Flatten,
    Linear,
    LocalResponseNorm,
    MaxPool2d,
    ReLU,
    SoftmaxCrossEntropy,
)
from tinyalex.models import Sequential, alexnet
from tinyalex.optim import SGD


class Recorded:
    """Parameters whose gradient at each step was drawn beforehand."""

    def __init__(self, seed, steps):
        rng = np.random.default_rng(seed)
        self.shapes = {"fc.W": (4, 3), "fc.b": (3,)}
        self.arrays = {name: rng.normal(size=shape) for name, shape in self.shapes.items()}
        self.slopes = [
            {name: rng.normal(size=shape) for name, shape in self.shapes.items()}
            for _ in range(steps)
        ]
        self.step = 0

    def parameters(self):
        return self.arrays

    def gradients(self):
        return self.slopes[self.step]

    def tensors(self):
        return {name: torch.tensor(array) for name, array in self.arrays.items()}


def optimize(net, optimizer, rates=None):
    for step in range(len(net.slopes)):
        net.step = step
        if rates is not None:
            optimizer.lr, optimizer.bias_lr = rates[step], 2 * rates[step]
        optimizer.step()


def test_constant_rate_equals_torch_sgd(each_backend):
    net = Recorded(seed=0, steps=20)
    tensors = net.tensors()
    groups = [
        {"params": [tensors["fc.W"]], "lr": 0.05, "weight_decay": 5e-3},
        {"params": [tensors["fc.b"]], "lr": 0.1, "weight_decay": 0.0},
    ]
    theirs = torch.optim.SGD(groups, momentum=0.9)
    for slopes in net.slopes:
        for name, tensor in tensors.items():
            tensor.grad = torch.tensor(slopes[name])
        theirs.step()
    optimize(net, SGD(net, lr=0.05, momentum=0.9, weight_decay=5e-3, bias_lr=0.1))
    for name, tensor in tensors.items():
        assert twins.deviation(net.arrays[name], tensor) < 1e-13


def test_changing_rate_equals_the_papers_formula(each_backend):
    """torch.optim.SGD multiplies the whole velocity by the new rate; the paper does not."""
    net = Recorded(seed=1, steps=20)
    tensors = net.tensors()
    velocity = {name: torch.zeros_like(tensor) for name, tensor in tensors.items()}
    rates = [0.1 / (1 + step) for step in range(20)]
    for rate, slopes in zip(rates, net.slopes, strict=True):
        for name, w in tensors.items():
            lr, decay = (rate, 5e-3) if name == "fc.W" else (2 * rate, 0.0)
            gradient = torch.tensor(slopes[name])
            velocity[name] = 0.9 * velocity[name] - decay * lr * w - lr * gradient
            tensors[name] = w + velocity[name]
    optimize(net, SGD(net, momentum=0.9, weight_decay=5e-3), rates)
    for name, tensor in tensors.items():
        assert twins.deviation(net.arrays[name], tensor) < 1e-13


# --- the five networks ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("variant", "size"),
    [("paper", 224), ("original", 224), ("caffe", 227), ("caffenet", 227), ("torchvision", 224)],
)
def test_logits_of_the_variants(variant, size):
    rng = np.random.default_rng(0)
    net = alexnet(variant=variant, initialization="he", rng=rng)
    for name, array in net.parameters().items():
        if name.endswith(".b"):  # zero in this initialization: they would not be compared
            array[...] = rng.uniform(-0.1, 0.1, array.shape)
    twin = twins.build_twin(getattr(twins, variant), net, 1000)
    # Large enough for the response norms to matter.
    x = rng.normal(scale=30, size=(2, size, size, 3)).astype("float32")
    with torch.no_grad():
        expected = twin(twins.nchw(torch.from_numpy(x)))
    assert twins.deviation(net.predict(x), expected) < 1e-4
    count = sum(parameter.numel() for parameter in twin.parameters())
    assert count == sum(array.size for array in net.parameters().values())


# --- ten steps of training ------------------------------------------------------------------

ALGORITHMS = pytest.mark.parametrize("algorithm", ["auto", "winograd"])


def choose(net, algorithm):
    """Has every convolution done this way, whatever the size of the batch."""
    for _, layer in net:
        if isinstance(layer, Conv2d):
            assert winograd.fits(layer.kernel_size, layer.stride, layer.groups)
            layer.algorithm = algorithm


def torch_sgd(twin, lr):
    weights = [p for name, p in twin.named_parameters() if name.endswith("weight")]
    biases = [p for name, p in twin.named_parameters() if name.endswith("bias")]
    groups = [{"params": weights, "weight_decay": 5e-4}, {"params": biases, "lr": 2 * lr}]
    return torch.optim.SGD(groups, lr=lr, momentum=0.9)


def train_both(net, twin, x, labels, lr, steps=10):
    """The losses of both on the same pictures, weights and dropout masks: two lists."""
    optimizer, their_optimizer = SGD(net, lr, bias_lr=2 * lr), torch_sgd(twin, lr)
    loss, ours, theirs = SoftmaxCrossEntropy(), [], []
    tensor = twins.nchw(torch.from_numpy(x)).contiguous()
    for _ in range(steps):
        ours.append(loss.forward(net.forward(x, training=True), labels))
        net.backward(loss.backward(), input_gradient=False)
        optimizer.step()
        twin.drop6.mask, twin.drop7.mask = net["drop6"].mask, net["drop7"].mask
        their_loss = F.cross_entropy(twin(tensor), torch.from_numpy(labels))
        their_optimizer.zero_grad()
        their_loss.backward()
        their_optimizer.step()
        theirs.append(their_loss.item())
    return ours, theirs


def weight_deviation(net, twin):
    """The largest of the weights; biases, which start at zero, are still roundings themselves."""
    found = twins.parameter_deviations(net, twin)
    return max(value for name, value in found.items() if name.endswith(".W"))


@ALGORITHMS
def test_ten_steps_of_the_papers_network_in_float32(algorithm):
    rng = np.random.default_rng(0)
    net = alexnet(10, initialization="he", rng=rng)
    choose(net, algorithm)
    twin = twins.build_twin(twins.paper, net, 10)
    x = rng.normal(size=(8, 224, 224, 3)).astype("float32")
    labels = rng.integers(0, 10, 8)
    before = SoftmaxCrossEntropy().forward(net.predict(x), labels)
    ours, theirs = train_both(net, twin, x, labels, lr=3e-5)
    after = SoftmaxCrossEntropy().forward(net.predict(x), labels)
    deviations = np.abs(np.array(ours) / theirs - 1).max(), weight_deviation(net, twin)
    print(f"losses {ours}; without dropout {before} to {after}; deviations {deviations}")
    np.testing.assert_allclose(ours, theirs, rtol=1e-4)
    assert after < 0.8 * before
    assert weight_deviation(net, twin) < 1e-4


def small_net(rng, classes):
    settings = {"dtype": "float64", "rng": rng, "bias_init": "uniform"}
    return Sequential(
        [
            ("conv1", Conv2d(3, 8, 5, 2, (0, 2, 0, 2), **settings)),
            ("relu1", ReLU()),
            ("norm1", LocalResponseNorm(alpha=0.1)),
            ("pool1", MaxPool2d(3, 2)),
            ("conv2", Conv2d(8, 12, 3, 1, 1, groups=2, **settings)),
            ("relu2", ReLU()),
            ("pool5", MaxPool2d(3, 1)),
            ("flatten", Flatten()),
            ("fc6", Linear(2 * 2 * 12, 20, **settings)),
            ("relu6", ReLU()),
            ("drop6", Dropout(0.5, rng=rng)),
            ("fc7", Linear(20, 20, **settings)),
            ("relu7", ReLU()),
            ("drop7", Dropout(0.5, rng=rng)),
            ("fc8", Linear(20, classes, **settings)),
        ]
    )


@ALGORITHMS
def test_ten_steps_of_a_small_network_in_float64(each_backend, algorithm):
    rng = np.random.default_rng(0)
    net = small_net(rng, classes=5)
    choose(net, algorithm)
    twin = twins.build_twin(twins.small, net, 5)
    x = rng.normal(size=(16, 19, 19, 3))
    ours, theirs = train_both(net, twin, x, rng.integers(0, 5, 16), lr=0.02)
    np.testing.assert_allclose(ours, theirs, rtol=1e-9)
    assert max(twins.parameter_deviations(net, twin).values()) < 1e-9
