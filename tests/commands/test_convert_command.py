"""python -m tinyalex.convert, and the names of classes."""

import hashlib
import threading
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
import torch_files as torchs
import weight_files as files

from tinyalex import convert
from tinyalex.models import VARIANTS
from tinyalex.weights import Preprocessing, Weights, load_weights, save_checkpoint
from tinyalex.weights.class_names import read_class_names
from tinyalex.weights.download import PUBLISHED, Published
from tinyalex.weights.sources import CONVENTIONS, kernel_shapes

CROP = 67


@pytest.fixture(scope="module")
def weights():
    """conv1 to conv5 of torchvision's network, to be given pictures of 67 × 67."""
    rng = np.random.default_rng(3)
    arrays = {}
    for place, (KH, KW, C, K) in enumerate(kernel_shapes(VARIANTS["torchvision"])):
        arrays[f"conv{place + 1}.W"] = rng.standard_normal((KH, KW, C, K), dtype=np.float32)
        arrays[f"conv{place + 1}.b"] = rng.standard_normal(K, dtype=np.float32)
    return Weights("torchvision", arrays, Preprocessing.of_colours(CROP))


@pytest.fixture(scope="module")
def trunk_file(weights, tmp_path_factory):
    """conv1 to conv5 as a state_dict of PyTorch."""
    places = dict(zip(range(1, 6), (0, 3, 6, 8, 10), strict=True))
    arrays = {}
    for k, place in places.items():
        W = weights.arrays[f"conv{k}.W"].transpose(3, 2, 0, 1)
        arrays[f"features.{place}.weight"] = np.ascontiguousarray(W)
        arrays[f"features.{place}.bias"] = weights.arrays[f"conv{k}.b"]
    return torchs.torch_zip(tmp_path_factory.mktemp("trunk") / "net.pth", arrays)


@pytest.fixture(scope="module")
def own_file(weights, tmp_path_factory):
    path = tmp_path_factory.mktemp("own") / "own.npz"
    weights.save(path)
    return path


def run(*arguments):
    return convert.main([str(argument) for argument in arguments])


def test_import(tmp_path, trunk_file, weights, capsys):
    assert run(trunk_file, tmp_path / "out.npz") == 0
    said = capsys.readouterr().out
    for part in (
        "PyTorch zip",
        "torchvision",
        "conv2  5 × 5 × 64 × 192",
        "2,469,696",
        "shorter side to 256, central 224 × 224, RGB 0 to 255, less mean 123.7 116.3 103.5, times",
        "fc6, fc7, fc8",
    ):
        assert part in said
    back = load_weights(tmp_path / "out.npz")
    for name, array in back.arrays.items():
        np.testing.assert_array_equal(array, weights.arrays[name])
    assert back.about == {"source": "PyTorch zip"}


def test_export_and_back(tmp_path, own_file, weights, capsys):
    for kind in ("pytorch", "safetensors"):
        run(own_file, tmp_path / kind, "--to", kind)
        run(tmp_path / kind, tmp_path / f"{kind}.npz")
        back = load_weights(tmp_path / f"{kind}.npz")
        assert back.variant == "torchvision"
        assert back.preprocessing.crop == CROP
        for name, array in weights.arrays.items():
            np.testing.assert_array_equal(back.arrays[name], array)
        (tmp_path / kind).unlink()


def test_a_checkpoint_of_several_networks(tmp_path, own_file, weights):
    arrays = {}
    for place, k in zip((0, 3, 6, 8, 10), range(1, 6), strict=True):
        W = weights.arrays[f"conv{k}.W"].transpose(3, 2, 0, 1)
        arrays[f"features.{place}.weight"] = np.ascontiguousarray(W)
        arrays[f"features.{place}.bias"] = weights.arrays[f"conv{k}.b"]
    state = torchs.state_dict(arrays)
    pickle = torchs.pickled(torchs.dictionary({"model": state, "ema": state}))
    path = torchs.torch_zip(tmp_path / "net.pth", arrays, pickle)
    out = tmp_path / "out.npz"
    with pytest.raises(ValueError, match="under the keys 'model', 'ema': choose one with --key"):
        run(path, out)
    run(path, out, "--key", "ema")
    np.testing.assert_array_equal(load_weights(out).arrays["conv4.W"], weights.arrays["conv4.W"])
    with pytest.raises(ValueError, match="needs no --key"):
        run(own_file, tmp_path / "other.npz", "--key", "ema")


