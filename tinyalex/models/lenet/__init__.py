"""LeNet-5 and the layers that only it uses."""

from tinyalex.models.lenet.lenet5 import LENET_VARIANTS, lenet5
from tinyalex.models.lenet.partial_conv import PartialConv2d
from tinyalex.models.lenet.rbf import RBFLoss, RBFOutput
from tinyalex.models.lenet.scaled_tanh import ScaledTanh
from tinyalex.models.lenet.subsampling import TrainableSubsampling

__all__ = [
    "LENET_VARIANTS",
    "PartialConv2d",
    "RBFLoss",
    "RBFOutput",
    "ScaledTanh",
    "TrainableSubsampling",
    "lenet5",
]
