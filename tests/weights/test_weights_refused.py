"""What is no AlexNet, or leaves open which, is refused in one line that says why."""

import numpy as np
import pytest
import torch_files as torchs
from random_networks import CAFFE, assert_equal, torch_keys

from tinyalex.weights import load_weights, read_foreign


def test_groups_in_pytorch_leave_the_variant_open(tmp_path, grouped):
    path = torchs.torch_zip(tmp_path / "net", torch_keys(grouped, names=CAFFE))
    with pytest.raises(ValueError, match="paper, original, caffe, caffenet: choose one"):
        read_foreign(path)
    weights = read_foreign(path, "paper")
    assert weights.variant == "paper"
    assert_equal(weights, grouped)
    with pytest.raises(ValueError, match="not torchvision"):
        read_foreign(path, "torchvision")


def test_batch_normalization_is_not_lost_silently(tmp_path, ungrouped):
    arrays = {**torch_keys(ungrouped), "features.1.weight": np.ones(64, "f4")}
    with pytest.raises(ValueError, match=r"'features.1.weight' .* belongs to no"):
        read_foreign(torchs.torch_zip(tmp_path / "net", arrays))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda b: {"conv1": (b["conv1"][0][:, :, :7, :7], b["conv1"][1])}, "7×7×3×64"),
        (lambda b: {"conv3": (b["conv3"][0], b["conv3"][1][:9])}, r"conv3.b has shape \(9,\)"),
        (lambda b: {"conv4": (np.full_like(b["conv4"][0], np.nan), b["conv4"][1])}, "NaN"),
        (lambda b: {"conv5": tuple(np.full_like(a, 1e300, "f8") for a in b["conv5"])}, "infinity"),
        (lambda b: {"conv2": tuple(a.astype("i8") for a in b["conv2"])}, "int64 numbers"),
    ],
)
def test_what_does_not_fit(tmp_path, ungrouped, change, message):
    arrays = torch_keys({**ungrouped, **change(ungrouped)})
    with pytest.raises(ValueError, match=message) as error:
        read_foreign(torchs.torch_zip(tmp_path / "net", arrays))
    assert "\n" not in str(error.value)


def test_fc6_without_conv5(tmp_path, up_to_fc6):
    arrays = torch_keys({name: up_to_fc6[name] for name in ("conv1", "conv2", "fc6")})
    with pytest.raises(ValueError, match="2 convolutions and 1 fully connected"):
        read_foreign(torchs.torch_zip(tmp_path / "net", arrays), crop=67)


def test_fc6_of_another_input(tmp_path, up_to_fc6):
    path = torchs.torch_zip(tmp_path / "net", torch_keys(up_to_fc6))
    with pytest.raises(ValueError, match=r"fc6.W has shape \(256, 4096\), but .* \(9216, 4096\)"):
        read_foreign(path)
    for crop in (0, -3, 257, 5):
        with pytest.raises(ValueError, match=r"."):
            read_foreign(path, crop=crop)


def test_unknown_wishes(tmp_path):
    with pytest.raises(ValueError, match="unknown variant 'vgg'"):
        read_foreign(tmp_path, "vgg")
    with pytest.raises(ValueError, match="unknown conventions 'keras'"):
        read_foreign(tmp_path, conventions="keras")


@pytest.mark.parametrize("contents", [b"", b"hello", b"<html>not found</html>", b"\x08\x01"])
def test_what_is_no_weights_file(tmp_path, contents):
    path = tmp_path / "file"
    path.write_bytes(contents)
    for read in (read_foreign, load_weights):
        with pytest.raises(ValueError, match="file"):
            read(path)


def test_what_is_not_there(tmp_path):
    with pytest.raises(ValueError, match=r"cannot read .*none: No such file"):
        read_foreign(tmp_path / "none")
    with pytest.raises(ValueError, match="cannot read"):
        read_foreign(tmp_path)