def test_a_runs_folder(tmp_path, weights):
    p = weights.preprocessing
    groups = {"weights": weights.arrays, "preprocessing": {"mean": p.mean, "scale": p.scale}}
    reading = {"crop": p.crop, "size": p.size, "warp": p.warp}
    about = {"variant": "torchvision", "preprocessing": reading, "classes": None}
    save_checkpoint(tmp_path / "best.npz", groups, about)
    run(tmp_path, tmp_path / "out.pth", "--to", "pytorch")
    np.testing.assert_array_equal(
        load_weights(tmp_path / "out.pth").arrays["conv3.W"], weights.arrays["conv3.W"]
    )


def test_what_is_there_is_not_overwritten(tmp_path, trunk_file):
    out = tmp_path / "out.npz"
    out.write_bytes(b"dear")
    with pytest.raises(ValueError, match="already exists: choose another name, or add --force"):
        run(trunk_file, out)
    assert out.read_bytes() == b"dear"
    run(trunk_file, out, "--force")
    assert load_weights(out).variant == "torchvision"


def test_a_damaged_file_leaves_nothing_behind(tmp_path, trunk_file):
    damaged = tmp_path / "net.pth"
    damaged.write_bytes(trunk_file.read_bytes()[:-5000])
    with pytest.raises(ValueError, match="damaged zip"):
        run(damaged, tmp_path / "out.npz")
    assert list(tmp_path.iterdir()) == [damaged]


def test_wishes(tmp_path, trunk_file, own_file):
    run(trunk_file, tmp_path / "out.npz", "--conventions", "caffe", "--crop", "211")
    p = load_weights(tmp_path / "out.npz").preprocessing
    assert (p.crop, p.warp, p.mean[0, 0].tolist()) == (211, True, [123, 117, 104])
    with pytest.raises(ValueError, match="not paper"):
        run(trunk_file, tmp_path / "other.npz", "--variant", "paper")
    with pytest.raises(ValueError, match="is a tinyalex file, which needs no --crop"):
        run(own_file, tmp_path / "other.npz", "--crop", "99")


@pytest.mark.parametrize("files", [[], ["one"], ["one", "two", "three"]])
def test_files_are_two(files):
    with pytest.raises(ValueError, match="give FILE and OUT"):
        run(*files)


def test_out_is_for_downloads(tmp_path):
    with pytest.raises(ValueError, match="write OUT after FILE"):
        run(tmp_path / "net.pth", "--out", tmp_path / "out.npz")


def test_the_commands_choices_are_those_of_the_tables():
    assert set(convert.CONVENTIONS) == set(CONVENTIONS)


def test_names_of_classes(tmp_path, weights):
    fc8 = {"fc8.W": np.zeros((4096, 5), "f4"), "fc8.b": np.zeros(5, "f4")}
    own_file = tmp_path / "own.npz"
    replace(weights, arrays={**weights.arrays, **fc8}).save(own_file)
    names = tmp_path / "names.txt"
    names.write_text("n01440764 tench\nn01443537 goldfish\nn02012849 crane\n"
                     "n03126707 crane\nn07753592 banana\n")  # fmt: skip
    run(own_file, tmp_path / "out.npz", "--classes", names)
    back = load_weights(tmp_path / "out.npz")
    assert back.classes == ["tench", "goldfish", "crane", "crane", "banana"]
    assert back.about["wnids"][3] == "n03126707"
    names.write_text("a\nb\n")
    with pytest.raises(ValueError, match="names 2 classes, but the network has 5"):
        run(own_file, tmp_path / "other.npz", "--classes", names)


