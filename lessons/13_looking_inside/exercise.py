"""Lesson 13: looking inside.

The text is README.md. To check your work: python -m tinyalex.check 13
"""

import numpy as np

from tinyalex import layers
from tinyalex.inspection import Field  # Field(top, bottom, left, right)
from tinyalex.models import Sequential

NORMS = (layers.LocalResponseNorm, layers.WithinChannelNorm)
METHODS = ("gradient", "deconvnet", "guided")


def project(net: Sequential, x: np.ndarray, start: np.ndarray, method: str) -> np.ndarray:
    """Projects `start`, a signal at the net's output, back to the input's pixels.

    x: (N, H, W, C). start: has the output's shape, zero except at the chosen unit. Returns
    (N, H, W, C). All three methods use the transposed filters and, for max-pooling, the switches
    (the places of the maxima in the forward pass). They differ in where a ReLU passes the signal:

    gradient   where the forward output is above zero. This is the chain rule: the result is
               ∂(start · y) / ∂x (Simonyan et al. 2013, section 3)
    deconvnet  where the *backward signal* is above zero: the ReLU is applied to the signal
               (Zeiler and Fergus 2013, section 2.1)
    guided     where both are above zero (Springenberg et al. 2014, section 3.4)

    Like its authors, the deconvnet also skips response normalization on the way back.
    """
    if method not in METHODS:
        raise ValueError(f"unknown method {method!r}: choose one of {', '.join(METHODS)}")
    # Given: `for name, layer in net` walks up, net.layers is the list of the pairs (name, layer).
    # 1. Walk up with layer.forward(y, training=False), and keep every layer's output.
    # 2. Walk down with the signal. At a layers.ReLU, apply the method's rule.
    # 3. The deconvnet skips response normalization. Every other layer runs its own backward, which
    #    uses the transposed filters and the switches.
    raise NotImplementedError("task 13.1: project")


def receptive_field(
    net: Sequential, place: tuple[int, int], shape: tuple[int, ...], clip: bool = True
) -> Field:
    """The input pixels that can change the units at `place` in the net's output.

    place: (row, column). shape: the input's (N, H, W, C). Going back layer by layer, rows a … b − 1
    of a layer's output read rows a·stride − top … (b − 1)·stride − top + kernel − 1 of its input.
    clip: cut the field at the edges of every map, excluding padding. Otherwise the field keeps its
    full size and may extend beyond the edge. After a layer that makes vectors (flatten, fc6 …),
    every unit sees the whole picture.
    """
    # Given: layer.output_shape(shape). Convolutions and pooling layers have kernel_size (KH, KW),
    # stride (SH, SW) and padding ((top, bottom), (left, right)); the others look at one place.
    # 1. Walk up and record the shape that every layer reads.
    # 2. Start with the rows (row, row + 1) and the columns (column, column + 1), ends excluded.
    # 3. Walk down. A layer that reads vectors changes nothing; one that reads a map and returns
    #    vectors sees all of the map; any other follows the docstring's rule along each axis.
    # 4. With clip, cut off what is outside the map that the layer reads, at every layer.
    raise NotImplementedError("task 13.2: receptive_field")
