"""AlexNet's five variants as published: the tables that the tests compare with."""

import numpy as np
import pytest

INPUT_SIZES = {"paper": 224, "original": 224, "caffe": 227, "caffenet": 227, "torchvision": 224}


ORDERS = {
    "paper": """
        conv1:Conv2d relu1:ReLU norm1:LocalResponseNorm pool1:MaxPool2d
        conv2:Conv2d relu2:ReLU norm2:LocalResponseNorm pool2:MaxPool2d
        conv3:Conv2d relu3:ReLU conv4:Conv2d relu4:ReLU
        conv5:Conv2d relu5:ReLU pool5:MaxPool2d flatten:Flatten
        fc6:Linear relu6:ReLU drop6:Dropout fc7:Linear relu7:ReLU drop7:Dropout fc8:Linear""",
    "original": """
        conv1:Conv2d norm1:LocalResponseNorm pool1:MaxPool2d relu1:ReLU
        conv2:Conv2d relu2:ReLU norm2:LocalResponseNorm cnorm2:WithinChannelNorm pool2:MaxPool2d
        conv3:Conv2d relu3:ReLU conv4:Conv2d relu4:ReLU
        conv5:Conv2d pool5:MaxPool2d relu5:ReLU flatten:Flatten
        fc6:Linear relu6:ReLU drop6:Dropout fc7:Linear relu7:ReLU drop7:Dropout fc8:Linear""",
    "caffenet": """
        conv1:Conv2d relu1:ReLU pool1:MaxPool2d norm1:LocalResponseNorm
        conv2:Conv2d relu2:ReLU pool2:MaxPool2d norm2:LocalResponseNorm
        conv3:Conv2d relu3:ReLU conv4:Conv2d relu4:ReLU
        conv5:Conv2d relu5:ReLU pool5:MaxPool2d flatten:Flatten
        fc6:Linear relu6:ReLU drop6:Dropout fc7:Linear relu7:ReLU drop7:Dropout fc8:Linear""",
    "torchvision": """
        conv1:Conv2d relu1:ReLU pool1:MaxPool2d conv2:Conv2d relu2:ReLU pool2:MaxPool2d
        conv3:Conv2d relu3:ReLU conv4:Conv2d relu4:ReLU
        conv5:Conv2d relu5:ReLU pool5:MaxPool2d flatten:Flatten
        drop6:Dropout fc6:Linear relu6:ReLU drop7:Dropout fc7:Linear relu7:ReLU fc8:Linear""",
}


ORDERS["caffe"] = ORDERS["paper"]


TWO_COLUMN_SHAPES = {
    "conv1": (55, 55, 96),
    "pool1": (27, 27, 96),
    "conv2": (27, 27, 256),
    "pool2": (13, 13, 256),
    "conv3": (13, 13, 384),
    "conv4": (13, 13, 384),
    "conv5": (13, 13, 256),
    "pool5": (6, 6, 256),
    "flatten": (9216,),
    "fc6": (4096,),
    "fc7": (4096,),
    "fc8": (1000,),
}


ONE_COLUMN_SHAPES = {
    **TWO_COLUMN_SHAPES,
    "conv1": (55, 55, 64),
    "pool1": (27, 27, 64),
    "conv2": (27, 27, 192),
    "pool2": (13, 13, 192),
    "conv4": (13, 13, 256),
}


# layer: (parameters, multiply-adds)
TWO_COLUMN_COUNTS = {
    "conv1": (34_944, 105_415_200),
    "conv2": (307_456, 223_948_800),
    "conv3": (885_120, 149_520_384),
    "conv4": (663_936, 112_140_288),
    "conv5": (442_624, 74_760_192),
    "fc6": (37_752_832, 37_748_736),
    "fc7": (16_781_312, 16_777_216),
    "fc8": (4_097_000, 4_096_000),
}


ONE_COLUMN_COUNTS = {
    "conv1": (23_296, 70_276_800),
    "conv2": (307_392, 223_948_800),
    "conv3": (663_936, 112_140_288),
    "conv4": (884_992, 149_520_384),
    "conv5": (590_080, 99_680_256),
    "fc6": (37_752_832, 37_748_736),
    "fc7": (16_781_312, 16_777_216),
    "fc8": (4_097_000, 4_096_000),
}


TWO_COLUMN_TOTALS = (60_965_224, 724_406_816)


ONE_COLUMN_TOTALS = (61_100_840, 714_188_480)


# The constants of each LRN: k, and what Σ x² is multiplied by.
NORMS = {
    "paper": (2.0, 1e-4, 1),
    "original": (2.0, 2e-5, 2),
    "caffe": (1.0, 2e-5, 1),
    "caffenet": (1.0, 2e-5, 1),
}


# First weights' σ and first biases of conv1 … fc8.
FIRST_WEIGHTS = {
    "paper": [0.01] * 8,
    "original": [0.01, 0.01, 0.03, 0.03, 0.03, 0.01, 0.01, 0.01],
    "caffe": [0.01, 0.01, 0.01, 0.01, 0.01, 0.005, 0.005, 0.01],
    "caffenet": [0.01, 0.01, 0.01, 0.01, 0.01, 0.005, 0.005, 0.01],
}


FIRST_BIASES = {
    "paper": [0, 1, 0, 1, 1, 1, 1, 0],
    "original": [0, 1, 0, 1, 1, 1, 1, 0],
    "caffe": [0, 0.1, 0, 0.1, 0.1, 0.1, 0.1, 0],
    "caffenet": [0, 1, 0, 1, 1, 1, 1, 0],
}


LEARNING = list(TWO_COLUMN_COUNTS)


EVERY_VARIANT = pytest.mark.parametrize("variant", list(INPUT_SIZES))


def noise(size, count=2, scale=1.0):
    return np.random.default_rng(2).normal(0, scale, (count, size, size, 3)).astype("float32")
