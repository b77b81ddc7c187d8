"""Lesson 09: wrong counts and networks, each with one mistake, which its docstring tells."""

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
    """each kernel reads all channels; with groups it reads C / groups of them."""
    conv_counts(shape, kernels, size, stride, padding, groups)
    return conv_counts(shape, kernels, size, stride, padding)


@mistake("09-counts_groups_twice", of="conv_counts")
def counts_groups_twice(shape, kernels, size, stride=1, padding=(0, 0), groups=1):
    """it divides by the groups twice: there are K / groups kernels in each, but K in all."""
    output, parameters, adds = conv_counts(shape, kernels, size, stride, padding, groups)
    return output, (parameters - kernels) // groups + kernels, adds // groups


@mistake("09-counts_without_biases", of="conv_counts")
def counts_without_biases(shape, kernels, size, stride=1, padding=(0, 0), groups=1):
    """it leaves the biases out of the parameters, one for each kernel."""
    output, parameters, adds = conv_counts(shape, kernels, size, stride, padding, groups)
    return output, parameters - kernels, adds


@mistake("09-counts_bias_additions", of="conv_counts")
def counts_bias_additions(shape, kernels, size, stride=1, padding=(0, 0), groups=1):
    """it counts the biases' additions among the multiply-adds."""
    (OH, OW, K), parameters, adds = conv_counts(shape, kernels, size, stride, padding, groups)
    return (OH, OW, K), parameters, adds + OH * OW * K


