"""The network that the bench times in PyTorch is ours: the same logits, the same gradients."""

import numpy as np
import pytest

pytest.importorskip("torch", reason="the oracle tests need PyTorch: pip install -e .[oracle]")

import torch
import torch_twins as twins

from tinyalex.benchmark.cases import Case
from tinyalex.benchmark.network import blank_network
from tinyalex.benchmark.ours import Ours
from tinyalex.benchmark.theirs import Theirs
from tinyalex.benchmark.twin import torch_twin
from tinyalex.layers import MaxPool2d, Tanh
from tinyalex.models import VARIANTS, Sequential, alexnet


@pytest.fixture(autouse=True)
def same_threads():
    """Theirs sets PyTorch's number of threads."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("variant", list(VARIANTS))
def test_the_twins_logits_are_ours(variant):
    rng = np.random.default_rng(0)
    net = alexnet(variant=variant, initialization="he", rng=rng)
    for name, array in net.parameters().items():
        if name.endswith(".b"):  # zero in this initialization: they would not be compared
            array[...] = rng.uniform(-0.1, 0.1, array.shape)
    twin = twins.build_twin(torch_twin, net, net).eval()
    size = VARIANTS[variant].input_size
    # Large enough for the response norms to matter.
    x = rng.normal(scale=30, size=(1, size, size, 3)).astype("float32")
    with torch.no_grad():
        expected = twin(twins.nchw(torch.from_numpy(x)))
    assert twins.deviation(net.predict(x), expected) < 1e-4
    count = sum(parameter.numel() for parameter in twin.parameters())
    assert count == sum(array.size for array in net.parameters().values())


@pytest.mark.parametrize("mode", ["eager", "channels_last"])
@pytest.mark.parametrize("variant", ["paper", "torchvision"])
def test_a_step_of_the_twin_has_our_gradients(variant, mode):
    """On the part up to pool5, which has no dropout to differ in."""
    case = Case(variant, 2, "train", threads=1, image_size=80)
    ours, theirs = Ours(case), Theirs(case, mode)
    for name, layer in ours.net:
        if layer.params:
            W, b = twins._to_torch_layout(layer, name)
            with torch.no_grad():
                getattr(theirs.net, name).weight.copy_(torch.from_numpy(W))
                getattr(theirs.net, name).bias.copy_(torch.from_numpy(b))
    with torch.no_grad():
        theirs.x.copy_(twins.nchw(torch.from_numpy(ours.x)))
    before = theirs.net.conv5.weight.detach().clone()
    ours.step()
    theirs.step()
    assert (theirs.net.conv5.weight != before).any()  # the update, too, was part of the step
    for name, layer in ours.net:
        if layer.params:
            expected = getattr(theirs.net, name).weight.grad.permute(2, 3, 1, 0)
            assert twins.deviation(layer.grads["W"], expected) < 1e-4
            assert twins.deviation(layer.grads["b"], getattr(theirs.net, name).bias.grad) < 1e-4


def test_inference_of_the_twin_leaves_dropout_out():
    theirs = Theirs(Case("paper", 1, "infer", threads=1), "channels_last")
    theirs.step()
    first, second = (theirs.function(theirs.x) for _ in range(2))
    assert torch.equal(first, second)
    assert theirs.x.is_contiguous(memory_format=torch.channels_last)
    assert theirs.net.conv2.weight.is_contiguous(memory_format=torch.channels_last)


def test_the_twin_of_the_convolutional_part_ends_at_pool5():
    case = Case("paper", 2, "infer", threads=1, image_size=64)
    twin = torch_twin(blank_network(case))
    assert [name for name, _ in twin.named_children()][-1] == "pool5"
    assert twin(torch.zeros(2, 3, 64, 64)).shape == (2, 256, 1, 1)


@pytest.mark.parametrize("layer", [Tanh(), MaxPool2d(3, 2, (0, 1, 0, 1))])
def test_a_layer_without_a_twin_is_refused(layer):
    with pytest.raises(ValueError, match="odd1: no PyTorch equivalent is known for this"):
        torch_twin(Sequential([("odd1", layer)]))
