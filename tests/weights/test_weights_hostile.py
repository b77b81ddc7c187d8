"""Hostile and damaged weight files: one clear line each, nothing run, little memory, soon.

The files are made in `hostile_*.py`. "Refused" means by the reader of the format itself: that two
small layers are no AlexNet is not what is tested here.
"""

import json
import pickle
import re
import sys
import tracemalloc
import zipfile
from collections import Counter

import hostile_containers as containers
import hostile_messages as messages
import hostile_onnx as onnx_graphs
import hostile_pickles as pickles
import numpy as np
import pytest
from small_files import GOOD, SMALL
from test_weights_other_files import BINARIES as OTHER
from torch_files import pickled, torch_zip
from weight_files import npy_bytes, npy_header

from tinyalex.weights import Preprocessing, Weights, load_weights, read_foreign
from tinyalex.weights.foreign import read_layers

MEMORY = 16 * 2**20  # bytes that the reading of one file of some kilobytes may take
MOST_TEXT = 400  # characters of a message, the path apart

# What Python itself reports of a process that runs, imports or writes something.
SUSPICIOUS = re.compile(
    r"os\.(system|exec|fork|posix_spawn|spawn|startfile|remove|rename|mkdir|putenv|chmod|link)"
    r"|subprocess\.Popen|pty\.spawn|exec|compile|import|pickle\.find_class|marshal\.loads"
    r"|ctypes\..*|socket\..*|shutil\..*|code\.__new__|webbrowser\.open|tempfile\..*"
)
_watch = {"on": False, "seen": []}


def _audit(event, arguments):
    if not _watch["on"]:
        return
    writes = event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+")
    if writes or SUSPICIOUS.fullmatch(event):
        _watch["seen"].append((event, str(arguments)[:200]))


sys.addaudithook(_audit)


@pytest.fixture(scope="module", autouse=True)
def _everything_is_imported(tmp_path_factory):
    """So that an import during a test is one that a file brought about."""
    for write in GOOD.values():
        path = tmp_path_factory.mktemp("good") / "file"
        write(path)
        read_layers(path)
        for read in (read_foreign, load_weights):
            with pytest.raises(ValueError, match="not a known AlexNet"):
                read(path)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "file"


@pytest.fixture
def canary(tmp_path):
    return tmp_path / "canary"


@pytest.fixture(autouse=True)
def _nothing_is_run(canary):
    _watch["seen"].clear()
    yield
    assert _watch["seen"] == []
    assert not canary.exists()


def reading(read, path):
    """What read(path) gives, or its ValueError; under watch."""
    _watch["on"] = True
    try:
        return read(path)
    except ValueError as error:
        return error
    finally:
        _watch["on"] = False


def one_line(error, path):
    message = str(error)
    return (
        isinstance(error, ValueError)
        and "\n" not in message
        and "\r" not in message
        and str(path) in message
        and 5 < len(message.replace(str(path), "")) < MOST_TEXT
    )


def refused(attacks, write):
    """Writes and reads {what: attack}; all must be refused. Returns how many there were."""
    wrong = {}
    for what, attack in attacks.items():
        path = write(attack)
        tracemalloc.start()
        try:
            error = reading(read_layers, path)
            used = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        if not one_line(error, path):
            wrong[what] = repr(error)[:500]  # now: its arrays lie in the file, soon another
        elif used > MEMORY:
            wrong[what] = f"{used:,} bytes of memory"
        elif not one_line(reading(load_weights, path), path):
            wrong[what] = "load_weights lets it through"
    assert wrong == {}
    return len(attacks)


def write_bytes(path):
    def write(data):
        path.write_bytes(data)
        return path

    return write


@pytest.mark.parametrize("format", GOOD)
def test_without_an_attack_the_files_are_read(path, format):
    GOOD[format](path)
    found = reading(read_layers, path)
    assert [layer.weight.size for layer in found.layers] == [6, 8]
    np.testing.assert_array_equal(np.sort(found.layers[1].weight.ravel()), np.arange(8))
    error = reading(read_foreign, path)
    assert "not a known AlexNet" in str(error)


@pytest.mark.parametrize("host", pickles.HOSTS)
def test_what_stands_at_the_attacks_place_is_stepped_over(path, host):
    """Were an attack let through, the file would be read."""
    for harmless in (b"N", b"}", b"](NNe", b"K\x07"):
        pickles.HOSTS[host](path, harmless)
        assert len(read_layers(path).layers) == 2


def test_the_calls_are_real(path, canary):
    """Python's own pickle would run them; this one's file is then there."""
    attacks = pickles.calls(canary)
    for what in ("os.system", "os.system by STACK_GLOBAL", "builtins.eval", "builtins.exec"):
        pickle.loads(pickled(attacks[what]))
        assert canary.exists(), what
        canary.unlink()


