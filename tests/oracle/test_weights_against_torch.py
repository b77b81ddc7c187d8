"""Networks of PyTorch with random weights, through every format, give the same logits here.

Each test prints the largest difference, relative to the largest logit (pytest -rP).
"""

from argparse import Namespace

import numpy as np
import pytest

pytest.importorskip("torch", reason="the oracle tests need PyTorch: pip install -e .[oracle]")

import torch
import torch_files as torchs
import torch_twins as twins
import weight_files as files
from torch import nn

from tinyalex.models import VARIANTS, alexnet
from tinyalex.weights import Preprocessing, Weights, export, load_weights, read_foreign
from tinyalex.weights.trained import network

TOLERANCE = 1e-4
CLASSES = 12
LAYERS = ("conv1", "conv2", "conv3", "conv4", "conv5", "fc6", "fc7", "fc8")
SMALL = {"torchvision": 95, "caffe": 99, "caffenet": 99, "paper": 99}  # pool5 is 2 × 2 there
REAL = {"torchvision": 224, "caffe": 227}


def random_twin(variant, crop):
    """The network in PyTorch for this input, with PyTorch's own first weights."""
    torch.manual_seed(4)
    with torch.device("meta"):
        twin = getattr(twins, variant)(CLASSES)
    if crop not in REAL.values():
        twin.fc6 = nn.Linear(256 * 2 * 2, 4096, device="meta")
        if hasattr(twin, "adapt"):
            twin.adapt = nn.Identity()
    twin = twin.to_empty(device="cpu")
    for name in LAYERS:
        twin.get_submodule(name).reset_parameters()
        nn.init.uniform_(twin.get_submodule(name).bias, -0.5, 0.5)  # else they hardly matter
    return twin.eval()


class Keyed(nn.Module):
    """The twin under torchvision's names: features up to the last pooling, and classifier."""

    def __init__(self, twin):
        super().__init__()
        layers = [layer for name, layer in twin.named_children() if name not in ("pad1", "adapt")]
        end = next(place for place, layer in enumerate(layers) if isinstance(layer, nn.Flatten))
        self.pad = getattr(twin, "pad1", nn.Identity())
        self.features = nn.Sequential(*layers[:end])
        self.classifier = nn.Sequential(*layers[end + 1 :])

    def forward(self, x):
        return self.classifier(self.features(self.pad(x)).flatten(1))


def blobs_of(twin):
    """{"conv1": (W, b)} in PyTorch's and Caffe's layout."""
    return {
        name: tuple(p.detach().numpy() for p in (layer.weight, layer.bias))
        for name, layer in ((name, twin.get_submodule(name)) for name in LAYERS)
    }


def agree(weights, twin, bgr=False):
    """Our logits of random pictures equal the twin's, which reads blue first if bgr."""
    crop = weights.preprocessing.crop
    rng = np.random.default_rng(7)
    pictures = rng.integers(0, 256, (2, 256, 256, 3), dtype=np.uint8)
    edge = (256 - crop) // 2
    x = torch.from_numpy(pictures[:, edge : edge + crop, edge : edge + crop].astype("f4"))
    if bgr:
        x = x.flip(3) - torch.tensor([104.0, 117.0, 123.0])
    else:
        x = x / 255 - torch.tensor([0.485, 0.456, 0.406])
        x = x / torch.tensor([0.229, 0.224, 0.225])
    with torch.no_grad():
        expected = twin(twins.nchw(x)).numpy()
    net = network(weights, CLASSES)
    ours = net.predict(weights.preprocessing.views(pictures)[0])
    assert expected.std(axis=1).min() > 1e-3  # the logits tell something
    assert np.abs(expected[0] - expected[1]).max() > 1e-3  # and depend on the picture
    deviation = twins.deviation(ours, expected)
    print(f"largest difference of logits: {deviation:.1e} of the largest")
    assert deviation < TOLERANCE


