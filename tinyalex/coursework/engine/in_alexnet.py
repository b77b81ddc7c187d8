"""What a student's finished layer does in AlexNet: the closing line of a verdict that is right."""

from __future__ import annotations

FACTS = {
    "Linear": (
        "Three layers like yours end AlexNet. They hold 58.6 of its 61.0 million parameters "
        "(96.2%) and do 8.1% of its multiply-adds."
    ),
    "SoftmaxCrossEntropy": (
        "In AlexNet it receives 1,000 logits a picture. While they are all near 0, the loss is "
        "near ln 1000 = 6.91."
    ),
    "ReLU": (
        "AlexNet has seven layers like yours. A picture sends 658,272 numbers through them, and "
        "they have no parameters."
    ),
    "Tanh": (
        "AlexNet has none: with ReLU, a four-layer network for CIFAR-10 reached 25% training error "
        "six times faster than with tanh (section 3.1, Figure 1)."
    ),
    "Conv2d": (
        "Five layers like yours begin AlexNet. They do 665.8 of its 724.4 million multiply-adds a "
        "picture (91.9%), with 3.8% of its parameters."
    ),
    "MaxPool2d": (
        "AlexNet has three layers like yours, 3 × 3 windows at stride 2. They shrink 55 × 55 to "
        "27 × 27, then to 13 × 13 and to 6 × 6."
    ),
    "LocalResponseNorm": (
        "AlexNet has two layers like yours, after conv1 and conv2. A picture sends 477,024 numbers "
        "through them."
    ),
    "Dropout": (
        "AlexNet has two layers like yours, over fc6's and fc7's 4,096 units each: every picture "
        "trains one of 2^8192 networks."
    ),
    "GlobalAvgPool2d": (
        "In NIN a layer like yours takes the place of AlexNet's three fully connected layers and "
        "their 58.6 million parameters; it has none."
    ),
}


def fact(name: str) -> str:
    """A sentence about the layer of that name; "" for a name without one."""
    return FACTS.get(name, "")
