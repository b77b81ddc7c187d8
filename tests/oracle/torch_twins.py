"""PyTorch twins of the layers and networks.

The layers' twins are functions of NHWC tensors and of weights in our layout, so that autograd's
gradients come out in our layout, too. The networks' are `torch.nn` modules written out from the
publications, in PyTorch's own layout, with our weights converted.
"""

from collections import OrderedDict

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from tinyalex.layers import Conv2d, Linear


def nchw(x):
    """A tensor (N, H, W, C) as (N, C, H, W)."""
    return x.permute(0, 3, 1, 2)


def nhwc(x):
    """A tensor (N, C, H, W) as (N, H, W, C)."""
    return x.permute(0, 2, 3, 1)


def deviation(ours, theirs):
    """The largest difference, relative to the largest value of `theirs`."""
    theirs = theirs.detach().numpy() if isinstance(theirs, torch.Tensor) else theirs
    assert ours.shape == theirs.shape
    largest = np.abs(theirs).max(initial=0)
    return float(np.abs(ours - theirs).max(initial=0) / max(largest, 1e-30))


# --- layers ---------------------------------------------------------------------------------


def _pad(layer, x, value=0.0):
    (top, bottom), (left, right) = layer.padding
    return F.pad(nchw(x), (left, right, top, bottom), value=value)


def conv2d(layer, x, W, b):
    # (KH, KW, C/groups, K) as (K, C/groups, KH, KW); PyTorch cannot differentiate a mere view.
    W = W.permute(3, 2, 0, 1).contiguous()
    return nhwc(F.conv2d(_pad(layer, x), W, b, layer.stride, groups=layer.groups))


def max_pool2d(layer, x):
    return nhwc(F.max_pool2d(_pad(layer, x, -torch.inf), layer.kernel_size, layer.stride))


def avg_pool2d(layer, x):
    return nhwc(F.avg_pool2d(_pad(layer, x), layer.kernel_size, layer.stride))


def local_response_norm(layer, x):
    # PyTorch always divides α by the size, and knows no groups.
    alpha = layer.alpha if layer.divide_by_size else layer.alpha * layer.size
    constants = layer.size, alpha, layer.beta, layer.k
    groups = nchw(x).chunk(layer.groups, dim=1)
    return nhwc(torch.cat([F.local_response_norm(group, *constants) for group in groups], dim=1))


def within_channel_norm(layer, x):
    before = layer.size // 2
    after = layer.size - 1 - before
    squares = F.pad(nchw(x) ** 2, (before, after, before, after))
    mean = nhwc(F.avg_pool2d(squares, layer.size, stride=1))
    alpha = layer.alpha if layer.divide_by_size else layer.alpha * layer.size**2
    return x / (layer.k + alpha * mean) ** layer.beta


def linear(layer, x, W, b):
    return F.linear(x, W.T, b)


# --- networks -------------------------------------------------------------------------------


class GivenMask(nn.Module):
    """Dropout with the mask that our layer drew; none at test."""

    def __init__(self):
        super().__init__()
        self.mask = None

    def forward(self, x):
        return x if self.mask is None else x * torch.from_numpy(self.mask)


def _head(classes, features=9216, hidden=4096):
    return [
        ("flatten", nn.Flatten()),
        ("fc6", nn.Linear(features, hidden)),
        ("relu6", nn.ReLU()),
        ("drop6", GivenMask()),
        ("fc7", nn.Linear(hidden, hidden)),
        ("relu7", nn.ReLU()),
        ("drop7", GivenMask()),
        ("fc8", nn.Linear(hidden, classes)),
    ]


def _upper_trunk():
    return [
        ("conv3", nn.Conv2d(256, 384, 3, padding=1)),
        ("relu3", nn.ReLU()),
        ("conv4", nn.Conv2d(384, 384, 3, padding=1, groups=2)),
        ("relu4", nn.ReLU()),
        ("conv5", nn.Conv2d(384, 256, 3, padding=1, groups=2)),
    ]


