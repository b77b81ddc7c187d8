"""ONNX weights are read however the file hands them to their layers, or refused with the reason."""

import os

import numpy as np
import onnx_ways
import pytest
import weight_files as files
from complaints import complaint
from random_networks import TORCHVISION, TRUNK, assert_equal
from weight_files import field

from tinyalex.weights import read_foreign
from tinyalex.weights.foreign import read_layers

ORDER = TORCHVISION.order.split("relu6")[0]
DENSE = ("Gemm", "plain Gemm", "MatMul")


@pytest.fixture(scope="module")
def small():
    """A convolution, and a fully connected layer of as many inputs as outputs: its shape does not
    tell which axis is which."""
    rng = np.random.default_rng(8)
    shapes = {"conv1": (2, 3, 4, 5), "fc6": (6, 6)}
    return {
        name: (rng.standard_normal(s, dtype="f4"), rng.standard_normal(s[0], dtype="f4"))
        for name, s in shapes.items()
    }


def assert_read(path, blobs):
    for layer, (W, b) in zip(read_layers(path).layers, blobs.values(), strict=True):
        np.testing.assert_array_equal(layer.weight, W)
        np.testing.assert_array_equal(layer.bias, b)


@pytest.mark.parametrize("dense", DENSE)
@pytest.mark.parametrize("way", onnx_ways.WAYS)
def test_ways_that_change_no_number(tmp_path, small, way, dense):
    give = onnx_ways.WAYS[way]
    order = "conv1 relu1 flatten fc6"
    assert_read(files.onnx_network(tmp_path / "n", order, small, give=give, dense=dense), small)


@pytest.mark.parametrize("dense", DENSE)
def test_a_whole_network_of_constants(tmp_path, up_to_fc6, dense):
    path = tmp_path / "net"
    files.onnx_network(path, ORDER, up_to_fc6, give=onnx_ways.chain, dense=dense)
    weights = read_foreign(path, crop=67)
    assert weights.variant == "torchvision"
    assert_equal(weights, up_to_fc6)


@pytest.mark.parametrize("way", onnx_ways.REFUSED)
def test_ways_that_are_refused(tmp_path, small, way):
    give, reason = onnx_ways.REFUSED[way]
    path = files.onnx_network(tmp_path / "net", "conv1 relu1", small, give=give)
    with pytest.raises(ValueError, match=reason):
        read_layers(path)


def test_a_chain_of_a_thousand(tmp_path, small):
    def give(name, array):
        nodes = [files.onnx_node("Identity", [f"{name}{i}"], f"{name}{i + 1}") for i in range(1000)]
        nodes.append(files.onnx_node("Identity", [f"{name}1000"], name))
        return nodes, [files.onnx_tensor(f"{name}0", array)]

    path = files.onnx_network(tmp_path / "net", "conv1", small, give=give)
    assert "'conv1_w' of a 'Conv' go through more than 20 nodes" in complaint(
        lambda: read_layers(path)
    )


def test_weights_that_are_initializers_and_inputs(tmp_path, grouped):
    """As ONNX had it before its version 4 of the format."""
    inputs = [f"{name}_{part}" for name in grouped for part in "wb"]
    path = files.onnx_network(tmp_path / "net", TRUNK, grouped, inputs=inputs)
    assert_equal(read_foreign(path), grouped, bgr=True)


def test_weights_that_are_inputs_alone(tmp_path, small):
    path = files.onnx_network(
        tmp_path / "net", "conv1", small, give=lambda name, array: ([], []), inputs=["conv1_w"]
    )
    message = complaint(lambda: read_layers(path))
    assert "'conv1_w' of a 'Conv' are an input of the graph" in message
    assert "export_params=False" in message


def test_sparse_weights(tmp_path, small):
    node = files.onnx_node("Conv", ["x", "w", "b"], "y")
    path = files.onnx_file(tmp_path / "net", [node], [])
    sparse = field(15, field(1, files.onnx_tensor("w", small["conv1"][0])))
    path.write_bytes(path.read_bytes() + field(7, sparse))
    assert "'w' is stored sparsely" in complaint(lambda: read_layers(path))


