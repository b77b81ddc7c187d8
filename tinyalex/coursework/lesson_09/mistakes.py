"""Lesson 09: wrong counts and networks. Each docstring is what the student reads."""

from __future__ import annotations

from tinyalex.coursework.lesson_09.solution import conv_counts
from tinyalex.coursework.mistakes.mistake import mistake
from tinyalex.layers import (
    Conv2d,
    Dropout,
    Flatten,
    Linear,
    LocalResponseNorm,
    MaxPool2d,
    ReLU,
)
from tinyalex.models import Sequential

ORDER = """conv1 relu1 norm1 pool1 conv2 relu2 norm2 pool2 conv3 relu3 conv4 relu4 conv5 relu5 pool5
    flatten fc6 relu6 drop6 fc7 relu7 drop7 fc8"""
SIZES, STRIDES = (11, 5, 3, 3, 3), (4, 1, 1, 1, 1)


@mistake("09-counts_without_groups", of="conv_counts")
def counts_without_groups(shape, kernels, size, stride=1, padding=(0, 0), groups=1):
    """each kernel is counted as reading all channels; with groups it reads C / groups of them."""
    conv_counts(shape, kernels, size, stride, padding, groups)
    return conv_counts(shape, kernels, size, stride, padding)


@mistake("09-counts_groups_twice", of="conv_counts")
def counts_groups_twice(shape, kernels, size, stride=1, padding=(0, 0), groups=1):
    """the weights are divided by groups twice: each group has K / groups kernels, but there are K
    kernels in all."""
    output, parameters, adds = conv_counts(shape, kernels, size, stride, padding, groups)
    return output, (parameters - kernels) // groups + kernels, adds // groups


@mistake("09-counts_without_biases", of="conv_counts")
def counts_without_biases(shape, kernels, size, stride=1, padding=(0, 0), groups=1):
    """the parameters lack the biases, one per kernel."""
    output, parameters, adds = conv_counts(shape, kernels, size, stride, padding, groups)
    return output, parameters - kernels, adds


@mistake("09-counts_bias_additions", of="conv_counts")
def counts_bias_additions(shape, kernels, size, stride=1, padding=(0, 0), groups=1):
    """the multiply-adds include the additions of the biases; they should not."""
    (OH, OW, K), parameters, adds = conv_counts(shape, kernels, size, stride, padding, groups)
    return (OH, OW, K), parameters, adds + OH * OW * K