def paper(classes):
    """The paper's text. PyTorch divides LRN's α by its size: 5e-4 is the paper's 1e-4."""
    return nn.Sequential(
        OrderedDict(
            [
                ("pad1", nn.ZeroPad2d((0, 3, 0, 3))),
                ("conv1", nn.Conv2d(3, 96, 11, 4)),
                ("relu1", nn.ReLU()),
                ("norm1", nn.LocalResponseNorm(5, 5e-4, 0.75, 2.0)),
                ("pool1", nn.MaxPool2d(3, 2)),
                ("conv2", nn.Conv2d(96, 256, 5, padding=2, groups=2)),
                ("relu2", nn.ReLU()),
                ("norm2", nn.LocalResponseNorm(5, 5e-4, 0.75, 2.0)),
                ("pool2", nn.MaxPool2d(3, 2)),
                *_upper_trunk(),
                ("relu5", nn.ReLU()),
                ("pool5", nn.MaxPool2d(3, 2)),
                *_head(classes),
            ]
        )
    )


class ColumnNorm(nn.Module):
    """LRN of each half of the channels on its own, as on the 2012 code's two GPUs."""

    def __init__(self):
        super().__init__()
        self.norm = nn.LocalResponseNorm(5, 1e-4, 0.75, 2.0)

    def forward(self, x):
        first, second = x.chunk(2, dim=1)
        return torch.cat([self.norm(first), self.norm(second)], dim=1)


class MapNorm(nn.Module):
    """The 2012 code's `rnorm`: size 5, scale .001, pow .75."""

    def forward(self, x):
        mean = F.avg_pool2d(x * x, 5, stride=1, padding=2)  # padding counts in the divisor
        return x * (1 + 0.001 * mean) ** -0.75


def original(classes):
    """The code of 2012, layers-145.cfg."""
    return nn.Sequential(
        OrderedDict(
            [
                ("pad1", nn.ZeroPad2d((0, 3, 0, 3))),
                ("conv1", nn.Conv2d(3, 96, 11, 4)),
                ("norm1", ColumnNorm()),
                ("pool1", nn.MaxPool2d(3, 2)),
                ("relu1", nn.ReLU()),
                ("conv2", nn.Conv2d(96, 256, 5, padding=2, groups=2)),
                ("relu2", nn.ReLU()),
                ("norm2", ColumnNorm()),
                ("cnorm2", MapNorm()),
                ("pool2", nn.MaxPool2d(3, 2)),
                *_upper_trunk(),
                ("pool5", nn.MaxPool2d(3, 2)),
                ("relu5", nn.ReLU()),
                *_head(classes),
            ]
        )
    )


def _caffe_trunk(first, second):
    layers = {"pool": lambda: nn.MaxPool2d(3, 2), "norm": lambda: nn.LocalResponseNorm(5, 1e-4)}
    return [
        ("conv1", nn.Conv2d(3, 96, 11, 4)),
        ("relu1", nn.ReLU()),
        (f"{first}1", layers[first]()),
        (f"{second}1", layers[second]()),
        ("conv2", nn.Conv2d(96, 256, 5, padding=2, groups=2)),
        ("relu2", nn.ReLU()),
        (f"{first}2", layers[first]()),
        (f"{second}2", layers[second]()),
        *_upper_trunk(),
        ("relu5", nn.ReLU()),
        ("pool5", nn.MaxPool2d(3, 2)),
    ]


def caffe(classes):
    """BVLC AlexNet."""
    return nn.Sequential(OrderedDict([*_caffe_trunk("norm", "pool"), *_head(classes)]))


def caffe_trunk():
    """BVLC AlexNet up to pool5."""
    return nn.Sequential(OrderedDict(_caffe_trunk("norm", "pool")))


def caffenet(classes):
    """BVLC CaffeNet: pool before LRN."""
    return nn.Sequential(OrderedDict([*_caffe_trunk("pool", "norm"), *_head(classes)]))