# --- biases that an Add gives -----------------------------------------------------------------


def with_add(path, kind, weight, bias, between=(), other=None):
    """A layer without a bias, nodes between, and an Add."""
    nodes = [files.onnx_node(kind, ["x", "w"], "0")]
    for i, node in enumerate(between):
        nodes.append(files.onnx_node(node, [str(i)], str(i + 1)))
    nodes.append(files.onnx_node("Add", [other or "b", str(len(between))], "y"))
    tensors = [files.onnx_tensor("w", weight), files.onnx_tensor("b", bias)]
    return files.onnx_file(path, nodes, tensors)


@pytest.mark.parametrize("shape", [(2, 1, 1), (1, 2, 1, 1)])
@pytest.mark.parametrize("between", [(), ("Identity",), ("Cast", "Identity")])
def test_a_bias_added_to_a_convolution(tmp_path, small, shape, between):
    W, b = small["conv1"]
    path = with_add(tmp_path / "net", "Conv", W, b.reshape(shape), between)
    assert_read(path, {"conv1": (W, b)})


@pytest.mark.parametrize("shape", [(2,), (1, 2), (2, 1, 1, 1), (2, 3, 1, 1), (1, 1, 2)])
def test_what_is_added_along_other_axes_is_no_bias(tmp_path, small, shape):
    """(2,) would be added along the width."""
    path = with_add(tmp_path / "net", "Conv", small["conv1"][0], np.ones(shape, "f4"))
    assert "not one number per channel" in complaint(lambda: read_layers(path))


@pytest.mark.parametrize("kind", ["Conv", "MatMul"])
def test_what_is_added_after_the_activation_is_no_bias(tmp_path, small, kind):
    W, b = small["conv1" if kind == "Conv" else "fc6"]
    b = b.reshape(-1, 1, 1) if kind == "Conv" else b
    path = with_add(tmp_path / "net", kind, W, b, ["Relu"])
    assert "has no bias" in complaint(lambda: read_layers(path))


def test_a_sum_of_activations_is_no_bias(tmp_path, small):
    path = with_add(tmp_path / "net", "Conv", *small["conv1"], other="x")
    assert "has no bias" in complaint(lambda: read_layers(path))


@pytest.mark.parametrize("inputs", [["w", "x"], ["x", "x"], ["x", "0"]])
def test_weights_must_be_on_the_right(tmp_path, inputs):
    nodes = [
        files.onnx_node("Relu", ["x"], "0"),
        files.onnx_node("MatMul", inputs, "1"),
        files.onnx_node("Add", ["1", "b"], "y"),
    ]
    tensors = [files.onnx_tensor(name, np.ones(s, "f4")) for name, s in (("w", (6, 6)), ("b", 6))]
    path = files.onnx_file(tmp_path / "net", nodes, tensors)
    message = complaint(lambda: read_layers(path))
    assert "does not multiply activations by weights" in message or "an input" in message


def test_maps_that_are_turned_before_they_are_flattened(tmp_path, small):
    """Then fc6 reads height, width, channels, whatever its shape says."""
    tensors = [
        files.onnx_tensor(f"{layer}_{i}", array)
        for layer, pair in small.items()
        for i, array in enumerate(pair)
    ]
    nodes = [
        files.onnx_node("Conv", ["x", "conv1_0", "conv1_1"], "1"),
        files.onnx_node("Transpose", ["1"], "2", perm=[0, 2, 3, 1]),
        files.onnx_node("Flatten", ["2"], "3"),
        files.onnx_node("Gemm", ["3", "fc6_0", "fc6_1"], "4", transB=1),
    ]
    path = files.onnx_file(tmp_path / "net", nodes, tensors)
    assert "the order of its inputs is unknown" in complaint(lambda: read_layers(path))


def test_a_graph_without_layers(tmp_path):
    nodes = [files.onnx_node("Custom", ["x"], "1"), files.onnx_node("Relu", ["1"], "2")]
    path = files.onnx_file(tmp_path / "net", nodes, [])
    assert "on the path from its input: Custom, relu" in complaint(lambda: read_layers(path))


