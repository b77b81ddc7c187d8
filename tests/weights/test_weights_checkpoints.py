"""Checkpoints of PyTorch: under whatever key the network is, and in whatever order its layers."""

import json
import time

import numpy as np
import pytest
import torch_files as torchs
import weight_files as files
from complaints import complaint
from hypothesis import given, settings
from hypothesis import strategies as st
from random_networks import TORCHVISION, assert_equal, torch_keys
from small_files import SMALL

from tinyalex.weights import read_foreign
from tinyalex.weights.foreign import read_layers
from tinyalex.weights.formats.checkpoints import state_dict
from tinyalex.weights.formats.order import fits_together, in_network_order
from tinyalex.weights.formats.parsed_file import FileLayer
from tinyalex.weights.sources import kernel_shapes

WRITERS = {"zip": torchs.torch_zip, "stream": torchs.torch_stream}
KEYS = (
    *("state_dict", "model_state_dict", "model", "net", "network", "weights", "params"),
    *("state_dict_ema", "module", "model_state", "model.state_dict", "checkpoint.ema.weights", "0"),
)
OPTIMIZER = {"state": {0: {"momentum_buffer": np.ones((2, 3, 1, 1), "f4")}}, "param_groups": []}


def write(path, value, form="zip"):
    """A checkpoint of nested dictionaries and lists with arrays and numbers in it."""
    arrays = {}

    def piece(item):
        if isinstance(item, np.ndarray):
            arrays[str(len(arrays))] = item
            view = (b"N",) if form == "stream" else ()
            return torchs.tensor(
                torchs.storage_id(str(len(arrays) - 1), item, None, *view), item.shape
            )
        if isinstance(item, dict):
            return b"}(" + b"".join(piece(k) + piece(v) for k, v in item.items()) + b"u"
        if isinstance(item, list):
            return torchs.listed(*map(piece, item))
        return torchs.text(item) if isinstance(item, str) else torchs.number(item)

    pickle = torchs.pickled(piece(value))
    return WRITERS[form](path, arrays, pickle)


def under(key, value):
    for part in reversed(key.split(".")):
        value = [value, 1] if part == "0" else {"epoch": 3, part: value, "optimizer": OPTIMIZER}
    return value


def assert_small(found):
    (a, b), (W, V) = found.layers, (SMALL["a.weight"], SMALL["b.weight"])
    np.testing.assert_array_equal(a.weight, W)
    np.testing.assert_array_equal(b.weight, V)


@pytest.mark.parametrize("form", WRITERS)
@pytest.mark.parametrize("key", KEYS)
def test_the_network_is_found_under_any_key(tmp_path, key, form):
    path = write(tmp_path / "net", under(key, SMALL), form)
    assert_small(read_layers(path))
    assert_small(read_layers(path, key))


@pytest.mark.parametrize("prefix", ["module.", "_orig_mod.", "net.", "model.", "module._orig_mod."])
def test_prefixes(tmp_path, ungrouped, prefix):
    arrays = torch_keys(ungrouped, prefix)
    assert_equal(read_foreign(write(tmp_path / "net", {"state_dict": arrays})), ungrouped)


def test_several_networks(tmp_path):
    other = {name: array + 1 for name, array in SMALL.items()}
    checkpoint = {"state_dict": SMALL, "state_dict_ema": other, "optimizer": OPTIMIZER}
    path = write(tmp_path / "net", checkpoint)
    message = complaint(lambda: read_layers(path))
    assert "2 networks, under the keys 'state_dict', 'state_dict_ema': choose one" in message
    assert_small(read_layers(path, "state_dict"))
    np.testing.assert_array_equal(
        read_layers(path, "state_dict_ema").layers[0].weight, other["a.weight"]
    )
    message = complaint(lambda: read_layers(path, "model"))
    assert "no network under the key 'model': there are 'state_dict', 'state_dict_ema'" in message


def test_the_same_network_twice_is_one(tmp_path):
    """As where a pickle refers to what it had before."""
    assert state_dict({"a": SMALL, "b": SMALL}) == SMALL


@pytest.mark.parametrize(
    ("checkpoint", "message"),
    [
        ({"optimizer": OPTIMIZER}, "there are tensors under the keys 'optimizer.state.0'"),
        (
            {"params": {"conv1": {"weight": SMALL["a.weight"], "bias": SMALL["a.bias"]}}},
            "under the keys 'params.conv1'",
        ),
        ({"epoch": 3, "best": {"accuracy": 5}}, "no tensors: a checkpoint without its network"),
        ({f"part{i}": {"x": np.ones(2, "f4")} for i in range(9)}, "'part4' and 4 more"),
        ([1, 2], "a single value of type list, not a state_dict"),
        (5, "a single value of type int, not a state_dict"),
        (SMALL["a.weight"], "it holds a single tensor, not a state_dict"),
        ({"x": SMALL["a.weight"]}, r"'x' \(2, 3, 1, 1\) belongs to no"),
    ],
)
def test_what_holds_no_network(tmp_path, checkpoint, message):
    path = write(tmp_path / "net", checkpoint)
    with pytest.raises(ValueError, match=message):
        read_layers(path)


