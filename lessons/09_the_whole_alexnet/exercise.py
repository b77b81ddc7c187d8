"""Lesson 09: the whole AlexNet.

The text is README.md. To check your work: python -m tinyalex.check 09
"""

import numpy as np

from tinyalex.models import Sequential

# All layers are in tinyalex.layers. These are the arguments that you need:
# Conv2d(in_channels, out_channels, kernel_size, stride, padding, groups, weight_init=, bias_init=,
# rng=), Linear(in_features, out_features, weight_init=, bias_init=, rng=), LocalResponseNorm(size,
# alpha, beta, k), MaxPool2d(kernel_size, stride), Dropout(p, rng=), ReLU(), Flatten().
# A weight_init of 0.01 draws from a normal distribution with standard deviation 0.01. Padding is a
# number for all sides, or (top, bottom, left, right).


def conv_counts(
    shape: tuple[int, int, int],
    kernels: int,
    size: int,
    stride: int = 1,
    padding: tuple[int, int] = (0, 0),
    groups: int = 1,
) -> tuple[tuple[int, int, int], int, int]:
    """A convolution's output shape (OH, OW, K), parameters with biases, and multiply-adds.

    shape: (H, W, C) of one picture. kernels: how many, of size × size. padding: zeros before and
    after, for rows and columns alike. groups: of input channels, each read by its share of kernels.
    Biases are parameters, but their additions are not counted among the multiply-adds.
    ValueError where groups do not divide C and kernels, or where no window fits.
    """
    # 1. Refuse impossible arguments.
    # 2. Compute the output's height and width.
    # 3. Count one kernel's weights, then all kernels', then the biases.
    # 4. Each weight is used once for each place in the output.
    raise NotImplementedError("task 09.1: conv_counts")


def paper_alexnet(
    num_classes: int = 1000,
    image_size: int = 224,
    hidden: int = 4096,
    rng: np.random.Generator | None = None,
) -> Sequential:
    """AlexNet as in the paper's text, for input (N, image_size, image_size, 3).

    Layers are named as in Caffe, in the paper's order: conv1 relu1 norm1 pool1, the same with 2,
    conv3 relu3, conv4 relu4, conv5 relu5 pool5, flatten, fc6 relu6 drop6, fc7 relu7 drop7, fc8.
    hidden: neurons of fc6 and fc7; fewer make a smaller network for trying things out.
    All pools are 3 × 3 with stride 2; dropout has p = 0.5.
    Weights are drawn from N(0, .01²); biases are 1 in conv2, conv4, conv5, fc6 and fc7, else 0.
    """
    # 1. List the layers up to flatten, each as (name, layer).
    # 2. Get fc6's number of inputs from Sequential(that list).output_shape, for an input of shape
    #    (1, image_size, image_size, 3).
    # 3. List the rest, and return Sequential(all of them).
    raise NotImplementedError("task 09.2: paper_alexnet")