@mistake("09-counts_rounds_up", of="conv_counts")
def counts_rounds_up(shape, kernels, size, stride=1, padding=(0, 0), groups=1):
    """the output size is rounded up; only whole windows count, so round down."""
    conv_counts(shape, kernels, size, stride, padding, groups)
    H, W, C = shape
    OH, OW = (-(-(n + sum(padding) - size) // stride) + 1 for n in (H, W))
    weights = size * size * (C // groups) * kernels
    return (OH, OW, kernels), weights + kernels, OH * OW * weights


@mistake("09-counts_one_window_less", of="conv_counts")
def counts_one_window_less(shape, kernels, size, stride=1, padding=(0, 0), groups=1):
    """the output size lacks the + 1 for the first window."""
    (OH, OW, K), parameters, _ = conv_counts(shape, kernels, size, stride, padding, groups)
    return (OH - 1, OW - 1, K), parameters, (OH - 1) * (OW - 1) * (parameters - K)


@mistake("09-counts_input_places", of="conv_counts")
def counts_input_places(shape, kernels, size, stride=1, padding=(0, 0), groups=1):
    """the weights are multiplied by the input's H · W; each is used once per output position."""
    output, parameters, _ = conv_counts(shape, kernels, size, stride, padding, groups)
    return output, parameters, shape[0] * shape[1] * (parameters - kernels)


@mistake("09-counts_padding_twice", of="conv_counts")
def counts_padding_twice(shape, kernels, size, stride=1, padding=(0, 0), groups=1):
    """the padding before is counted twice and the padding after is ignored."""
    return conv_counts(shape, kernels, size, stride, (padding[0], padding[0]), groups)


@mistake("09-counts_operations", of="conv_counts")
def counts_operations(shape, kernels, size, stride=1, padding=(0, 0), groups=1):
    """multiplications and additions are counted separately; a multiply-add counts once."""
    output, parameters, adds = conv_counts(shape, kernels, size, stride, padding, groups)
    return output, parameters, 2 * adds


@mistake("09-net_without_padding", of="paper_alexnet")
def net_without_padding(num_classes=1000, image_size=224, hidden=4096, rng=None):
    """conv1 has no padding, so its map is 54 × 54 for a 224 input; it should be 55 × 55."""
    return _net(num_classes, image_size, hidden, rng, padding=(0, 2, 1, 1, 1))


@mistake("09-net_padding_2", of="paper_alexnet")
def net_padding_2(num_classes=1000, image_size=224, hidden=4096, rng=None):
    """conv1 is padded by 2 on all sides, as in torchvision; pad by 3 at the right and bottom."""
    return _net(num_classes, image_size, hidden, rng, padding=(2, 2, 1, 1, 1))


@mistake("09-net_one_column", of="paper_alexnet")
def net_one_column(num_classes=1000, image_size=224, hidden=4096, rng=None):
    """there are no groups; conv2, conv4 and conv5 read only the maps on their own GPU."""
    return _net(num_classes, image_size, hidden, rng, groups=(1, 1, 1, 1, 1))


@mistake("09-net_conv3_grouped", of="paper_alexnet")
def net_conv3_grouped(num_classes=1000, image_size=224, hidden=4096, rng=None):
    """conv3 has groups too; it is the one convolution in which each GPU reads all maps."""
    return _net(num_classes, image_size, hidden, rng, groups=(1, 2, 2, 2, 2))


@mistake("09-net_conv5_one_group", of="paper_alexnet")
def net_conv5_one_group(num_classes=1000, image_size=224, hidden=4096, rng=None):
    """conv5 has no groups; like conv2 and conv4 it reads only the maps on its own GPU."""
    return _net(num_classes, image_size, hidden, rng, groups=(1, 2, 1, 2, 1))


@mistake("09-net_pool_first", of="paper_alexnet")
def net_pool_first(num_classes=1000, image_size=224, hidden=4096, rng=None):
    """pooling comes before normalization, as in CaffeNet; the paper normalizes first."""
    order = ORDER.replace("norm1 pool1", "pool1 norm1").replace("norm2 pool2", "pool2 norm2")
    return _net(num_classes, image_size, hidden, rng, order=order)


@mistake("09-net_norm_before_relu", of="paper_alexnet")
def net_norm_before_relu(num_classes=1000, image_size=224, hidden=4096, rng=None):
    """normalization comes before the ReLU; in the paper's text the ReLU comes first."""
    order = ORDER.replace("relu1 norm1", "norm1 relu1").replace("relu2 norm2", "norm2 relu2")
    return _net(num_classes, image_size, hidden, rng, order=order)


@mistake("09-net_dropout_first", of="paper_alexnet")
def net_dropout_first(num_classes=1000, image_size=224, hidden=4096, rng=None):
    """dropout comes before fc6 and fc7, as in torchvision; it belongs after them."""
    order = ORDER.replace("fc6 relu6 drop6", "drop6 fc6 relu6")
    order = order.replace("fc7 relu7 drop7", "drop7 fc7 relu7")
    return _net(num_classes, image_size, hidden, rng, order=order)


@mistake("09-net_relu_everywhere", of="paper_alexnet")
def net_relu_everywhere(num_classes=1000, image_size=224, hidden=4096, rng=None):
    """there is an extra ReLU after fc8; the softmax needs negative numbers too."""
    return _net(num_classes, image_size, hidden, rng, order=ORDER + " relu8")


@mistake("09-net_no_overlap", of="paper_alexnet")
def net_no_overlap(num_classes=1000, image_size=224, hidden=4096, rng=None):
    """the pooling windows are 2 × 2; the paper's are 3 × 3 with stride 2."""
    return _net(num_classes, image_size, hidden, rng, pool=(2, 2))


@mistake("09-net_alpha_divided", of="paper_alexnet")
def net_alpha_divided(num_classes=1000, image_size=224, hidden=4096, rng=None):
    """α is divided by 5, as in Caffe; the paper's formula does not divide."""
    return _net(num_classes, image_size, hidden, rng, norm={"divide_by_size": True})


@mistake("09-net_k_1", of="paper_alexnet")
def net_k_1(num_classes=1000, image_size=224, hidden=4096, rng=None):
    """response normalization has k = 1, as in Caffe; in the paper k = 2."""
    return _net(num_classes, image_size, hidden, rng, norm={"k": 1.0})


@mistake("09-net_conv4_256", of="paper_alexnet")
def net_conv4_256(num_classes=1000, image_size=224, hidden=4096, rng=None):
    """conv4 has 256 kernels, as in torchvision; the paper's has 384."""
    return _net(num_classes, image_size, hidden, rng, channels=(96, 256, 384, 256, 256))


@mistake("09-net_no_biases", of="paper_alexnet")
def net_no_biases(num_classes=1000, image_size=224, hidden=4096, rng=None):
    """all biases start at 0; in section 5 those of conv2, conv4, conv5, fc6 and fc7 start at 1."""
    return _net(num_classes, image_size, hidden, rng, bias=(0,) * 8)


@mistake("09-net_std_of_the_code", of="paper_alexnet")
def net_std_of_the_code(num_classes=1000, image_size=224, hidden=4096, rng=None):
    """conv3 to conv5 start with σ = .03, as in the 2012 code; the paper's text says .01."""
    deviations = (0.01, 0.01, 0.03, 0.03, 0.03, 0.01, 0.01, 0.01)
    return _net(num_classes, image_size, hidden, rng, deviations=deviations)


def _net(
    num_classes,
    image_size,
    hidden,
    rng,
    order=ORDER,
    padding=((0, 3, 0, 3), 2, 1, 1, 1),
    channels=(96, 256, 384, 384, 256),
    groups=(1, 2, 1, 2, 2),
    pool=(3, 2),
    norm=None,
    deviations=(0.01,) * 8,
    bias=(0, 1, 0, 1, 1, 1, 1, 0),
):
    """The correct network, with parts of it changed."""
    layers, shape = [], (1, image_size, image_size, 3)
    plain = {"relu": ReLU, "flatten": Flatten, "drop": Dropout, "pool": lambda: MaxPool2d(*pool)}
    for name in order.split():
        kind, at = name.rstrip("0123456789"), int(name[-1]) - 1 if name[-1].isdigit() else 0
        if kind in ("conv", "fc"):
            first = {"weight_init": deviations[at], "bias_init": float(bias[at]), "rng": rng}
        if kind == "conv":
            geometry = (channels[at], SIZES[at], STRIDES[at], padding[at], groups[at])
            layer = Conv2d(shape[-1], *geometry, **first)
        elif kind == "fc":
            layer = Linear(shape[-1], num_classes if name == "fc8" else hidden, **first)
        elif kind == "norm":
            layer = LocalResponseNorm(**(norm or {}))
        else:
            layer = plain[kind]()
        shape = layer.output_shape(shape)
        layers.append((name, layer))
    return Sequential(layers)