@mistake("09-counts_rounds_up", of="conv_counts")
def counts_rounds_up(shape, kernels, size, stride=1, padding=(0, 0), groups=1):
    """it rounds the output size up; a convolution's windows must fit, so that it rounds down."""
    conv_counts(shape, kernels, size, stride, padding, groups)
    H, W, C = shape
    OH, OW = (-(-(n + sum(padding) - size) // stride) + 1 for n in (H, W))
    weights = size * size * (C // groups) * kernels
    return (OH, OW, kernels), weights + kernels, OH * OW * weights


@mistake("09-counts_one_window_less", of="conv_counts")
def counts_one_window_less(shape, kernels, size, stride=1, padding=(0, 0), groups=1):
    """the + 1 is missing in the output size: the window at the start counts too."""
    (OH, OW, K), parameters, _ = conv_counts(shape, kernels, size, stride, padding, groups)
    return (OH - 1, OW - 1, K), parameters, (OH - 1) * (OW - 1) * (parameters - K)


@mistake("09-counts_input_places", of="conv_counts")
def counts_input_places(shape, kernels, size, stride=1, padding=(0, 0), groups=1):
    """it multiplies the weights by the input's H · W; they are used once for each output place."""
    output, parameters, _ = conv_counts(shape, kernels, size, stride, padding, groups)
    return output, parameters, shape[0] * shape[1] * (parameters - kernels)


@mistake("09-counts_padding_twice", of="conv_counts")
def counts_padding_twice(shape, kernels, size, stride=1, padding=(0, 0), groups=1):
    """it adds twice the padding before, whatever the padding after is."""
    return conv_counts(shape, kernels, size, stride, (padding[0], padding[0]), groups)


@mistake("09-counts_operations", of="conv_counts")
def counts_operations(shape, kernels, size, stride=1, padding=(0, 0), groups=1):
    """it counts multiplications and additions singly; a multiply-add is one."""
    output, parameters, adds = conv_counts(shape, kernels, size, stride, padding, groups)
    return output, parameters, 2 * adds


@mistake("09-net_without_padding", of="paper_alexnet")
def net_without_padding(num_classes=1000, image_size=224, hidden=4096, rng=None):
    """conv1 has no padding: from 224 its map is then 54 × 54, not 55 × 55."""
    return _net(num_classes, image_size, hidden, rng, padding=(0, 2, 1, 1, 1))


@mistake("09-net_padding_2", of="paper_alexnet")
def net_padding_2(num_classes=1000, image_size=224, hidden=4096, rng=None):
    """conv1 has 2 zeros on every side, as torchvision's; it is 3 at the right and lower edge."""
    return _net(num_classes, image_size, hidden, rng, padding=(2, 2, 1, 1, 1))


@mistake("09-net_one_column", of="paper_alexnet")
def net_one_column(num_classes=1000, image_size=224, hidden=4096, rng=None):
    """there are no groups: conv2, conv4 and conv5 read only their own GPU's maps."""
    return _net(num_classes, image_size, hidden, rng, groups=(1, 1, 1, 1, 1))


@mistake("09-net_conv3_grouped", of="paper_alexnet")
def net_conv3_grouped(num_classes=1000, image_size=224, hidden=4096, rng=None):
    """conv3 is in groups, too; it is the one in which both GPUs read all maps."""
    return _net(num_classes, image_size, hidden, rng, groups=(1, 2, 2, 2, 2))


@mistake("09-net_pool_first", of="paper_alexnet")
def net_pool_first(num_classes=1000, image_size=224, hidden=4096, rng=None):
    """it pools before it normalizes, which is CaffeNet; the paper normalizes first."""
    order = ORDER.replace("norm1 pool1", "pool1 norm1").replace("norm2 pool2", "pool2 norm2")
    return _net(num_classes, image_size, hidden, rng, order=order)


@mistake("09-net_norm_before_relu", of="paper_alexnet")
def net_norm_before_relu(num_classes=1000, image_size=224, hidden=4096, rng=None):
    """it normalizes before the ReLU; by the paper's text ReLU comes first."""
    order = ORDER.replace("relu1 norm1", "norm1 relu1").replace("relu2 norm2", "norm2 relu2")
    return _net(num_classes, image_size, hidden, rng, order=order)


@mistake("09-net_dropout_first", of="paper_alexnet")
def net_dropout_first(num_classes=1000, image_size=224, hidden=4096, rng=None):
    """dropout stands before fc6 and fc7, as torchvision's; it belongs behind them."""
    order = ORDER.replace("fc6 relu6 drop6", "drop6 fc6 relu6")
    order = order.replace("fc7 relu7 drop7", "drop7 fc7 relu7")
    return _net(num_classes, image_size, hidden, rng, order=order)


@mistake("09-net_relu_everywhere", of="paper_alexnet")
def net_relu_everywhere(num_classes=1000, image_size=224, hidden=4096, rng=None):
    """there is a layer too many: a ReLU behind fc8, where softmax needs negative numbers too."""
    return _net(num_classes, image_size, hidden, rng, order=ORDER + " relu8")


@mistake("09-net_no_overlap", of="paper_alexnet")
def net_no_overlap(num_classes=1000, image_size=224, hidden=4096, rng=None):
    """pooling windows are 2 × 2; the paper's are 3 × 3 and move by 2."""
    return _net(num_classes, image_size, hidden, rng, pool=(2, 2))


@mistake("09-net_alpha_divided", of="paper_alexnet")
def net_alpha_divided(num_classes=1000, image_size=224, hidden=4096, rng=None):
    """α is divided by 5, as in Caffe; the paper's formula does not divide."""
    return _net(num_classes, image_size, hidden, rng, norm={"divide_by_size": True})


@mistake("09-net_k_1", of="paper_alexnet")
def net_k_1(num_classes=1000, image_size=224, hidden=4096, rng=None):
    """k of the response normalization is 1, as in Caffe; the paper's is 2."""
    return _net(num_classes, image_size, hidden, rng, norm={"k": 1.0})


@mistake("09-net_conv4_256", of="paper_alexnet")
def net_conv4_256(num_classes=1000, image_size=224, hidden=4096, rng=None):
    """conv4 has 256 kernels, as torchvision's; the paper's has 384."""
    return _net(num_classes, image_size, hidden, rng, channels=(96, 256, 384, 256, 256))


@mistake("09-net_no_biases", of="paper_alexnet")
def net_no_biases(num_classes=1000, image_size=224, hidden=4096, rng=None):
    """all biases begin at 0; section 5 begins at 1 in conv2, conv4, conv5, fc6 and fc7."""
    return _net(num_classes, image_size, hidden, rng, bias=(0,) * 8)


@mistake("09-net_std_of_the_code", of="paper_alexnet")
def net_std_of_the_code(num_classes=1000, image_size=224, hidden=4096, rng=None):
    """conv3 to conv5 begin with σ = .03. That is what the 2012 code did; the text says .01."""
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
    """The right network, with parts of it changed."""
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
