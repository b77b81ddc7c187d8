"""The same from files of PyTorch and safetensors, and back to them."""

import json

import numpy as np
import pytest
import torch_files as torchs
import weight_files as files
from random_networks import (
    as_torchvision_prepares,
    assert_equal,
    random_trunk,
    torch_keys,
    with_all,
)

from tinyalex.models import VARIANTS
from tinyalex.weights import Preprocessing, Weights, export, load_weights, read_foreign
from tinyalex.weights.foreign import read_layers


@pytest.fixture(scope="module")
def whole(ungrouped):
    return with_all(ungrouped)


# --- PyTorch and safetensors ------------------------------------------------------------------

WRITERS = {"zip": torchs.torch_zip, "stream": torchs.torch_stream, "tar": torchs.torch_tar}


@pytest.mark.parametrize("form", WRITERS)
def test_pytorch(tmp_path, up_to_fc6, form):
    path = WRITERS[form](tmp_path / "net.pth", torch_keys(up_to_fc6))
    weights = read_foreign(path, crop=67)
    assert weights.variant == "torchvision"
    assert form in weights.about["source"]
    assert_equal(weights, up_to_fc6)
    assert weights.missing == ["fc7", "fc8"]


@pytest.mark.parametrize("form", WRITERS)
def test_a_pytorch_trunk(tmp_path, ungrouped, form):
    weights = read_foreign(WRITERS[form](tmp_path / "net", torch_keys(ungrouped)))
    assert_equal(weights, ungrouped)
    assert as_torchvision_prepares(weights.preprocessing)


def test_pytorch_names_do_not_matter(tmp_path, ungrouped):
    arrays = torch_keys(ungrouped, prefix="module.backbone.")
    assert_equal(read_foreign(torchs.torch_zip(tmp_path / "net", arrays)), ungrouped)


def test_a_trainings_checkpoint_of_pytorch(tmp_path, ungrouped):
    arrays = torch_keys(ungrouped)
    state = {"epoch": torchs.number(90), "state_dict": torchs.state_dict(arrays)}
    state["optimizer"] = torchs.dictionary({"lr": b"G" + b"\0" * 8})
    pickle = torchs.pickled(torchs.dictionary(state))
    path = torchs.torch_zip(tmp_path / "net", arrays, pickle)
    assert_equal(read_foreign(path), ungrouped)


def test_parameters_parts_and_channels_last(tmp_path, ungrouped):
    """Other ways of writing the same tensors: as nn.Parameter, in the middle of a storage, and with
    the strides of channels_last."""
    arrays = torch_keys(ungrouped)
    W = arrays["features.0.weight"]
    K, C, H, _ = W.shape
    arrays["features.0.weight"] = np.ascontiguousarray(W.transpose(0, 2, 3, 1))
    arrays["features.3.weight"] = np.pad(arrays["features.3.weight"].ravel(), (5, 2))
    parts = {}
    for i, (key, array) in enumerate(arrays.items()):
        storage = torchs.storage_id(str(i), array)
        tensor = torchs.tensor(storage, array.shape)
        if key == "features.0.weight":
            tensor = torchs.tensor(storage, W.shape, stride=(C * H * H, 1, H * C, C))
        if key == "features.3.weight":
            tensor = torchs.tensor(storage, ungrouped["conv2"][0].shape, offset=5)
        function = torchs.name("torch._utils", "_rebuild_parameter")
        parts[key] = torchs.call(function, tensor, b"\x88", torchs.dictionary({}))
    path = torchs.torch_zip(tmp_path / "net", arrays, torchs.pickled(torchs.dictionary(parts)))
    assert (K, C, H) == (64, 3, 11)
    assert_equal(read_foreign(path), ungrouped)


def test_a_part_of_a_storage_in_a_stream(tmp_path, ungrouped):
    arrays = {key: np.pad(array.ravel(), (3, 1)) for key, array in torch_keys(ungrouped).items()}
    parts = {}
    for i, (key, array) in enumerate(torch_keys(ungrouped).items()):
        view = torchs.sequence(torchs.text("v"), torchs.number(3), torchs.number(array.size))
        storage = torchs.storage_id(str(i), arrays[key], None, view)
        parts[key] = torchs.tensor(storage, array.shape)
    value = torchs.pickled(torchs.dictionary(parts))
    assert_equal(read_foreign(torchs.torch_stream(tmp_path / "net", arrays, value)), ungrouped)


