"""The layers: one small file each, forward and backward written out."""

from tinyalex.layers.activations import ReLU, Sigmoid, Tanh
from tinyalex.layers.base import Layer
from tinyalex.layers.conv import Conv2d
from tinyalex.layers.dropout import Dropout
from tinyalex.layers.flatten import Flatten
from tinyalex.layers.linear import Linear
from tinyalex.layers.loss import SoftmaxCrossEntropy
from tinyalex.layers.lrn import LocalResponseNorm, WithinChannelNorm
from tinyalex.layers.pooling import AvgPool2d, GlobalAvgPool2d, MaxPool2d

__all__ = [
    "AvgPool2d",
    "Conv2d",
    "Dropout",
    "Flatten",
    "GlobalAvgPool2d",
    "Layer",
    "Linear",
    "LocalResponseNorm",
    "MaxPool2d",
    "ReLU",
    "Sigmoid",
    "SoftmaxCrossEntropy",
    "Tanh",
    "WithinChannelNorm",
]