def test_a_key_for_what_has_none(tmp_path):
    path = files.onnx_network(
        tmp_path / "net", "conv1", {"conv1": (SMALL["a.weight"], SMALL["a.bias"])}
    )
    message = complaint(lambda: read_layers(path, "model"))
    assert "ONNX files hold one network: leave out --key" in message


def test_counters_are_left_out(tmp_path):
    """As in torch.optim.swa_utils.AveragedModel; a float may be part of the network."""
    averaged = {"n_averaged": np.array(5, "i8"), **{f"module.{k}": a for k, a in SMALL.items()}}
    assert_small(read_layers(write(tmp_path / "net", averaged)))
    path = write(tmp_path / "net", {**SMALL, "scale": np.array(5, "f4")})
    assert "'scale' () belongs to no" in complaint(lambda: read_layers(path))


def test_a_small_pickle_cannot_make_the_search_long(tmp_path):
    """Values that hold one value 2 ** 150 times, or themselves; a list named ten thousand times."""
    laughs = b"()" + b"".join(b"q\x00h\x00h\x00\x86" for _ in range(150)) + b"t"
    itself = b"]q\x01h\x01a"
    pairs = b"](" + torchs.sequence(torchs.text("k"), b"N") + b"q\x02" + b"h\x02" * 40_000 + b"e"
    many = b"(" + pairs + b"q\x03" + b"h\x04h\x03\x85R" * 10_000 + b"t"
    function = torchs.name("collections", "OrderedDict") + b"q\x04"
    items = {"laughs": laughs, "itself": itself, "function": function, "many": many}
    value = torchs.dictionary({**items, "model": torchs.state_dict(SMALL)})
    start = time.monotonic()
    assert_small(read_layers(torchs.torch_zip(tmp_path / "net", SMALL, torchs.pickled(value))))
    assert time.monotonic() - start < 5


# --- the layers' order ------------------------------------------------------------------------


def as_safetensors(path, arrays):
    header, body = {}, b""
    for key, array in arrays.items():
        span = [len(body), len(body) + array.nbytes]
        header[key] = {"dtype": "F32", "shape": array.shape, "data_offsets": span}
        body += array.tobytes()
    return files.safetensors(path, json.dumps(header), body)


FORMATS = {**WRITERS, "tar": torchs.torch_tar, "safetensors": as_safetensors}


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("order", ["network", "text", "reversed"])
def test_one_rule_of_order_for_all_formats(tmp_path, up_to_fc6, form, order):
    arrays = torch_keys(up_to_fc6)
    names = {"network": list(arrays), "text": sorted(arrays), "reversed": list(arrays)[::-1]}[order]
    if order == "text":
        assert names.index("features.10.bias") < names.index("features.3.bias")
    path = FORMATS[form](tmp_path / "net", {name: arrays[name] for name in names})
    assert_equal(read_foreign(path, crop=67), up_to_fc6)


def test_names_that_say_nothing(tmp_path, ungrouped):
    """The order in the file is then the network's, in every format."""
    names = dict(zip(ungrouped, ("stem", "body", "middle", "lower", "last"), strict=True))
    arrays = {}
    for name, (W, b) in ungrouped.items():
        arrays |= {f"{names[name]}.weight": W, f"{names[name]}.bias": b}
    for form, writer in FORMATS.items():
        assert_equal(read_foreign(writer(tmp_path / form, arrays)), ungrouped)


def layers_of(shapes):
    return [
        FileLayer(name, np.broadcast_to(np.float32(0), shape), np.zeros(1))
        for name, shape in shapes.items()
    ]


def network_shapes(classes):
    convolutions = {
        f"features.{place}": (K, C, KH, KW)
        for place, (KH, KW, C, K) in zip((0, 3, 6, 8, 10), kernel_shapes(TORCHVISION), strict=True)
    }
    connected = {"classifier.1": (4096, 9216), "classifier.4": (4096, 4096)}
    return {**convolutions, **connected, "classifier.6": (classes, 4096)}


@settings(max_examples=100, deadline=None)
@given(st.permutations(list(network_shapes(10))))
def test_any_order_in_the_file_gives_one_network(names):
    shapes = network_shapes(10)
    ordered = in_network_order(layers_of({name: shapes[name] for name in names}))
    assert [layer.name for layer in ordered] == list(shapes)


def test_what_shapes_do_not_tell_is_refused():
    """fc7 and fc8 of 4096 classes have one shape."""
    shapes = network_shapes(4096)
    names = list(shapes)
    assert [layer.name for layer in in_network_order(layers_of(shapes))] == names
    by_text = {name: shapes[name] for name in sorted(shapes)}
    assert [layer.name for layer in in_network_order(layers_of(by_text))] == names
    names[-2:] = names[:-3:-1]
    swapped = layers_of({name: shapes[name] for name in names})
    message = complaint(lambda: in_network_order(swapped))
    assert "'classifier.6' comes before 'classifier.4' in the file, but after it by name" in message


def test_the_shapes_that_fit_together():
    good = layers_of(network_shapes(10))
    assert fits_together(good, "KCHW")
    for place in (1, 2, 3, 4, 6, 7):
        swapped = [*good]
        swapped[place - 1], swapped[place] = swapped[place], swapped[place - 1]
        assert not fits_together(swapped, "KCHW"), place
