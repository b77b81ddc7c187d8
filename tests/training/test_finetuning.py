"""Starting from trained weights: what is kept, frozen and reinitialized."""

import json

import numpy as np
import pytest
from train_runs import make_pictures, refusal

from tinyalex import train
from tinyalex.layers import Conv2d, Dropout, Flatten, Linear, ReLU, SoftmaxCrossEntropy
from tinyalex.models import Sequential, alexnet
from tinyalex.optim import SGD
from tinyalex.training import load_checkpoint
from tinyalex.training.settings import Settings
from tinyalex.training.start import layer_rates, layers_named, take_over
from tinyalex.weights import Preprocessing, Weights

FLAGS = ["--epochs", "1", "--batch-size", "4", "--workers", "1", "--lr", "0.001"]


def small_net():
    rng = np.random.default_rng(5)
    layers = [
        ("conv1", Conv2d(3, 4, 3, rng=rng, dtype="float64")),
        ("relu1", ReLU()),
        ("conv2", Conv2d(4, 4, 3, rng=rng, dtype="float64")),
        ("relu2", ReLU()),
        ("flatten", Flatten()),
        ("drop3", Dropout(0.5, rng=np.random.default_rng(1))),
        ("fc3", Linear(4 * 4 * 4, 6, rng=rng, dtype="float64")),
        ("relu3", ReLU()),
        ("fc4", Linear(6, 3, rng=rng, dtype="float64")),
    ]
    return Sequential(layers)


def one_step(net, **rates):
    x = np.random.default_rng(0).normal(size=(5, 8, 8, 3))
    loss = SoftmaxCrossEntropy()
    optimizer = SGD(net, lr=0.1, **rates)
    loss.forward(net.forward(x, training=True), np.array([0, 1, 2, 0, 1]))
    dx = net.backward(loss.backward())
    optimizer.step()
    return dx, optimizer


def test_a_frozen_trunk_changes_nothing_for_the_layers_behind_it():
    free, frozen = small_net(), small_net()
    one_step(free)
    frozen.freeze(["conv1", "conv2"])
    dx, optimizer = one_step(frozen, layer_rates={"conv1": 0, "conv2": 0})
    assert dx is None
    before, after = small_net().state_dict(), frozen.state_dict()
    for name, array in after.items():
        expected = before if name.startswith("conv") else free.state_dict()
        np.testing.assert_array_equal(array, expected[name], err_msg=name)
    assert set(optimizer.velocity) == {"fc3.W", "fc3.b", "fc4.W", "fc4.b"}


def test_a_frozen_trunk_keeps_nothing_for_a_backward():
    net = small_net()
    net.freeze(["conv1", "conv2"])
    x = np.ones((2, 8, 8, 3))
    net.forward(x, training=True)
    for name in ("conv1", "relu1", "conv2"):
        with pytest.raises(ValueError, match="forward"):
            net[name].backward(x)
    # Dropout stands before the first layer that learns, and is at work all the same.
    assert (net["drop3"].mask == 0).any()


def test_a_frozen_layer_in_the_middle_is_passed_backward():
    free, frozen = small_net(), small_net()
    one_step(free)
    frozen.freeze(["conv2"])
    dx, _ = one_step(frozen, layer_rates={"conv2": 0})
    assert dx.shape == (5, 8, 8, 3)
    np.testing.assert_array_equal(frozen["conv2"].params["W"], small_net()["conv2"].params["W"])
    np.testing.assert_array_equal(frozen["conv1"].params["W"], free["conv1"].params["W"])


def test_all_frozen():
    net = small_net()
    net.freeze(["conv1", "conv2", "fc3", "fc4"])
    with pytest.raises(ValueError, match="nothing to train"):
        one_step(net)
    with pytest.raises(ValueError, match="no layer 'fc9'"):
        net.freeze(["fc9"])


def test_rates_of_single_layers():
    plain, fast = small_net(), small_net()
    one_step(plain)
    one_step(fast, layer_rates={"fc4": 10.0})
    first = small_net()["fc4"].params["b"]
    moved = plain["fc4"].params["b"] - first
    np.testing.assert_allclose(fast["fc4"].params["b"] - first, 10 * moved, rtol=1e-12)
    np.testing.assert_array_equal(fast["fc3"].params["W"], plain["fc3"].params["W"])
    with pytest.raises(ValueError, match="the rate of fc4 must be a number of at least 0"):
        SGD(small_net(), layer_rates={"fc4": -1.0})


def test_names_of_layers():
    assert layers_named("", "--freeze") == []
    assert layers_named("conv1-conv3, fc8", "--freeze") == ["conv1", "conv2", "conv3", "fc8"]
    assert layers_named("fc8 conv1", "--freeze") == ["conv1", "fc8"]
    assert layers_named("conv5-fc7", "--reset") == ["conv5", "fc6", "fc7"]
    for text in ("conv6", "conv1-", "fc8-conv1", "relu1"):
        with pytest.raises(ValueError, match=r"^--freeze "):
            layers_named(text, "--freeze")


