"""Real pictures and real trained kernels, where there are some on this machine.

They stand in the folder named by TINYALEX_SHARED_DATA, else in ../shared/data beside the
repository: `imagenette2-224/{train,val}/<wnid>/*.JPEG`, ten classes of ImageNet, and
`alexnet_bvlc_trunk_conv1-5.npz`, the kernels of BVLC's AlexNet in Caffe's layout.
"""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tinyalex.data import (
    EvalTransform,
    Pictures,
    PictureStore,
    compute_statistics,
    find_pictures,
    read_picture,
)
from tinyalex.layers import SoftmaxCrossEntropy
from tinyalex.models import Sequential, alexnet
from tinyalex.optim import SGD

BESIDE_THE_REPOSITORY = Path(__file__).resolve().parents[3] / "shared" / "data"
SHARED = Path(os.environ.get("TINYALEX_SHARED_DATA") or BESIDE_THE_REPOSITORY)
IMAGENETTE = SHARED / "imagenette2-224"
KERNELS = SHARED / "alexnet_bvlc_trunk_conv1-5.npz"

needs_pictures = pytest.mark.skipif(
    not IMAGENETTE.is_dir(),
    reason=f"needs real pictures in {IMAGENETTE}: set TINYALEX_SHARED_DATA to their folder",
)
needs_kernels = pytest.mark.skipif(
    not KERNELS.is_file(),
    reason=f"needs trained kernels in {KERNELS}: set TINYALEX_SHARED_DATA to their folder",
)


@pytest.fixture(scope="module")
def splits():
    """Imagenette's training and validation pictures."""
    train, val, notes = find_pictures(IMAGENETTE)
    assert notes == []
    return train, val


def evenly(pictures, count):
    """`count` of the pictures, evenly spaced, so that every class is among them."""
    chosen = np.linspace(0, len(pictures) - 1, count).astype(int)
    paths = [pictures.paths[i] for i in chosen]
    return Pictures(paths, pictures.labels[chosen], pictures.classes)


def is_grey(path):
    with Image.open(path) as image:
        return image.mode == "L"


@needs_pictures
def test_every_picture_is_found(splits):
    train, val = splits
    assert (len(train), len(val)) == (9469, 3925)
    assert len(train.classes) == 10
    assert train.classes == val.classes
    assert train.classes[0] == "n01440764"
    assert set(train.labels) == set(val.labels) == set(range(10))


@needs_pictures
def test_pictures_decode_to_rgb_squares(splits):
    for path in evenly(splits[0], 40).paths:
        picture = read_picture(path)
        assert (picture.shape, picture.dtype) == ((256, 256, 3), np.uint8)


@needs_pictures
def test_grey_pictures_decode_to_rgb_squares(splits):
    grey = [path for path in evenly(splits[0], 400).paths if is_grey(path)]
    assert grey
    for path in grey:
        picture = read_picture(path)
        assert picture.shape == (256, 256, 3)
        assert (picture == picture[:, :, :1]).all()


@needs_pictures
def test_the_papers_network_learns_32_real_pictures_by_heart(splits):
    store = PictureStore(evenly(splits[0], 32))
    transform = EvalTransform(compute_statistics(store, progress=False).standardized(), 224)
    x = np.stack([transform(store.load(i)) for i in range(len(store))])
    net = alexnet(10, initialization="he", dropout=0.0, rng=np.random.default_rng(0))
    loss, optimizer = SoftmaxCrossEntropy(), SGD(net, 0.003)
    for step in range(100):
        logits = net.forward(x, training=True)
        mean_loss = loss.forward(logits, store.labels)
        accuracy = (logits.argmax(axis=1) == store.labels).mean()
        print(f"step {step}: loss {mean_loss:.3f}, accuracy {accuracy:.3f}")
        if accuracy == 1:
            return
        net.backward(loss.backward(), input_gradient=False)
        optimizer.step()
    pytest.fail(f"after 100 steps the training accuracy is {accuracy:.2f}")


@needs_pictures
@needs_kernels
def test_trained_kernels_give_torchs_pool5_on_real_pictures(splits):
    pytest.importorskip("torch", reason="the oracle tests need PyTorch: pip install -e .[oracle]")
    import torch
    import torch_twins as twins

    stored = np.load(KERNELS)
    x = np.stack([read_picture(path, 227) for path in evenly(splits[1], 4).paths])
    x = x[..., ::-1].astype("float32") - stored["mean"].astype("float32")  # blue, green, red
    whole = list(alexnet(10, "caffe", initialization="zeros"))
    names = [name for name, _ in whole]
    trunk = Sequential(whole[: names.index("pool5") + 1])
    twin = twins.caffe_trunk()
    for name in ("conv1", "conv2", "conv3", "conv4", "conv5"):
        W, b = stored[f"{name}_w"].astype("float32"), stored[f"{name}_b"].astype("float32")
        trunk[name].params["W"][...] = W.transpose(2, 3, 1, 0)
        trunk[name].params["b"][...] = b
        with torch.no_grad():
            getattr(twin, name).weight.copy_(torch.from_numpy(W))
            getattr(twin, name).bias.copy_(torch.from_numpy(b))
    with torch.no_grad():
        expected = twins.nhwc(twin(twins.nchw(torch.from_numpy(x))))
    pool5 = trunk.predict(x)
    assert pool5.shape == (4, 6, 6, 256)
    assert 0.05 < (pool5 > 0).mean() < 0.95  # the kernels answer, and not everywhere
    assert twins.deviation(pool5, expected) < 1e-4
