"""A PyTorch equivalent of one of our networks, built layer by layer."""

from __future__ import annotations

from collections import OrderedDict

import torch
import torch.nn.functional as F
from torch import nn

from tinyalex.layers import (
    Conv2d,
    Dropout,
    Flatten,
    Linear,
    LocalResponseNorm,
    MaxPool2d,
    ReLU,
    WithinChannelNorm,
)
from tinyalex.models import Sequential


def torch_twin(net: Sequential) -> nn.Sequential:
    """The same layers under the same names, for (N, C, H, W), initialized by PyTorch's defaults.

    Padding that PyTorch's layer cannot express becomes a separate layer "<name>_padding".
    Raises ValueError for a layer that has no counterpart here.
    """
    modules: OrderedDict[str, nn.Module] = OrderedDict()
    for name, layer in net:
        (top, bottom), (left, right) = getattr(layer, "padding", ((0, 0), (0, 0)))
        if isinstance(layer, Conv2d) and (top != bottom or left != right):
            modules[f"{name}_padding"] = nn.ZeroPad2d((left, right, top, bottom))
            modules[name] = _conv(layer, padding=0)
        elif isinstance(layer, Conv2d):
            modules[name] = _conv(layer, padding=(top, left))
        else:
            modules[name] = _counterpart(name, layer)
    return nn.Sequential(modules)


def _conv(layer: Conv2d, padding) -> nn.Conv2d:
    return nn.Conv2d(
        layer.in_channels,
        layer.out_channels,
        layer.kernel_size,
        layer.stride,
        padding,
        groups=layer.groups,
    )


def _counterpart(name: str, layer) -> nn.Module:
    if isinstance(layer, Linear):
        return nn.Linear(layer.in_features, layer.out_features)
    if isinstance(layer, ReLU):
        return nn.ReLU(inplace=True)
    if isinstance(layer, Flatten):
        return nn.Flatten()
    if isinstance(layer, Dropout):
        return nn.Dropout(layer.p)
    if isinstance(layer, LocalResponseNorm):
        return GroupedNorm(layer) if layer.groups > 1 else _norm(layer)
    if isinstance(layer, WithinChannelNorm) and layer.size % 2:
        return MapNorm(layer)
    if isinstance(layer, MaxPool2d) and all(a == b for a, b in layer.padding):
        padding = tuple(before for before, _ in layer.padding)
        return nn.MaxPool2d(layer.kernel_size, layer.stride, padding)
    raise ValueError(f"{name}: no PyTorch equivalent is known for this {type(layer).__name__}")


def _norm(layer: LocalResponseNorm) -> nn.LocalResponseNorm:
    """PyTorch divides α by the window's size."""
    return nn.LocalResponseNorm(layer.size, layer.scaled_alpha * layer.size, layer.beta, layer.k)


class GroupedNorm(nn.Module):
    """LRN applied to each group of channels separately."""

    def __init__(self, layer: LocalResponseNorm) -> None:
        super().__init__()
        self.norm, self.groups = _norm(layer), layer.groups

    def forward(self, x):
        return torch.cat([self.norm(part) for part in x.chunk(self.groups, dim=1)], dim=1)


class MapNorm(nn.Module):
    """x / (k + α · mean of x² over a square of the map)^β."""

    def __init__(self, layer: WithinChannelNorm) -> None:
        super().__init__()
        self.size, self.k, self.beta = layer.size, layer.k, layer.beta
        self.alpha = layer.scaled_alpha * layer.size**2

    def forward(self, x):
        mean = F.avg_pool2d(x * x, self.size, stride=1, padding=self.size // 2)
        return x * (self.k + self.alpha * mean) ** -self.beta