@pytest.mark.slow
@pytest.mark.parametrize("host", pickles.HOSTS)
def test_calls(path, canary, host):
    count = refused(pickles.calls(canary), lambda piece: pickles.HOSTS[host](path, piece) or path)
    assert count >= 80


def test_the_message_says_what_was_asked_for(path, canary):
    pickles.in_zip(path, pickles.calls(canary)["os.system"])
    message = str(reading(read_foreign, path))
    assert "'os.system', which weights do not need: refused, nothing was executed" in message


@pytest.mark.slow
@pytest.mark.parametrize("host", pickles.HOSTS)
def test_misuse_of_the_machine(path, host):
    count = refused(pickles.machines(), lambda piece: pickles.HOSTS[host](path, piece) or path)
    assert count >= 200


@pytest.mark.parametrize("host", ["zip", "stream"])
def test_tensors_that_lie(path, host):
    assert refused(pickles.tensors(), lambda piece: pickles.HOSTS[host](path, piece)) >= 55


CONTAINERS = {
    "zip": containers.zips,
    "tar": containers.tars,
    "stream": containers.streams,
    "messages": messages.messages,
    "blobs": messages.blobs,
    "constants": onnx_graphs.constants,
    "other files": lambda path: {what: data for what, (data, _) in OTHER.items() if data},
    "safetensors": messages.safetensors,
    "NumPy": messages.numpys,
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", CONTAINERS)
def test_containers_that_lie(path, kind):
    refused(CONTAINERS[kind](path), write_bytes(path))


def test_they_are_more_than_a_thousand(path, canary):
    counts = Counter({kind: len(make(path)) for kind, make in CONTAINERS.items()})
    counts["calls"] = len(pickles.calls(canary)) * len(pickles.HOSTS)
    counts["machines"] = len(pickles.machines()) * len(pickles.HOSTS)
    counts["tensors"] = len(pickles.tensors()) * 2
    print(dict(counts), counts.total())
    assert counts.total() >= 1000


METADATA = {
    "variant": "paper",
    "classes": None,
    "about": {},
    "crop": 4,
    "size": 4,
    "warp": False,
    "scale": [1, 1, 1],
    "mean": [1, 2, 3],
}
LIES = {
    "variant": ["vgg", ["paper"], None, 5],
    "classes": [5, "abc", {"a": "b"}, [5], [["a"]], [None]],
    "about": [None, [], "text"],
    "crop": [0, -4, 5, 2**70, 4.0, "4", True, None],
    "size": [0, 3, 2**31, 2**70, "4", None, [4]],
    "scale": [None, 1, [1, 1], ["a", "b", "c"], [1, 1, float("nan")], [[1, 1, 1]], [10**400] * 3],
    "mean": [None, 1, [1, 2], "", "====", "AAAA", "é", [1, 2, float("inf")], {}, "A" * 1000],
}


def test_metadata_that_lies(path):
    """What a file that tinyalex exported says of itself: only read_foreign looks at it."""
    lies = [json.dumps({**METADATA, key: v}) for key, values in LIES.items() for v in values]
    lies += [json.dumps({k: v for k, v in METADATA.items() if k != key}) for key in METADATA]
    lies += ["", "{", "[]", "5", "null", "[" * 100_000, '{"crop": ' + "9" * 10_000 + "}", "\xff"]
    for lie in lies:
        torch_zip(path, SMALL, entries={"tinyalex.json": lie.encode("latin-1")})
        error = reading(read_foreign, path)
        assert one_line(error, path), lie[:100]
        assert "tinyalex metadata is damaged" in str(error), lie[:100]
    torch_zip(path, SMALL, entries={"tinyalex.json": json.dumps(METADATA).encode()})
    assert "not a known AlexNet" in str(reading(read_foreign, path))


# --- cut and flipped --------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("format", GOOD)
def test_cut_files(path, format):
    """At every length. A message of protobuf may end between two fields: it has then lost layers,
    or what comes after them."""
    good = GOOD[format](path) and path.read_bytes()
    whole = describe(read_layers(path))
    end = len(good.rstrip(b"\0") if "tar" in format else good)  # a tar ends with idle zeros
    step = 1 + end // 1000
    reads = 0
    for length in range(0, end, step):
        path.write_bytes(good[:length])
        found = reading(read_layers, path)
        if isinstance(found, ValueError):
            assert one_line(found, path), (length, found)
            continue
        reads += 1
        if "Caffe" in format:
            assert describe(found) == whole[: len(describe(found))]
        else:
            assert "ONNX" in format
            assert describe(found) == whole
    assert reads < len(good) / step / 4


def describe(found):
    return [(layer.name, layer.weight.shape, layer.weight.tolist()) for layer in found.layers]


FLIPS = {format: (0xFF, 0x01) if "zip" in format else (0x80, 0x01) for format in GOOD}
CHECKED = ("PyTorch zip", "npz", "npz, compressed")  # by CRC-32


@pytest.mark.slow
@pytest.mark.parametrize("format", GOOD)
def test_flipped_bits(path, format):
    """One byte changed, at every place. Where the format has checksums, either the file is refused
    or nothing is different; elsewhere numbers may have changed, unnoticed."""
    good = GOOD[format](path) and path.read_bytes()
    whole = describe(read_layers(path))
    step = 1 + len(good) // 600
    refusals = 0
    for place in range(0, len(good), step):
        for flip in FLIPS[format]:
            damaged = bytearray(good)
            damaged[place] ^= flip
            path.write_bytes(damaged)
            found = reading(read_layers, path)
            if isinstance(found, ValueError):
                assert one_line(found, path), (place, found)
                refusals += 1
            elif format in CHECKED:
                assert describe(found) == whole, place
            else:
                assert sum(layer.weight.nbytes for layer in found.layers) < 2 * len(good)
    assert refusals > 50


@pytest.fixture
def ours(path):
    """A checkpoint of our own. NumPy parses the headers of its arrays, and runs nothing of them:
    that is an event "compile", but never one "exec"."""
    p = Preprocessing.of_colours(2, (1, 2, 3), size=2)
    Weights("paper", {"conv1.W": np.arange(6, dtype="f4")}, p, ["a"]).save(path)
    yield path.read_bytes()
    _watch["seen"] = [event for event in _watch["seen"] if event[0] != "compile"]


@pytest.mark.slow
def test_our_own_files_cut_and_flipped(path, ours):
    for length in range(len(ours)):
        path.write_bytes(ours[:length])
        assert one_line(reading(load_weights, path), path), length
    for place in range(0, len(ours), 3):
        path.write_bytes(ours[:place] + bytes([ours[place] ^ 0xFF]) + ours[place + 1 :])
        found = reading(load_weights, path)
        if not isinstance(found, ValueError):
            np.testing.assert_array_equal(found.arrays["conv1.W"], np.arange(6))


def test_our_own_files_that_lie(path, ours):
    whole = containers.entries_of(ours)

    def about(text):
        return {"about.npy": npy_bytes(np.array(text))}

    def weight(shape, descr="'<f4'", data=b""):
        return {"weights/conv1.W.npy": npy_header(descr, shape) + data}

    changes = {
        "a list": about("[1]"),
        "no JSON": about("{"),
        "deep lists": about("[" * 100_000),
        "a variant that is a list": about('{"format": "tinyalex checkpoint 1", "variant": ["a"]}'),
        "another format": about("{}"),
        "about, pickled": {"about.npy": npy_header("'|O'", "()") + b"cos\nsystem\n."},
        "pickled": weight("()", "'|O'", b"cos\nsystem\n."),
        "a call": weight("()", "__import__('os').system('true')"),
        "a terabyte": weight("(1000000000000,)"),
        "past 64 bits": weight("(4611686018427387904,)"),
        "deep signs": weight("(" + "-" * 3000 + "6,)"),
        "deep brackets": weight("(" * 50 + "6," + ")" * 50),
        "no array": {"weights/conv1.W.npy": b"hello"},
        "no group": {"x.npy": npy_bytes(np.ones(1))},
    }
    attacks = {what: containers.zip_of({**whole, **entry}) for what, entry in changes.items()}
    attacks["compressed"] = containers.zip_of(whole, zipfile.ZIP_DEFLATED)
    attacks["in LZMA"] = containers.zip_of(whole, zipfile.ZIP_LZMA)
    zeros = weight("(16777216,)", data=bytes(2**26))
    attacks["a bomb"] = containers.zip_of({**whole, **zeros}, zipfile.ZIP_DEFLATED)
    for what, attack in attacks.items():
        path.write_bytes(attack)
        assert one_line(reading(load_weights, path), path), what


def test_noise(path):
    rng = np.random.default_rng(0)
    beginnings = [GOOD[format](path) and path.read_bytes()[:20] for format in GOOD]
    for size in range(1, 400):
        path.write_bytes(beginnings[size % len(beginnings)][: size % 21] + rng.bytes(size))
        assert one_line(reading(read_foreign, path), path)


def test_all_numbers_come_from_the_file(path):
    """That which is read is as large as what stands there."""
    GOOD["PyTorch zip"](path)
    found = read_layers(path)
    for layer, (W, b) in zip(found.layers, (("a", "a"), ("b", "b")), strict=True):
        np.testing.assert_array_equal(layer.weight, SMALL[f"{W}.weight"])
        np.testing.assert_array_equal(layer.bias, SMALL[f"{b}.bias"])
