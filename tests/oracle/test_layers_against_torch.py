"""Every layer equals PyTorch, forward and backward, over geometries drawn by hypothesis."""

import numpy as np
import pytest

pytest.importorskip("torch", reason="the oracle tests need PyTorch: pip install -e .[oracle]")

import torch
import torch.nn.functional as F
import torch_twins as twins
from geometries import drawn, geometries, norms, seeds, winograd_geometries
from hypothesis import given, settings
from hypothesis import strategies as st

from tinyalex import backend, use_backend
from tinyalex.layers import (
    AvgPool2d,
    Conv2d,
    Dropout,
    Flatten,
    GlobalAvgPool2d,
    Linear,
    LocalResponseNorm,
    MaxPool2d,
    ReLU,
    Sigmoid,
    SoftmaxCrossEntropy,
    Tanh,
    WithinChannelNorm,
)

TOLERANCE = 1e-10
many = settings(drawn, max_examples=60)
some = settings(drawn, max_examples=15)


@pytest.fixture(autouse=True)
def _restore_backend():
    before = backend.current_backend()
    yield
    use_backend(before)


def compare(layer, twin, x, seed=0, training=False):
    """y, dx and the parameters' gradients equal PyTorch's, with the kernels of both backends.

    twin: a function of the layer, of x and of the layer's parameters, as tensors in our layout.
    """
    tensors = [torch.tensor(array) for array in (x, *layer.params.values())]
    for tensor in tensors:
        tensor.requires_grad_()
    expected = twin(layer, *tensors)
    dy = np.random.default_rng(seed).normal(size=tuple(expected.shape))
    gradients = torch.autograd.grad(expected, tensors, torch.tensor(dy), materialize_grads=True)
    for name in ("numba", "numpy"):
        use_backend(name)
        y = layer.forward(x, training=training)
        dx = layer.backward(dy)
        ours = [y, dx, *layer.grads.values()]
        for array, tensor in zip(ours, [expected, *gradients], strict=True):
            assert twins.deviation(array, tensor) < TOLERANCE


def compare_conv2d(geometry, kernels, algorithm):
    layer = Conv2d(
        geometry.shape[3],
        geometry.groups * kernels,
        geometry.kernel,
        geometry.stride,
        geometry.padding_argument,
        geometry.groups,
        algorithm=algorithm,
        bias_init="uniform",
        rng=np.random.default_rng(geometry.seed),
        dtype="float64",
    )
    compare(layer, twins.conv2d, geometry.array(), geometry.seed)


@many
@given(geometries(), st.integers(1, 3))
def test_conv2d(geometry, kernels):
    compare_conv2d(geometry, kernels, "im2col")


@many
@given(winograd_geometries(), st.integers(1, 3))
def test_conv2d_by_winograd(geometry, kernels):
    compare_conv2d(geometry, kernels, "winograd")


@many
@given(geometries(pooling=True))
def test_max_pool2d(geometry):
    layer = MaxPool2d(geometry.kernel, geometry.stride, geometry.padding_argument)
    compare(layer, twins.max_pool2d, geometry.array(), geometry.seed)


@many
@given(geometries(pooling=True))
def test_avg_pool2d(geometry):
    layer = AvgPool2d(geometry.kernel, geometry.stride, geometry.padding_argument)
    compare(layer, twins.avg_pool2d, geometry.array(), geometry.seed)


@many
@given(norms(), st.booleans())
def test_local_response_norm(norm, divide_by_size):
    constants = norm.size, norm.alpha, norm.beta, norm.k, divide_by_size
    layer = LocalResponseNorm(*constants, groups=norm.groups)
    compare(layer, twins.local_response_norm, norm.array(), norm.seed)


