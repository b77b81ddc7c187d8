"""Weights from hand-made files of every format, in our layout, number for number."""

import json

import numpy as np
import pytest
import torch_files as torchs
import weight_files as files

from tinyalex.models import VARIANTS
from tinyalex.weights import Preprocessing, Weights, export, load_weights, read_foreign
from tinyalex.weights.foreign import read_layers

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


@pytest.fixture(scope="module")
def grouped():
    return random_trunk(CAFFE)


@pytest.fixture(scope="module")
def ungrouped():
    return random_trunk(TORCHVISION)


def random_connected(shape):
    rng = np.random.default_rng(6)
    W = rng.standard_normal(shape, dtype=np.float32)
    return W, rng.standard_normal(shape[0], dtype=np.float32)


@pytest.fixture(scope="module")
def up_to_fc6(ungrouped):
    """conv1 to fc6 of torchvision's, for input 67, whose pool5 is a single place: no more, because
    fc7 takes 67 MB."""
    return {**ungrouped, "fc6": random_connected((4096, 256))}


@pytest.fixture(scope="module")
def whole(up_to_fc6):
    fc7, fc8 = random_connected((4096, 4096)), random_connected((7, 4096))
    return {**up_to_fc6, "fc7": fc7, "fc8": fc8}


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


# --- Caffe ------------------------------------------------------------------------------------


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
    with pytest.raises(ValueError, match=r"not its layers: .*norm \(k 1, α 0.06\).*--variant"):
        read_foreign(path)


def test_another_activation_is_none_of_ours(tmp_path, grouped):
    data = files.field(1, "net")
    for name in TRUNK.split():
        kind = files.CAFFE_KINDS[name.rstrip("0123456789")].replace("ReLU", "Sigmoid")
        norm = files.CAFFE_LRN if kind == "LRN" else None
        data += files.caffe_layer(2, kind, name, grouped.get(name, ()), norm)
    (tmp_path / "net").write_bytes(data)
    with pytest.raises(ValueError, match="not its layers: conv Sigmoid norm"):
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
    with pytest.raises(ValueError, match="stands in another file"):
        read_foreign(path)


@pytest.mark.parametrize(
    ("facts", "message"),
    [({"alpha": 0.5}, "scales or turns"), ({"transA": 1}, "scales or turns"), ({}, "has no bias")],
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


# --- what is and what is not an AlexNet -------------------------------------------------------


def test_groups_in_pytorch_leave_the_variant_open(tmp_path, grouped):
    path = torchs.torch_zip(tmp_path / "net", torch_keys(grouped, names=CAFFE))
    with pytest.raises(ValueError, match="paper, original, caffe, caffenet: say which"):
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
        (lambda b: {"conv3": (b["conv3"][0], b["conv3"][1][:9])}, r"conv3.b is \(9,\)"),
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
    with pytest.raises(ValueError, match=r"fc6.W is \(256, 4096\), where .* \(9216, 4096\)"):
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
