"""Weights from hand-made files of Caffe, ONNX and NumPy, in our layout, number for number."""

import numpy as np
import pytest
import weight_files as files
from random_networks import (
    TORCHVISION,
    TRUNK,
    UP_TO_FC6,
    as_caffe_prepares,
    as_torchvision_prepares,
    assert_equal,
)

from tinyalex.models import VARIANTS
from tinyalex.weights import read_foreign
from tinyalex.weights.foreign import read_layers

# --- Caffe ------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("legacy", [True, False])
@pytest.mark.parametrize("packing", ["packed", "unpacked", "halves"])
def test_caffe(tmp_path, grouped, version, legacy, packing):
    path = tmp_path / "net.caffemodel"
    files.caffe_network(path, TRUNK, grouped, version, legacy=legacy, packing=packing)
    weights = read_foreign(path)
    assert weights.variant == "caffe"
    assert weights.about["source"] == f"Caffe, V{version} layers"
    assert_equal(weights, grouped, bgr=True)
    assert as_caffe_prepares(weights.preprocessing)
    assert weights.missing == ["fc6", "fc7", "fc8"]


@pytest.mark.parametrize("packing", ["packed", "unpacked"])
def test_caffe_in_doubles(tmp_path, grouped, packing):
    doubles = {name: (W.astype("f8"), b.astype("f8")) for name, (W, b) in grouped.items()}
    path = files.caffe_network(tmp_path / "net", TRUNK, doubles, 2, packing=packing)
    assert_equal(read_foreign(path), grouped, bgr=True)


@pytest.mark.parametrize("version", [1, 2])
def test_caffe_fully_connected(tmp_path, up_to_fc6, version):
    path = tmp_path / "net"
    files.caffe_network(path, UP_TO_FC6, up_to_fc6, version)
    weights = read_foreign(path, crop=67)
    assert weights.variant == "torchvision"
    assert_equal(weights, up_to_fc6, bgr=True)


def test_caffenet_is_told_by_the_order_of_its_layers(tmp_path, grouped):
    order = VARIANTS["caffenet"].order.split("flatten")[0]
    path = files.caffe_network(tmp_path / "net", order, grouped)
    assert read_foreign(path).variant == "caffenet"
    assert read_foreign(path, "caffe").variant == "caffe"  # who says so is believed


def test_the_papers_lrn_is_told_by_its_constants(tmp_path, grouped):
    path = files.caffe_network(tmp_path / "net", TRUNK, grouped, lrn=(5, 5e-4, 0.75, 2.0))
    assert read_foreign(path).variant == "paper"


def test_another_lrn_is_none_of_ours(tmp_path, grouped):
    path = files.caffe_network(tmp_path / "net", TRUNK, grouped, lrn=(5, 0.3, 0.75, 1.0))
    with pytest.raises(ValueError, match=r"its layers do not: .*norm \(k 1, α 0.06\).*--variant"):
        read_foreign(path)


def test_another_activation_is_none_of_ours(tmp_path, grouped):
    data = files.field(1, "net")
    for name in TRUNK.split():
        kind = files.CAFFE_KINDS[name.rstrip("0123456789")].replace("ReLU", "Sigmoid")
        norm = files.CAFFE_LRN if kind == "LRN" else None
        data += files.caffe_layer(2, kind, name, grouped.get(name, ()), norm)
    (tmp_path / "net").write_bytes(data)
    with pytest.raises(ValueError, match="its layers do not: conv Sigmoid norm"):
        read_foreign(tmp_path / "net")


def test_averages_are_no_maxima(tmp_path, grouped):
    path = tmp_path / "net"
    files.caffe_network(path, TRUNK, grouped)
    pooling = files.field(2, 3) + files.field(3, 2)
    data = path.read_bytes()
    assert pooling in data
    whole = files.field(19, pooling)
    layer = files.field(4, "pool1") + files.field(5, 17) + whole
    other = files.field(4, "pool1") + files.field(5, 17)
    other += files.field(19, files.field(1, 1) + pooling)
    path.write_bytes(data.replace(files.field(2, layer), files.field(2, other)))
    with pytest.raises(ValueError, match="average pooling"):
        read_foreign(path)


def test_layers_of_before_2014(tmp_path):
    path = tmp_path / "net"
    path.write_bytes(files.field(2, files.field(1, files.field(1, "conv1"))))
    with pytest.raises(ValueError, match="upgrade_net_proto_binary"):
        read_foreign(path)


# --- ONNX -------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["raw", "packed", "unpacked"])
def test_onnx_with_groups(tmp_path, grouped, how):
    weights = read_foreign(files.onnx_network(tmp_path / "net.onnx", TRUNK, grouped, how=how))
    assert weights.variant == "caffe"
    assert_equal(weights, grouped, bgr=True)
    assert as_caffe_prepares(weights.preprocessing)


def test_onnx_with_groups_that_was_never_caffes(tmp_path, grouped):
    path = files.onnx_network(tmp_path / "net.onnx", TRUNK, grouped)
    weights = read_foreign(path, "paper", conventions="torchvision")
    assert_equal(weights, grouped)
    assert as_torchvision_prepares(weights.preprocessing)


