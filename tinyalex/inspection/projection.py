"""Projects a unit back to the pixels: gradient, deconvnet and guided backpropagation."""

from __future__ import annotations

import numpy as np

from tinyalex import backend
from tinyalex.inspection.activations import output, peaks
from tinyalex.layers import LocalResponseNorm, ReLU, WithinChannelNorm
from tinyalex.models import Sequential

# How a signal dy passes backward through y = max(x, 0).
RELU_RULES = {
    "gradient": lambda dy, y: dy * (y > 0),
    "deconvnet": lambda dy, y: dy * (dy > 0),
    "guided": lambda dy, y: dy * (dy > 0) * (y > 0),
}


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
    if method not in RELU_RULES:
        raise ValueError(f"unknown method {method!r}: choose one of {', '.join(RELU_RULES)}")
    rule, norms = RELU_RULES[method], (LocalResponseNorm, WithinChannelNorm)
    y, dy = backend.from_numpy(x), backend.from_numpy(start)
    outputs = []
    for _, layer in net:
        y = layer.forward(y, training=False)
        outputs.append(y)
    for (_, layer), y in zip(reversed(net.layers), reversed(outputs), strict=True):
        if isinstance(layer, ReLU):
            dy = rule(dy, y)
        elif not (method == "deconvnet" and isinstance(layer, norms)):
            dy = layer.backward(dy)
        if hasattr(layer, "forget"):
            layer.forget()
    return backend.to_numpy(dy)


def start_at(y: np.ndarray, unit: int, whole_map: bool = False) -> np.ndarray:
    """The signal that selects a unit: zeros like y, with a 1 where the unit's map is largest.

    y: (N, H, W, K) or (N, K), the net's output. whole_map: use all of the unit's values instead.
    Every method is proportional to the signal, so the 1 gives the same picture as the map's largest
    value, which Zeiler and Fergus use.
    """
    start = np.zeros_like(y)
    if whole_map:
        start[..., unit] = y[..., unit]
    elif y.ndim == 2:
        start[:, unit] = 1
    else:
        rows, columns = peaks(y)[1][:, unit].T
        start[np.arange(len(y)), rows, columns, unit] = 1
    return start


def saliency(net: Sequential, x: np.ndarray, unit: int) -> np.ndarray:
    """max_c |∂ y_unit / ∂ x_c|: how much each pixel matters to a class's logit.

    x: (N, H, W, 3). Returns (N, H, W). Simonyan et al. 2013, section 3.1.
    """
    start = start_at(output(net, x), unit)
    return np.abs(project(net, x, start, "gradient")).max(axis=-1)