@pytest.mark.parametrize("kind", ["QLinearConv", "ConvInteger", "MatMulInteger"])
def test_quantized_layers(tmp_path, kind):
    path = files.onnx_file(tmp_path / "net", [files.onnx_node(kind, ["x", "w"], "y")], [])
    assert f"a '{kind}' has weights quantized" in complaint(lambda: read_layers(path))


# --- numbers in a file beside it --------------------------------------------------------------


def outside(name, array, location, offset=None, length=None, kind=1):
    """A tensor whose numbers stand in another file."""
    place = {"location": location, "offset": offset, "length": length}
    data = b"".join(field(1, side) for side in array.shape) + field(2, kind) + field(8, name)
    for key, value in place.items():
        if value is not None:
            data += field(13, field(1, key) + field(2, str(value)))
    return data + field(14, 1)


def with_data_beside(path, pair, **place):
    W, b = pair
    name = place.pop("location", "net.data")
    tensors = [
        outside("w", W, name, **{"offset": 64, "length": W.nbytes, **place}),
        files.onnx_tensor("b", b),
    ]
    return files.onnx_file(path, [files.onnx_node("Conv", ["x", "w", "b"], "y")], tensors)


@pytest.fixture
def beside(tmp_path, small):
    (tmp_path / "net.data").write_bytes(bytes(64) + small["conv1"][0].tobytes())
    return tmp_path / "net.onnx"


@pytest.mark.parametrize("length", ["told", None])
def test_numbers_in_a_file_beside_it(beside, small, length):
    extra = {} if length else {"length": None}
    assert_read(with_data_beside(beside, small["conv1"], **extra), {"conv1": small["conv1"]})


def test_a_file_of_its_own_for_each_tensor(tmp_path, small):
    W, b = small["conv1"]
    (tmp_path / "w").write_bytes(W.tobytes())
    (tmp_path / "b").write_bytes(b.tobytes())
    node = files.onnx_node("Conv", ["x", "w", "b"], "y")
    path = tmp_path / "net"
    files.onnx_file(path, [node], [outside("w", W, "w"), outside("b", b, "b")])
    assert_read(path, {"conv1": (W, b)})


@pytest.mark.parametrize(
    ("place", "message"),
    [
        (
            {"location": "gone.data"},
            "'gone.data', which is not in the same folder: put both in one",
        ),
        ({"location": ""}, "not a plain file name"),
        ({"location": ".."}, "not a plain file name"),
        ({"location": "../secret"}, "not a plain file name"),
        ({"location": "/etc/passwd"}, "not a plain file name"),
        ({"location": "folder/net.data"}, "not a plain file name"),
        ({"location": "..\\secret"}, "not a plain file name"),
        ({"location": "C:secret"}, "not a plain file name"),
        ({"location": "net.data\0"}, "not a plain file name"),
        ({"location": "link"}, "not a regular file"),
        ({"location": "folder"}, "not a regular file"),
        ({"location": "empty"}, "empty"),
        ({"location": "pipe"}, "not a regular file"),
        ({"offset": 65}, "ends before"),
        ({"offset": 10**17}, "ends before"),
        ({"offset": 10**30}, "an invalid offset or length"),
        ({"offset": -4}, "an invalid offset or length"),
        ({"offset": "٤"}, "an invalid offset or length"),
        ({"offset": "0x10"}, "an invalid offset or length"),
        ({"length": 4}, "differ in size"),
        ({"length": 10**17}, "differ in size"),
        ({"kind": 11, "length": None}, "ends before"),
        ({"location": "a" * 2000}, "a file name is too long"),
        ({"location": "a" * 900}, "cannot read"),
    ],
)
def test_files_beside_it_that_are_refused(beside, small, place, message):
    folder = beside.parent
    (folder / "folder").mkdir()
    (folder / "link").symlink_to(folder / "net.data")
    (folder / "empty").write_bytes(b"")
    os.mkfifo(folder / "pipe")
    path = with_data_beside(beside, small["conv1"], **place)
    assert message in complaint(lambda: read_layers(path))