@pytest.mark.parametrize(
    "layer",
    [
        LocalResponseNorm(),
        LocalResponseNorm(divide_by_size=True),
        LocalResponseNorm(k=1.0, divide_by_size=True),
        LocalResponseNorm(divide_by_size=True, groups=2),
    ],
    ids=["paper", "cuda-convnet", "Caffe", "two columns"],
)
def test_local_response_norm_as_published_on_large_values(layer):
    x = np.random.default_rng(0).normal(scale=300, size=(2, 3, 3, 96))
    compare(layer, twins.local_response_norm, x)


@many
@given(norms(), st.booleans())
def test_within_channel_norm(norm, divide_by_size):
    layer = WithinChannelNorm(norm.size, norm.alpha, norm.beta, norm.k, divide_by_size)
    compare(layer, twins.within_channel_norm, norm.array(), norm.seed)


@some
@given(seeds, st.integers(1, 5), st.integers(1, 9), st.integers(1, 9))
def test_linear(seed, pictures, in_features, out_features):
    rng = np.random.default_rng(seed)
    layer = Linear(in_features, out_features, bias_init="uniform", rng=rng, dtype="float64")
    compare(layer, twins.linear, rng.normal(size=(pictures, in_features)), seed)


@pytest.mark.parametrize(
    ("layer", "twin"),
    [(ReLU(), torch.relu), (Tanh(), torch.tanh), (Sigmoid(), torch.sigmoid)],
    ids=["relu", "tanh", "sigmoid"],
)
@pytest.mark.parametrize("shape", [(2, 3, 4, 5), (6, 7)])
def test_activations(layer, twin, shape):
    x = np.random.default_rng(0).normal(scale=3, size=shape)
    compare(layer, lambda layer, x: twin(x), x)


def test_flatten_differs_from_torch_only_in_the_order():
    layer = Flatten()

    def twin(layer, x):
        rows = torch.flatten(twins.nchw(x), 1)  # C, H, W
        return rows.reshape(2, 5, 3, 4).permute(0, 2, 3, 1).reshape(2, -1)

    compare(layer, twin, np.random.default_rng(0).normal(size=(2, 3, 4, 5)))


def test_global_avg_pool2d():
    x = np.random.default_rng(0).normal(size=(2, 3, 4, 5))
    compare(
        GlobalAvgPool2d(),
        lambda layer, x: F.adaptive_avg_pool2d(twins.nchw(x), 1).flatten(1),
        x,
    )


@pytest.mark.parametrize("p", [0.2, 0.5])
def test_dropout_with_the_same_mask(p):
    layer = Dropout(p, rng=np.random.default_rng(0))
    x = np.random.default_rng(1).normal(size=(4, 30))
    dy = np.random.default_rng(2).normal(size=x.shape)
    y = layer.forward(x, training=True)
    tensor = torch.tensor(x, requires_grad=True)
    expected = tensor * torch.tensor(layer.mask)
    expected.backward(torch.tensor(dy))
    assert twins.deviation(y, expected) < TOLERANCE
    assert twins.deviation(layer.backward(dy), tensor.grad) < TOLERANCE


@some
@given(seeds, st.integers(1, 6), st.integers(1, 9), st.sampled_from([0.1, 1.0, 50.0]))
def test_softmax_cross_entropy(seed, pictures, classes, scale):
    rng = np.random.default_rng(seed)
    logits = rng.normal(scale=scale, size=(pictures, classes))
    labels = rng.integers(0, classes, pictures)
    tensor = torch.tensor(logits, requires_grad=True)
    expected = F.cross_entropy(tensor, torch.tensor(labels))
    expected.backward()
    loss = SoftmaxCrossEntropy()
    assert loss.forward(logits, labels) == pytest.approx(expected.item(), rel=1e-12, abs=1e-12)
    assert twins.deviation(loss.probabilities, torch.softmax(tensor, 1)) < TOLERANCE
    # Where a label is certain both gradients are roundings of 0: compare with the size of 1 / N.
    difference = np.abs(loss.backward() - tensor.grad.numpy()).max()
    assert difference < TOLERANCE / pictures