# --- PyTorch's files --------------------------------------------------------------------------


@pytest.mark.parametrize(("form", "crop"), [("zip", 224), ("stream", 95), ("tar", 95)])
def test_pytorchs_formats(tmp_path, form, crop):
    path = tmp_path / "net.pth"
    twin = random_twin("torchvision", crop)
    state = Keyed(twin).state_dict()
    if form == "tar":
        torchs.torch_tar(path, {key: tensor.numpy() for key, tensor in state.items()})
        theirs = torch.load(path, weights_only=False)  # the tar made by hand is one to PyTorch, too
        assert all(torch.equal(theirs[key], tensor) for key, tensor in state.items())
    else:
        torch.save(state, path, _use_new_zipfile_serialization=form == "zip")
    weights = read_foreign(path, crop=crop)
    assert weights.variant == "torchvision"
    assert form in weights.about["source"]
    agree(weights, twin)


def test_a_file_as_torchvision_publishes_it(tmp_path):
    """Its values are nn.Parameter, not plain tensors."""
    twin = random_twin("torchvision", 95)
    state = {key: nn.Parameter(tensor) for key, tensor in Keyed(twin).state_dict().items()}
    torch.save(state, tmp_path / "net.pth")
    agree(read_foreign(tmp_path / "net.pth", crop=95), twin)


def test_a_trainings_checkpoint(tmp_path):
    """As PyTorch's ImageNet example writes it, with an optimizer and DataParallel's names."""
    twin = random_twin("torchvision", 95)
    net = Keyed(twin).to(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(net.parameters(), 0.01, momentum=0.9)
    net(torch.randn(1, 3, 95, 95)).sum().backward()
    optimizer.step()
    net.features = nn.DataParallel(net.features)
    checkpoint = {
        "epoch": 3,
        "arch": "alexnet",
        "state_dict": net.state_dict(),
        "best_acc1": torch.tensor(56.5),
        "optimizer": optimizer.state_dict(),
    }
    for new in (True, False):
        torch.save(checkpoint, tmp_path / "net.pth", _use_new_zipfile_serialization=new)
        agree(read_foreign(tmp_path / "net.pth", crop=95), twin)


@pytest.mark.parametrize("new", [True, False])
def test_a_checkpoint_of_torchvisions_recipe(tmp_path, new):
    """With the command's flags, an average of the weights, and NumPy's numbers."""
    net = Keyed(random_twin("torchvision", 95))
    average = torch.optim.swa_utils.AveragedModel(net)
    optimizer = torch.optim.SGD(net.parameters(), 0.01, momentum=0.9)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, 30)
    checkpoint = {
        "model": net.state_dict(),
        "optimizer": optimizer.state_dict(),
        "lr_scheduler": schedule.state_dict(),
        "epoch": 89,
        "args": Namespace(model="alexnet", lr=0.01, resume=None, sizes=[256, 224]),
        "best": np.float64(0.565),
        "model_ema": average.state_dict(),
    }
    path = tmp_path / "net.pth"
    torch.save(checkpoint, path, _use_new_zipfile_serialization=new)
    with pytest.raises(ValueError, match="under the keys 'model', 'model_ema': choose one"):
        read_foreign(path, crop=95)
    for key in ("model", "model_ema"):
        agree(read_foreign(path, crop=95, key=key), net)


@pytest.mark.parametrize(
    ("key", "prefix"),
    [("params", ""), ("module", "module."), ("model_state", "_orig_mod."), ("weights", "net.")],
)
def test_keys_sorted_as_text_under_any_name(tmp_path, key, prefix):
    twin = random_twin("torchvision", 95)
    state = {prefix + name: tensor for name, tensor in sorted(Keyed(twin).state_dict().items())}
    torch.save({key: state, "step": 3}, tmp_path / "net.pth")
    agree(read_foreign(tmp_path / "net.pth", crop=95), twin)