@pytest.mark.parametrize("kind", ["f2", "f8"])
def test_pytorch_in_other_floats(tmp_path, ungrouped, kind):
    rounded = {name: (W.astype(kind), b.astype(kind)) for name, (W, b) in ungrouped.items()}
    path = torchs.torch_zip(tmp_path / "net", torch_keys(rounded))
    assert_equal(read_foreign(path), rounded)


def safetensors_of(path, arrays, kind, encode):
    header, body = {"__metadata__": {"format": "pt"}}, b""
    for key in sorted(arrays):  # features.10 before features.3
        data = encode(arrays[key])
        span = [len(body), len(body) + len(data)]
        header[key] = {"dtype": kind, "shape": arrays[key].shape, "data_offsets": span}
        body += data
    return files.safetensors(path, json.dumps(header), body)


def test_safetensors(tmp_path, up_to_fc6):
    path = safetensors_of(tmp_path / "net", torch_keys(up_to_fc6), "F32", np.ndarray.tobytes)
    weights = read_foreign(path, crop=67)
    assert_equal(weights, up_to_fc6)
    assert weights.about["source"] == "safetensors"


def test_safetensors_in_bfloat16(tmp_path, ungrouped):
    """bfloat16 is the upper half of a float32."""

    def upper(array):
        return (array.view("<u4") >> 16).astype("<u2")

    path = safetensors_of(
        tmp_path / "net", torch_keys(ungrouped), "BF16", lambda array: upper(array).tobytes()
    )
    cut = {
        name: tuple((upper(a).astype("<u4") << 16).view("<f4") for a in pair)
        for name, pair in ungrouped.items()
    }
    assert_equal(read_foreign(path), cut)


# --- there and back ---------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["pytorch", "safetensors"])
@pytest.mark.parametrize("variant", ["paper", "torchvision"])
def test_exports_come_back_whole(tmp_path, kind, variant):
    blobs = random_trunk(VARIANTS[variant])
    arrays = {}
    for name, (W, b) in blobs.items():
        arrays |= {f"{name}.W": np.ascontiguousarray(W.transpose(2, 3, 1, 0)), f"{name}.b": b}
    rng = np.random.default_rng(1)
    mean = rng.uniform(90, 130, (240, 240, 3)).astype(np.float32)
    p = Preprocessing(211, mean, np.float32([0.1, 0.2, 0.3]), 240, warp=True)
    export(Weights(variant, arrays, p, None, {"source": "a test"}), tmp_path / "out", kind)
    back = load_weights(tmp_path / "out")
    assert (back.variant, back.about) == (variant, {"source": "a test"})
    assert_equal(back, blobs)
    q = back.preprocessing
    assert (q.crop, q.size, q.warp) == (211, 240, True)
    np.testing.assert_array_equal(q.mean, mean)
    np.testing.assert_array_equal(q.scale, p.scale)


@pytest.mark.slow
def test_fc6_is_exported_in_the_order_channels_height_width(tmp_path, whole):
    rng = np.random.default_rng(3)
    side, maps = 2, 256
    ours = rng.standard_normal((side * side * maps, 4096), dtype=np.float32)
    arrays = {"fc6.W": ours, "fc6.b": whole["fc6"][1]}
    for name, (W, b) in whole.items():
        if name != "fc6":
            arrays |= {f"{name}.W": W.transpose(2, 3, 1, 0) if W.ndim == 4 else W.T, f"{name}.b": b}
    p = Preprocessing.of_colours(95)
    export(Weights("torchvision", arrays, p, list("abcdefg")), tmp_path / "net", "pytorch")
    found = {layer.name: layer.weight for layer in read_layers(tmp_path / "net").layers}
    theirs = found["classifier.1"]
    for c, y, x in ((0, 0, 1), (17, 1, 0), (255, 1, 1)):
        np.testing.assert_array_equal(theirs[:, (c * side + y) * side + x],
                                      ours[(y * side + x) * maps + c])  # fmt: skip
    back = load_weights(tmp_path / "net")
    np.testing.assert_array_equal(back.arrays["fc6.W"], ours)
    assert back.classes == list("abcdefg")
