"""Pictures for training: finding, reading, their statistics, augmentation and loading.

Read in this order: folders, pictures, statistics, augment, loader.
"""

from tinyalex.data.augment import (
    EvalTransform,
    TrainTransform,
    center_crop,
    colour_noise,
    random_crop,
    random_flip,
    ten_crop,
)
from tinyalex.data.folders import Pictures, check_headers, find_pictures
from tinyalex.data.loader import Batch, Loader
from tinyalex.data.pictures import BrokenPicture, PictureStore, read_picture
from tinyalex.data.statistics import Statistics, compute_statistics

__all__ = [
    "Batch",
    "BrokenPicture",
    "EvalTransform",
    "Loader",
    "PictureStore",
    "Pictures",
    "Statistics",
    "TrainTransform",
    "center_crop",
    "check_headers",
    "colour_noise",
    "compute_statistics",
    "find_pictures",
    "random_crop",
    "random_flip",
    "read_picture",
    "ten_crop",
]