def torchvision(classes):
    """torchvision.models.alexnet, whose adaptive pool is the identity at 224."""
    return nn.Sequential(
        OrderedDict(
            [
                ("conv1", nn.Conv2d(3, 64, kernel_size=11, stride=4, padding=2)),
                ("relu1", nn.ReLU()),
                ("pool1", nn.MaxPool2d(kernel_size=3, stride=2)),
                ("conv2", nn.Conv2d(64, 192, kernel_size=5, padding=2)),
                ("relu2", nn.ReLU()),
                ("pool2", nn.MaxPool2d(kernel_size=3, stride=2)),
                ("conv3", nn.Conv2d(192, 384, kernel_size=3, padding=1)),
                ("relu3", nn.ReLU()),
                ("conv4", nn.Conv2d(384, 256, kernel_size=3, padding=1)),
                ("relu4", nn.ReLU()),
                ("conv5", nn.Conv2d(256, 256, kernel_size=3, padding=1)),
                ("relu5", nn.ReLU()),
                ("pool5", nn.MaxPool2d(kernel_size=3, stride=2)),
                ("adapt", nn.AdaptiveAvgPool2d((6, 6))),
                ("flatten", nn.Flatten()),
                ("drop6", GivenMask()),
                ("fc6", nn.Linear(256 * 6 * 6, 4096)),
                ("relu6", nn.ReLU()),
                ("drop7", GivenMask()),
                ("fc7", nn.Linear(4096, 4096)),
                ("relu7", nn.ReLU()),
                ("fc8", nn.Linear(4096, classes)),
            ]
        )
    )


def small(classes):
    """The paper's kinds of layers, each of them small, for pictures of 19 × 19."""
    return nn.Sequential(
        OrderedDict(
            [
                ("pad1", nn.ZeroPad2d((0, 2, 0, 2))),
                ("conv1", nn.Conv2d(3, 8, 5, 2)),
                ("relu1", nn.ReLU()),
                ("norm1", nn.LocalResponseNorm(5, 0.5, 0.75, 2.0)),
                ("pool1", nn.MaxPool2d(3, 2)),
                ("conv2", nn.Conv2d(8, 12, 3, padding=1, groups=2)),
                ("relu2", nn.ReLU()),
                ("pool5", nn.MaxPool2d(3, 1)),
                *_head(classes, features=2 * 2 * 12, hidden=20),
            ]
        )
    )


def build_twin(network, net, *arguments):
    """A network from above with our weights, in their dtype."""
    with torch.device("meta"):  # no time spent on first values
        twin = network(*arguments)
    twin = twin.to_empty(device="cpu")
    if "float64" in {array.dtype.name for array in net.parameters().values()}:
        twin = twin.double()
    for name, layer in net:
        if layer.params:
            W, b = _to_torch_layout(layer, name)
            with torch.no_grad():
                getattr(twin, name).weight.copy_(torch.from_numpy(W))
                getattr(twin, name).bias.copy_(torch.from_numpy(b))
    return twin


def _to_torch_layout(layer, name):
    """W and b as PyTorch keeps them; fc6 reads the map by channels, rows, columns."""
    W, b = layer.params["W"], layer.params["b"]
    if isinstance(layer, Conv2d):
        return np.ascontiguousarray(W.transpose(3, 2, 0, 1)), b
    assert isinstance(layer, Linear)
    if name == "fc6":
        channels = 256 if W.shape[0] == 9216 else 12
        side = round((W.shape[0] // channels) ** 0.5)
        W = W.reshape(side, side, channels, -1).transpose(2, 0, 1, 3).reshape(W.shape)
    return np.ascontiguousarray(W.T), b


def parameter_deviations(net, twin):
    """{"conv1.W": deviation, …} of our parameters from the twin's, in PyTorch's layout."""
    found = {}
    for name, layer in net:
        if layer.params:
            W, b = _to_torch_layout(layer, name)
            found[f"{name}.W"] = deviation(W, getattr(twin, name).weight)
            found[f"{name}.b"] = deviation(b, getattr(twin, name).bias)
    return found