def test_rates_as_texts():
    assert layer_rates(["fc8=10", "conv1-conv2=0.1"], ["conv1"]) == {
        "fc8": 10.0,
        "conv1": 0.0,
        "conv2": 0.1,
    }
    for text in ("fc8", "fc8=", "fc8=-1", "fc8=nan", "fc8=inf", "fc9=1"):
        with pytest.raises(ValueError, match="--layer-lr"):
            layer_rates([text], [])


@pytest.fixture(scope="module")
def source():
    """Weights for three classes, of a small network."""
    net = alexnet(3, image_size=67, initialization="he", rng=np.random.default_rng(1))
    preprocessing = Preprocessing.of_colours(67, size=80)
    return Weights("paper", net.state_dict(), preprocessing, ["ant", "bee", "cat"])


def target(classes=3):
    return alexnet(classes, image_size=67, initialization="he", rng=np.random.default_rng(2))


@pytest.mark.slow
def test_take_over_keeps_and_resets(source):
    net = target(4)
    first = net.state_dict()
    take_over(net, source, ["fc7", "fc8"], list("abcd"))
    for name, array in net.state_dict().items():
        expected = first if name.startswith(("fc7", "fc8")) else source.arrays
        np.testing.assert_array_equal(array, expected[name], err_msg=name)


def test_take_over_says_what_does_not_fit(source):
    with pytest.raises(ValueError, match=r"fc8\.W is \(4096, 3\) .* --reset fc8"):
        take_over(target(4), source, [], list("abcd"))
    with pytest.raises(ValueError, match="other classes"):
        take_over(target(3), source, [], ["ant", "bee", "dog"])
    trunk = {k: v for k, v in source.arrays.items() if k.startswith("conv")}
    partial = Weights("paper", trunk, source.preprocessing)
    with pytest.raises(ValueError, match="no fc6, fc7: reinitialize them with --reset fc6,fc7,fc8"):
        take_over(target(4), partial, ["fc8"], list("abcd"))


def test_settings_refuse_what_makes_no_sense():
    Settings(init="x.npz", reset="fc8", freeze="conv1-conv5", layer_lr=("fc8=10",)).check()
    with pytest.raises(ValueError, match="--reset fc8 needs --init"):
        Settings(reset="fc8").check()
    with pytest.raises(ValueError, match="--freeze conv9"):
        Settings(freeze="conv9").check()


@pytest.fixture(scope="module")
def first_run(tmp_path_factory):
    """A run on three classes."""
    out = tmp_path_factory.mktemp("first")
    pictures = make_pictures(out / "pictures")
    train.main(["--data", str(pictures), "--out", str(out), "--name", "run", *FLAGS])
    return pictures, out / "run"


@pytest.mark.slow
def test_fine_tuning_as_a_command(first_run, tmp_path, capsys):
    pictures, run = first_run
    flags = ["--data", str(pictures), "--subset", "2", "--out", str(tmp_path), "--name", "tuned"]
    flags += ["--init", str(run), "--freeze", "conv1-conv5", "--reset", "fc8"]
    assert train.main([*flags, *FLAGS, "--layer-lr", "fc8=10"]) == 0
    out = capsys.readouterr().out
    assert f"start:    {run}; new: fc8; frozen: conv1-conv5" in out
    before, _ = load_checkpoint(run / "best.npz")
    after, about = load_checkpoint(tmp_path / "tuned" / "last.npz")
    assert about["classes"] == ["ant", "bee"]
    assert after["weights"]["fc8.W"].shape == (4096, 2)
    for name in ("conv1.W", "conv5.b"):
        np.testing.assert_array_equal(after["weights"][name], before["weights"][name])
    assert (after["weights"]["fc6.W"] != before["weights"]["fc6.W"]).any()
    assert not any(name.startswith("conv") for name in after["velocity"])
    mean, scale = (before["statistics"][name] for name in ("mean", "scale"))
    np.testing.assert_array_equal(after["statistics"]["mean"], mean)
    np.testing.assert_array_equal(after["statistics"]["scale"], [np.float32(scale)] * 3)
    # What it was made of is saved: it can go on without the weights that it started from.
    config = json.loads((tmp_path / "tuned" / "config.json").read_text())
    assert (config["variant"], config["initialization"]) == ("paper", "source")
    assert train.main(["--resume", str(tmp_path / "tuned")]) == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--init", "nowhere.npz"], "nowhere.npz"),
        (["--init", "RUN", "--variant", "caffe"], "does not fit"),
        (["--init", "RUN", "--subset", "2"], "reinitialize it with --reset fc8"),
        (["--init", "RUN", "--freeze", "conv1-fc8"], "nothing to train"),
        (["--layer-lr", "fc8:10"], "give LAYER=FACTOR"),
        (["--reset", "fc8"], "--reset fc8 needs --init"),
    ],
)
def test_wrong_flags(first_run, tmp_path, capsys, flags, words):
    pictures, run = first_run
    flags = [str(run) if flag == "RUN" else flag for flag in flags]
    line = refusal(capsys, "--data", str(pictures), "--out", str(tmp_path / "no"), *FLAGS, *flags)
    assert words in line
    assert not (tmp_path / "no").exists()
