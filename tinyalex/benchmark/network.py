"""The network of a case, and how much work each of its layers does."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from tinyalex.benchmark.cases import Case
from tinyalex.models import Sequential, alexnet

FLOAT_BYTES = 4


@dataclass(frozen=True)
class Work:
    """One layer's work for a whole batch.

    multiply_adds: those of the direct sum, however the layer computes it.
    moved_bytes: the minimum that forward and backward together read and write: input and output,
    their gradients, the weights (once for forward, once for dx) and dW.
    """

    name: str
    layer: str
    forward_multiply_adds: int
    backward_multiply_adds: int
    moved_bytes: int
    parameters: int

    @property
    def multiply_adds(self) -> int:
        return self.forward_multiply_adds + self.backward_multiply_adds


def blank_network(case: Case) -> Sequential:
    """The case's layers with zero weights, which take no memory until they are written to.

    The whole network, or only its layers up to pool5 if the case has an image size.
    """
    net = alexnet(1000, case.variant, initialization="zeros")
    if case.image_size is None:
        return net
    names = [name for name, _ in net]
    return Sequential(net.layers[: names.index("flatten")])


def build_network(case: Case, seed: int = 0) -> Sequential:
    """The same network with initialized weights, ready to train."""
    rng = np.random.default_rng(seed)
    if case.image_size is None:
        return alexnet(1000, case.variant, initialization="he", rng=rng)
    trunk = blank_network(case)
    for _, layer in trunk:
        if layer.params:
            W = layer.params["W"]
            W[...] = rng.standard_normal(W.shape, dtype="float32") * np.sqrt(2 / W[..., 0].size)
    return trunk


def check_fits(case: Case) -> None:
    """Raises ValueError if the image is too small for the network."""
    try:
        blank_network(case).output_shape(case.input_shape)
    except ValueError as error:
        size = case.image_size
        raise ValueError(f"--image-sizes {size} is too small for {case.variant}: {error}") from None


def layer_work(net: Sequential, input_shape: tuple[int, ...]) -> list[Work]:
    """Each layer's work. Backward takes two products, dW and dx; the first layer needs no dx."""
    result, shape = [], tuple(input_shape)
    for position, (name, layer) in enumerate(net):
        multiply_adds, output = layer.multiply_adds(shape), layer.output_shape(shape)
        parameters = sum(array.size for array in layer.params.values())
        products = 1 if position == 0 else 2
        moved = 2 * (math.prod(shape) + math.prod(output)) + (1 + products) * parameters
        kind = type(layer).__name__
        result.append(
            Work(
                name, kind, multiply_adds, products * multiply_adds, moved * FLOAT_BYTES, parameters
            )
        )
        shape = output
    return result


def direct_flops(case: Case) -> int:
    """Floating-point operations in a step: two per multiply-add of the direct convolution."""
    work = layer_work(blank_network(case), case.input_shape)
    if case.mode == "infer":
        return 2 * sum(row.forward_multiply_adds for row in work)
    return 2 * sum(row.multiply_adds for row in work)
