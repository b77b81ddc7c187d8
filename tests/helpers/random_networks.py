"""Random weights in other programs' layout, and what they are in ours."""

import numpy as np

from tinyalex.models import VARIANTS

CAFFE, TORCHVISION = VARIANTS["caffe"], VARIANTS["torchvision"]
TRUNK = CAFFE.order.split("flatten")[0]
UP_TO_FC6 = TORCHVISION.order.split("relu6")[0]


def random_trunk(variant):
    """conv1 to conv5 of a variant in Caffe's and PyTorch's layout (K, C/groups, KH, KW)."""
    rng = np.random.default_rng(5)
    result, inputs = {}, 3
    sizes = (11, 5, 3, 3, 3)
    for place, (K, groups, size) in enumerate(
        zip(variant.channels, variant.groups, sizes, strict=True)
    ):
        shape = (K, inputs // groups, size, size)
        bias = rng.standard_normal(K, dtype=np.float32)
        result[f"conv{place + 1}"] = (rng.standard_normal(shape, dtype=np.float32), bias)
        inputs = K
    return result


def random_connected(shape):
    rng = np.random.default_rng(6)
    W = rng.standard_normal(shape, dtype=np.float32)
    return W, rng.standard_normal(shape[0], dtype=np.float32)


def with_fc6(blobs):
    """conv1 to fc6 for input 67, whose pool5 is a single place; fc7 would take 67 MB."""
    return {**blobs, "fc6": random_connected((4096, 256))}


def with_all(blobs):
    """All eight layers, for seven classes."""
    fc7, fc8 = random_connected((4096, 4096)), random_connected((7, 4096))
    return {**with_fc6(blobs), "fc7": fc7, "fc8": fc8}


def torch_keys(blobs, prefix="", names=TORCHVISION):
    """{"features.0.weight": ...}: the position in the variant's list of layers."""
    layers = names.order.split()
    end = layers.index("flatten")
    result = {}
    for name, (W, b) in blobs.items():
        at = layers.index(name)
        key = f"features.{at}" if at < end else f"classifier.{at - end - 1}"
        result |= {f"{prefix}{key}.weight": W, f"{prefix}{key}.bias": b}
    return result


def assert_equal(weights, blobs, bgr=False):
    """The arrays are the blobs' numbers in our layout; fc6 where pool5 is a single place."""
    assert set(weights.arrays) == {f"{name}.{part}" for name in blobs for part in "Wb"}
    for name, (W, b) in blobs.items():
        ours = weights.arrays[f"{name}.W"]
        assert ours.dtype == np.float32
        assert ours.flags.c_contiguous
        assert ours.flags.writeable
        if W.ndim == 4:
            ours = np.moveaxis(ours, (3, 2, 0, 1), (0, 1, 2, 3))
            if name == "conv1" and bgr:
                ours = ours[:, [2, 1, 0]]
        else:
            ours = ours.T
        np.testing.assert_array_equal(ours, W)
        np.testing.assert_array_equal(weights.arrays[f"{name}.b"], b)


def as_caffe_prepares(p):
    return p.warp and (p.crop, p.size) == (227, 256) and (p.mean == [123, 117, 104]).all()


def as_torchvision_prepares(p):
    mean = np.float32([123.675, 116.28, 103.53])
    return (
        not p.warp
        and (p.crop, p.size) == (224, 256)
        and np.allclose(p.mean, mean, rtol=1e-6)
        and np.allclose(1 / p.scale, [58.395, 57.12, 57.375], rtol=1e-6)
    )