@pytest.mark.parametrize(
    ("contents", "names", "wnids"),
    [
        ("tench, Tinca tinca\nred fox\n", ["tench, Tinca tinca", "red fox"], None),
        ("n00000001 a b\nn00000002 c\n", ["a b", "c"], ["n00000001", "n00000002"]),
        ("0\tn00000001\ta, b\n1\tn00000002\tc\n", ["a, b", "c"], ["n00000001", "n00000002"]),
        ("n00000001\ta\nn00000002\tb", ["a", "b"], ["n00000001", "n00000002"]),
        ("0\ta\n1\tb", ["a", "b"], None),
        ("n00000001\nn00000002", ["n00000001", "n00000002"], ["n00000001", "n00000002"]),
        ("\ufefffür\r\nzwei\r\n", ["für", "zwei"], None),
        ("a\nb\n\n \n", ["a", "b"], None),
        ('"tench, Tinca tinca"\nfox\n', ["tench, Tinca tinca", "fox"], None),
        ('0,n00000001,"a, b"\n1,n00000002,c\n', ["a, b", "c"], ["n00000001", "n00000002"]),
        ("0,n00000001,a, b\n1,n00000002,c\n", ["a, b", "c"], ["n00000001", "n00000002"]),
        ("0;a\n1;b, c\n", ["a", "b, c"], None),
        ('"n00000001","a ""b"""\n"n00000002",c', ['a "b"', "c"], ["n00000001", "n00000002"]),
        ("1,2-propanediol\nfox\n", ["1,2-propanediol", "fox"], None),
        ("cafe\u0301\rfox", ["café", "fox"], None),
    ],
)
def test_files_of_names(tmp_path, contents, names, wnids):
    for encoding in ("utf-8", "utf-16", "utf-16-le"):
        (tmp_path / "names").write_bytes(contents.encode(encoding))
        if not (encoding == "utf-16-le" and contents.startswith("\ufeff")):
            assert read_class_names(tmp_path / "names") == (names, wnids)


@pytest.mark.parametrize(
    ("contents", "message"),
    [
        (b"", "names no classes"),
        (b"a\n\nb\n", "line 2 is empty"),
        (b"0\ta\n2\tb\n", "line 2 is class 2, not 1"),
        (b"n00000001 a\nb\n", "line 2 has no wnid"),
        (b"\xff\xfe\x00", "not UTF-8"),
        ("café".encode("cp1252"), r"not UTF-8 text \(line 1\): save it as UTF-8"),
        (b"{\\rtf1 tench}", "rich text"),
        (b"0," + 200_000 * b"x", "line 1: field larger than"),
    ],
)
def test_wrong_files_of_names(tmp_path, contents, message):
    (tmp_path / "names").write_bytes(contents)
    with pytest.raises(ValueError, match=message):
        read_class_names(tmp_path / "names")


def test_no_file_of_names(tmp_path):
    with pytest.raises(ValueError, match="No such file"):
        read_class_names(tmp_path / "names")


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture
def published_trunk(trunk_file, monkeypatch):
    """The trunk in place of torchvision's file, on a server of its own."""
    handler = partial(Quiet, directory=str(trunk_file.parent))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    data = trunk_file.read_bytes()
    url = f"http://127.0.0.1:{server.server_port}/{trunk_file.name}"
    digest = hashlib.sha256(data).hexdigest()
    published = Published(url, len(data), digest, "a licence", {"top1": 0.5})
    monkeypatch.setitem(PUBLISHED, "torchvision", published)
    yield published
    server.shutdown()
    server.server_close()


def test_download(tmp_path, published_trunk, capsys):
    kept = tmp_path / "kept.pth"
    run("--download", "torchvision", "--out", kept)
    said = capsys.readouterr().out
    assert f"{published_trunk.url}, 10 MB: a licence" in said
    assert f"downloaded to {kept}; its SHA-256 matches" in said
    assert f"convert it with: python -m tinyalex.convert {kept} OUT.npz" in said
    run("--download", "torchvision", tmp_path / "out.npz", "--out", kept)
    assert f"already at {kept}" in capsys.readouterr().out
    about = {"source": published_trunk.url, "licence": "a licence", "top1": 0.5}
    assert load_weights(tmp_path / "out.npz").about == about


def test_a_caffe_file_by_any_name(tmp_path, weights):
    order = VARIANTS["torchvision"].order.split("flatten")[0]
    blobs = {}
    for k in range(1, 6):
        W = weights.arrays[f"conv{k}.W"]
        W = W[:, :, ::-1] if k == 1 else W  # blue, green, red
        blobs[f"conv{k}"] = W.transpose(3, 2, 0, 1), weights.arrays[f"conv{k}.b"]
    files.caffe_network(tmp_path / "net.npz", order, blobs, 2)
    run(tmp_path / "net.npz", tmp_path / "out.npz")
    back = load_weights(tmp_path / "out.npz")
    np.testing.assert_array_equal(back.arrays["conv1.W"], weights.arrays["conv1.W"])
    assert back.preprocessing.warp