@pytest.mark.parametrize("dense", ["Gemm", "plain Gemm", "MatMul"])
def test_onnx_fully_connected(tmp_path, up_to_fc6, dense):
    path = files.onnx_network(tmp_path / "net", UP_TO_FC6, up_to_fc6, dense=dense)
    weights = read_foreign(path, crop=67)
    assert weights.variant == "torchvision"
    assert_equal(weights, up_to_fc6)


def test_onnx_in_doubles(tmp_path, ungrouped):
    order = TORCHVISION.order.split("flatten")[0]
    doubles = {name: (W.astype("f8"), b.astype("f8")) for name, (W, b) in ungrouped.items()}
    for how in ("raw", "packed", "unpacked"):
        path = files.onnx_network(tmp_path / "net", order, doubles, how=how)
        assert_equal(read_foreign(path), ungrouped)


def test_onnx_weights_in_another_file(tmp_path):
    outside = files.onnx_tensor("w", np.ones((2, 2), "f4")) + files.field(14, 1)
    node = files.onnx_node("Gemm", ["x", "w", "b"], "y")
    path = files.onnx_file(tmp_path / "net", [node], [outside])
    with pytest.raises(ValueError, match="is stored in"):
        read_foreign(path)


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"alpha": 0.5}, "scales or transposes"),
        ({"transA": 1}, "scales or transposes"),
        ({}, "has no bias"),
    ],
)
def test_onnx_layers_that_are_not_alexnets(tmp_path, facts, message):
    w = files.onnx_tensor("w", np.ones((2, 2), "f4"))
    path = files.onnx_file(
        tmp_path / "net", [files.onnx_node("Gemm", ["x", "w"], "y", **facts)], [w]
    )
    with pytest.raises(ValueError, match=message):
        read_foreign(path)


def test_onnx_steps_follow_the_activations(tmp_path, grouped):
    """What is computed beside them, such as shapes, is no step; what is done to them is."""
    tensors = [
        files.onnx_tensor("w", grouped["conv1"][0]),
        files.onnx_tensor("b", grouped["conv1"][1]),
    ]
    nodes = [
        files.onnx_node("Conv", ["x", "w", "b"], "1"),
        files.onnx_node("Shape", ["1"], "2"),
        files.onnx_node("Gather", ["2"], "3"),
        files.onnx_node("Sigmoid", ["1"], "4"),
        files.onnx_node("AveragePool", ["4"], "5", kernel_shape=[1, 1]),
        files.onnx_node("AveragePool", ["5"], "6", kernel_shape=[2, 2]),
    ]
    found = read_layers(files.onnx_file(tmp_path / "net", nodes, tensors))
    assert [step.kind for step in found.steps] == ["conv", "Sigmoid", "AveragePool"]


# --- NumPy ------------------------------------------------------------------------------------


def hwck(blobs):
    return {
        name: [np.ascontiguousarray(W.transpose(2, 3, 1, 0) if W.ndim == 4 else W.T), b]
        for name, (W, b) in blobs.items()
    }


@pytest.mark.parametrize("written_by", ["numpy", "numpy of Python 2"])
def test_npy(tmp_path, grouped, written_by):
    # Out of order, as a dictionary of Python 2 is.
    blobs = {name: hwck(grouped)[name] for name in ("conv3", "conv1", "conv5", "conv2", "conv4")}
    path = tmp_path / "bvlc_alexnet.npy"
    if written_by == "numpy":
        path.write_bytes(files.npy_bytes(blobs))
    else:
        files.npy_of_python_2(path, blobs)
    weights = read_foreign(path)
    assert weights.variant == "caffe"
    assert_equal(weights, grouped, bgr=True)
    assert as_caffe_prepares(weights.preprocessing)
    assert read_foreign(path, "caffenet").variant == "caffenet"


def test_npy_fully_connected_reads_height_width_channels(tmp_path, up_to_fc6):
    """fc6 as it stands: its rows are in our order already."""
    rng = np.random.default_rng(2)
    blobs = hwck(up_to_fc6)
    blobs["fc6"] = [rng.standard_normal((4 * 256, 4096), dtype=np.float32), up_to_fc6["fc6"][1]]
    path = tmp_path / "net.npy"
    path.write_bytes(files.npy_bytes(blobs))
    weights = read_foreign(path, crop=95)
    np.testing.assert_array_equal(weights.arrays["fc6.W"], blobs["fc6"][0])


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_npz(tmp_path, grouped, save):
    arrays = {"mean": np.float32([100, 110, 120])}
    for name, (W, b) in grouped.items():
        arrays |= {f"{name}_w": W, f"{name}_b": b}
    arrays["conv1_w"] = np.asfortranarray(arrays["conv1_w"])
    save(tmp_path / "trunk.npz", **arrays)
    weights = read_foreign(tmp_path / "trunk.npz")
    assert weights.variant == "caffe"
    assert_equal(weights, grouped, bgr=True)
    assert weights.preprocessing.mean[7, 8].tolist() == [120, 110, 100]  # red, green, blue
    assert (weights.preprocessing.crop, weights.preprocessing.warp) == (227, True)
