"""Every layer in several geometries, float64 and tiny: what gradient checks are run on.

Between them: windows that overlap and that leave gaps, padding on unequal sides, strides above 1,
groups, maps that are not square and that do not divide evenly, N, C and K above 1; Winograd's
tiles, of 5 × 5 outputs of 3 × 3 kernels and of 4 × 4 outputs of 5 × 5 ones, more than one of them.
"""

from typing import NamedTuple

from tinyalex import layers as L


class Case(NamedTuple):
    layer: type
    arguments: dict
    shape: tuple[int, ...]
    training: bool = False

    def build(self, rng):
        random = {"rng": rng} if self.layer in (L.Conv2d, L.Linear, L.Dropout) else {}
        if self.layer in (L.Conv2d, L.Linear):
            random |= {"dtype": "float64", "bias_init": "uniform"}
        return self.layer(**self.arguments, **random)


def conv(channels, kernels, size, **arguments):
    sizes = {"in_channels": channels, "out_channels": kernels, "kernel_size": size}
    return L.Conv2d, {**sizes, **arguments}


def pool(layer, kernel_size, stride, padding=0):
    return layer, {"kernel_size": kernel_size, "stride": stride, "padding": padding}


CASES = {
    "conv 3x3, padded": Case(*conv(2, 3, 3, padding=1), (2, 3, 4, 2)),
    "conv 3x2, strides, unequal padding": Case(
        *conv(2, 3, (3, 2), stride=(2, 1), padding=(1, 0, 0, 1)), (2, 5, 3, 2)
    ),
    "conv in two groups, strided": Case(
        *conv(4, 6, (3, 2), stride=2, padding=(1, 0), groups=2), (2, 4, 3, 4)
    ),
    "conv, one group a channel": Case(*conv(3, 3, 2, groups=3), (2, 3, 4, 3)),
    "conv, remainder left out": Case(*conv(2, 2, 3, stride=2), (2, 6, 4, 2)),
    "conv 1x1, gaps": Case(*conv(3, 2, 1, stride=2), (2, 3, 4, 3)),
    "conv 3x3, winograd": Case(*conv(2, 3, 3, padding=1, algorithm="winograd"), (2, 6, 2, 2)),
    "conv 5x5 in two groups, winograd": Case(
        *conv(2, 2, 5, padding=(2, 2, 1, 2), groups=2, algorithm="winograd"), (2, 5, 3, 2)
    ),
    "conv 5x5 by 2, remainder, winograd": Case(
        *conv(1, 2, 5, stride=2, padding=(1, 0, 1, 2), algorithm="winograd"), (2, 5, 5, 1)
    ),
    "linear": Case(L.Linear, {"in_features": 5, "out_features": 3}, (4, 5)),
    "relu": Case(L.ReLU, {}, (2, 3, 2, 3)),
    "relu of vectors": Case(L.ReLU, {}, (3, 7)),
    "tanh": Case(L.Tanh, {}, (2, 3, 2, 3)),
    "sigmoid": Case(L.Sigmoid, {}, (2, 3, 2, 3)),
    "flatten": Case(L.Flatten, {}, (2, 3, 2, 4)),
    "dropout in training": Case(L.Dropout, {"p": 0.4}, (3, 8), training=True),
    "dropout at test": Case(L.Dropout, {"p": 0.4}, (3, 8)),
    "lrn of the paper": Case(L.LocalResponseNorm, {}, (2, 2, 3, 7)),
    "lrn of Caffe": Case(L.LocalResponseNorm, {"k": 1.0, "divide_by_size": True}, (2, 2, 2, 6)),
    "lrn, even size, strong": Case(L.LocalResponseNorm, {"size": 4, "alpha": 0.1}, (2, 2, 2, 6)),
    "lrn, other beta, few channels": Case(
        L.LocalResponseNorm, {"size": 5, "alpha": 0.5, "beta": 0.5, "k": 1.0}, (2, 2, 3, 2)
    ),
    "lrn in two groups": Case(
        L.LocalResponseNorm, {"size": 3, "alpha": 0.1, "groups": 2}, (2, 2, 2, 6)
    ),
    "within-channel norm": Case(L.WithinChannelNorm, {"size": 3, "alpha": 0.5}, (2, 4, 3, 2)),
    "max-pool 3x3 by 2": Case(*pool(L.MaxPool2d, 3, 2), (2, 5, 7, 2)),
    "max-pool 3x3 by 2, padded, remainder": Case(*pool(L.MaxPool2d, 3, 2, 1), (2, 6, 4, 2)),
    "max-pool 3x2 by 1x3": Case(*pool(L.MaxPool2d, (3, 2), (1, 3), (1, 0, 0, 1)), (2, 4, 6, 2)),
    "avg-pool 3x3 by 2": Case(*pool(L.AvgPool2d, 3, 2), (2, 5, 4, 2)),
    "avg-pool 3x2 by 1x3, padded": Case(
        *pool(L.AvgPool2d, (3, 2), (1, 3), (1, 0, 0, 1)), (2, 3, 6, 2)
    ),
    "global avg-pool": Case(L.GlobalAvgPool2d, {}, (2, 3, 4, 3)),
}
