"""What the arguments and settings of each task may be, as far as situations ask about it.

Arrays, in words:
  dtype   float32 as well as float64
  memory  any order, and views; gaps: views of a vector
  rows    any length of the first axis; many: above 1
  axis    any length of the last
  map     (N, H, W, C), any H and W
  sizes   (H, W, …), any H and W
  values  any numbers; large: any above 0
Numbers: count (1, 2, …), count0 (from 0), pair (of counts), sides (of padding, from 0),
share (0 to 1), step (a share above 0), factor (above 0), number. switch: true or false.
text: one of a few.
"""

from __future__ import annotations

from tinyalex.coursework.mistakes import EXAMPLES

LAYER = "dtype memory rows axis map values"
MATRIX = "dtype memory rows axis values"
WINDOW = {"kernel_size": "pair", "stride": "pair", "padding": "sides"}
CONV = {**WINDOW, "groups": "count", "in_channels": "count", "out_channels": "count"}

# {the task's function, class or method: {argument, or attribute of an object: its kinds}}
DOMAINS: dict[str, dict[str, str]] = {
    "mcculloch_pitts": {
        "excitatory": "memory rows axis",
        "inhibitory": "memory rows axis",
        "threshold": "count0",
    },
    "Perceptron.learn": {"x": "gaps rows values", "label": "number"},
    "Perceptron.fit": {"x": "memory rows axis values", "labels": "gaps", "epochs": "count"},
    "numerical_gradient": {
        "x": "memory rows axis values",
        "dy": "memory values",
        "epsilon": "step",
    },
    "largest_relative_error": {
        "analytic": "memory rows axis values",
        "numeric": "memory values",
        "floor": "step",
    },
    "Linear": {"x": MATRIX, "in_features": "count", "out_features": "count"},
    "Linear.backward": {"dy": MATRIX},
    "SoftmaxCrossEntropy": {"logits": MATRIX},
    "SoftmaxCrossEntropy.forward": {"labels": "gaps"},
    "ReLU": {"x": LAYER},
    "ReLU.backward": {"dy": LAYER},
    "Tanh": {"x": LAYER},
    "Tanh.backward": {"dy": LAYER},
    "im2col": {
        "x": LAYER,
        "kernel": "pair",
        "stride": "pair",
        "padding": "sides",
        "groups": "count",
    },
    "Conv2d": {"x": LAYER, **CONV},
    "Conv2d.backward": {"dy": LAYER},
    "MaxPool2d": {"x": LAYER, **WINDOW},
    "MaxPool2d.backward": {"dy": LAYER},
    "LocalResponseNorm": {
        "x": LAYER,
        "size": "count",
        "groups": "count",
        "alpha": "factor",
        "beta": "factor",
        "k": "factor",
        "divide_by_size": "switch",
    },
    "LocalResponseNorm.backward": {"dy": LAYER},
    "Dropout": {"x": LAYER, "p": "share"},
    "Dropout.forward": {"training": "switch"},
    "Dropout.backward": {"dy": LAYER},
    "conv_counts": {
        "shape": "pair",
        "kernels": "count",
        "size": "count",
        "stride": "count",
        "padding": "sides",
        "groups": "count",
    },
    "paper_alexnet": {"num_classes": "count", "hidden": "count"},
    "random_crop": {"picture": "memory sizes", "size": "count"},
    "random_flip": {"picture": "memory sizes"},
    "colour_noise": {"eigenvectors": "memory", "deviations": "gaps large", "sigma": "share"},
    "ten_crop": {"pictures": "memory rows axis map values", "size": "count"},
    "SGD": {
        "lr": "share",
        "bias_lr": "share",
        "momentum": "share",
        "weight_decay": "share",
    },
    "Plateau": {"error": "share", "patience": "count", "most": "count0", "waited": "count0"},
    "top_k_error": {
        "labels": "gaps rows",
        "scores": "memory axis values",
        "k": "count",
        "ties": "text",
    },
    "average_ranks": {"scores": "gaps rows values"},
    "auc": {"positive": "gaps many", "scores": "gaps values"},
    "project": {"x": "memory rows map values", "start": "memory values", "method": "text"},
    "receptive_field": {"place": "pair", "clip": "switch"},
    "class_means": {
        "features": "memory rows axis values",
        "labels": "gaps",
        "num_classes": "count",
    },
    "nearest_class": {"features": "memory rows axis values", "means": "memory rows values"},
    "linear_probe": {
        "features": "memory rows axis values",
        "labels": "gaps",
        "num_classes": "count",
        "decay": "factor",
    },
    "transform_input": {"d": "memory many axis values"},
    "transform_kernel": {"g": "memory axis values"},
    "winograd_convolve": {"d": "memory many axis values", "g": "memory axis values"},
    "GlobalAvgPool2d": {"x": LAYER},
    "GlobalAvgPool2d.backward": {"dy": MATRIX},
    "conv1x1": {"x": "memory rows axis map values", "W": "memory axis values", "b": "values"},
    "conv1x1_backward": {
        "dy": "memory rows axis map values",
        "x": "memory axis values",
        "W": "memory values",
    },
}

# What check_gradients asks of any layer, beyond the example that it is given.
ASKED: dict[str, dict[str, str]] = {
    name: {"x": "memory far"} for name in EXAMPLES if name != "SoftmaxCrossEntropy"
}
ASKED |= {f"{name}.backward": {"dy": "memory asked"} for name in ASKED}