@pytest.mark.parametrize("new", [True, False])
def test_a_whole_module_is_refused(tmp_path, new):
    module = nn.Sequential(nn.Linear(2, 2))
    torch.save(module, tmp_path / "net.pth", _use_new_zipfile_serialization=new)
    with pytest.raises(
        ValueError, match=r"'torch.nn.modules.container.Sequential'.*save only its state"
    ):
        read_foreign(tmp_path / "net.pth")


# --- Caffe and ONNX ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("version", "variant", "crop"),
    [(1, "caffe", 227), (2, "caffe", 99), (1, "caffenet", 99)],
)
def test_caffe(tmp_path, version, variant, crop):
    twin = random_twin(variant, crop)
    order = VARIANTS[variant].order
    path = files.caffe_network(tmp_path / "net.caffemodel", order, blobs_of(twin), version)
    weights = read_foreign(path, crop=crop)
    assert weights.variant == variant
    agree(weights, twin, bgr=True)


@pytest.mark.parametrize(
    ("variant", "dense"), [("caffe", "Gemm"), ("caffenet", "MatMul"), ("torchvision", "Gemm")]
)
def test_onnx(tmp_path, variant, dense):
    crop = SMALL[variant]
    twin = random_twin(variant, crop)
    order = VARIANTS[variant].order
    path = files.onnx_network(tmp_path / "net.onnx", order, blobs_of(twin), dense=dense)
    weights = read_foreign(path, crop=crop)
    assert weights.variant == variant
    agree(weights, twin, bgr=variant != "torchvision")


@pytest.mark.parametrize(
    "how",
    [
        {"dynamo": False},
        {"dynamo": False, "do_constant_folding": False},
        {"dynamo": False, "keep_initializers_as_inputs": True},
        {"dynamo": True},  # the numbers stand in a file of their own
        {"dynamo": True, "external_data": False, "optimize": False},
    ],
    ids=str,
)
def test_onnx_as_pytorch_exports_it(tmp_path, how):
    for package in ("onnx", "onnxscript"):
        pytest.importorskip(package, reason="PyTorch's export needs it: pip install -e .[oracle]")
    twin = random_twin("torchvision", 95)
    path = tmp_path / "net.onnx"
    torch.onnx.export(Keyed(twin), (torch.zeros(1, 3, 95, 95),), str(path), **how)
    weights = read_foreign(path, crop=95)
    assert weights.variant == "torchvision"
    agree(weights, twin)


# --- and back ---------------------------------------------------------------------------------


@pytest.mark.parametrize("variant", ["paper", "caffe", "torchvision"])
def test_pytorch_loads_our_exports(tmp_path, variant):
    crop = SMALL[variant]
    net = alexnet(CLASSES, variant, image_size=crop, rng=np.random.default_rng(1))
    weights = Weights(variant, net.state_dict(), Preprocessing.of_colours(crop, scale=0.02))
    path = tmp_path / "net.pth"
    export(weights, path, "pytorch")
    keyed = Keyed(random_twin(variant, crop))
    x = np.random.default_rng(2).standard_normal((2, crop, crop, 3), dtype=np.float32)
    for mapped in (False, True):
        state = torch.load(path, weights_only=True, mmap=mapped)
        keyed.load_state_dict(state, strict=True)
        with torch.no_grad():
            theirs = keyed(twins.nchw(torch.from_numpy(x))).numpy()
        deviation = twins.deviation(net.predict(x), theirs)
        print(f"largest difference of logits: {deviation:.1e} of the largest")
        assert deviation < TOLERANCE
    torch.save(keyed.state_dict(), tmp_path / "back.pth")
    back = read_foreign(tmp_path / "back.pth", variant, crop=crop)
    again = load_weights(path)
    for name, array in weights.arrays.items():
        np.testing.assert_array_equal(back.arrays[name], array)
        np.testing.assert_array_equal(again.arrays[name], array)
