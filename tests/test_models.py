"""AlexNet's five variants against the published tables, and Sequential's promises."""

import math

import numpy as np
import pytest

from tinyalex.commands import run_command
from tinyalex.layers import Conv2d, Linear, ReLU, SoftmaxCrossEntropy
from tinyalex.models import VARIANTS, Sequential, alexnet
from tinyalex.summary import main, summarize, table

INPUT_SIZES = {"paper": 224, "original": 224, "caffe": 227, "caffenet": 227, "torchvision": 224}

ORDERS = {
    "paper": """
        conv1:Conv2d relu1:ReLU norm1:LocalResponseNorm pool1:MaxPool2d
        conv2:Conv2d relu2:ReLU norm2:LocalResponseNorm pool2:MaxPool2d
        conv3:Conv2d relu3:ReLU conv4:Conv2d relu4:ReLU
        conv5:Conv2d relu5:ReLU pool5:MaxPool2d flatten:Flatten
        fc6:Linear relu6:ReLU drop6:Dropout fc7:Linear relu7:ReLU drop7:Dropout fc8:Linear""",
    "original": """
        conv1:Conv2d norm1:LocalResponseNorm pool1:MaxPool2d relu1:ReLU
        conv2:Conv2d relu2:ReLU norm2:LocalResponseNorm cnorm2:WithinChannelNorm pool2:MaxPool2d
        conv3:Conv2d relu3:ReLU conv4:Conv2d relu4:ReLU
        conv5:Conv2d pool5:MaxPool2d relu5:ReLU flatten:Flatten
        fc6:Linear relu6:ReLU drop6:Dropout fc7:Linear relu7:ReLU drop7:Dropout fc8:Linear""",
    "caffenet": """
        conv1:Conv2d relu1:ReLU pool1:MaxPool2d norm1:LocalResponseNorm
        conv2:Conv2d relu2:ReLU pool2:MaxPool2d norm2:LocalResponseNorm
        conv3:Conv2d relu3:ReLU conv4:Conv2d relu4:ReLU
        conv5:Conv2d relu5:ReLU pool5:MaxPool2d flatten:Flatten
        fc6:Linear relu6:ReLU drop6:Dropout fc7:Linear relu7:ReLU drop7:Dropout fc8:Linear""",
    "torchvision": """
        conv1:Conv2d relu1:ReLU pool1:MaxPool2d conv2:Conv2d relu2:ReLU pool2:MaxPool2d
        conv3:Conv2d relu3:ReLU conv4:Conv2d relu4:ReLU
        conv5:Conv2d relu5:ReLU pool5:MaxPool2d flatten:Flatten
        drop6:Dropout fc6:Linear relu6:ReLU drop7:Dropout fc7:Linear relu7:ReLU fc8:Linear""",
}
ORDERS["caffe"] = ORDERS["paper"]

TWO_COLUMN_SHAPES = {
    "conv1": (55, 55, 96),
    "pool1": (27, 27, 96),
    "conv2": (27, 27, 256),
    "pool2": (13, 13, 256),
    "conv3": (13, 13, 384),
    "conv4": (13, 13, 384),
    "conv5": (13, 13, 256),
    "pool5": (6, 6, 256),
    "flatten": (9216,),
    "fc6": (4096,),
    "fc7": (4096,),
    "fc8": (1000,),
}
ONE_COLUMN_SHAPES = {
    **TWO_COLUMN_SHAPES,
    "conv1": (55, 55, 64),
    "pool1": (27, 27, 64),
    "conv2": (27, 27, 192),
    "pool2": (13, 13, 192),
    "conv4": (13, 13, 256),
}
# layer: (parameters, multiply-adds)
TWO_COLUMN_COUNTS = {
    "conv1": (34_944, 105_415_200),
    "conv2": (307_456, 223_948_800),
    "conv3": (885_120, 149_520_384),
    "conv4": (663_936, 112_140_288),
    "conv5": (442_624, 74_760_192),
    "fc6": (37_752_832, 37_748_736),
    "fc7": (16_781_312, 16_777_216),
    "fc8": (4_097_000, 4_096_000),
}
ONE_COLUMN_COUNTS = {
    "conv1": (23_296, 70_276_800),
    "conv2": (307_392, 223_948_800),
    "conv3": (663_936, 112_140_288),
    "conv4": (884_992, 149_520_384),
    "conv5": (590_080, 99_680_256),
    "fc6": (37_752_832, 37_748_736),
    "fc7": (16_781_312, 16_777_216),
    "fc8": (4_097_000, 4_096_000),
}
TWO_COLUMN_TOTALS = (60_965_224, 724_406_816)
ONE_COLUMN_TOTALS = (61_100_840, 714_188_480)

# The constants of each LRN: k, and what Σ x² is multiplied by.
NORMS = {
    "paper": (2.0, 1e-4, 1),
    "original": (2.0, 2e-5, 2),
    "caffe": (1.0, 2e-5, 1),
    "caffenet": (1.0, 2e-5, 1),
}

# First weights' σ and first biases of conv1 … fc8.
FIRST_WEIGHTS = {
    "paper": [0.01] * 8,
    "original": [0.01, 0.01, 0.03, 0.03, 0.03, 0.01, 0.01, 0.01],
    "caffe": [0.01, 0.01, 0.01, 0.01, 0.01, 0.005, 0.005, 0.01],
    "caffenet": [0.01, 0.01, 0.01, 0.01, 0.01, 0.005, 0.005, 0.01],
}
FIRST_BIASES = {
    "paper": [0, 1, 0, 1, 1, 1, 1, 0],
    "original": [0, 1, 0, 1, 1, 1, 1, 0],
    "caffe": [0, 0.1, 0, 0.1, 0.1, 0.1, 0.1, 0],
    "caffenet": [0, 1, 0, 1, 1, 1, 1, 0],
}
LEARNING = list(TWO_COLUMN_COUNTS)

EVERY_VARIANT = pytest.mark.parametrize("variant", list(INPUT_SIZES))


def complaint(action, kind=ValueError):
    """The error's message, which must be one line."""
    with pytest.raises(kind) as caught:
        action()
    message = str(caught.value)
    assert "\n" not in message
    return message


@pytest.fixture(scope="module")
def empty_nets():
    """Every variant at full size, all weights zero."""
    return {name: alexnet(variant=name, initialization="zeros") for name in INPUT_SIZES}


@pytest.fixture(scope="module")
def rows(empty_nets):
    """Each variant's rows by layer name."""
    return {
        name: {row.name: row for row in summarize(net, (1, *[INPUT_SIZES[name]] * 2, 3))}
        for name, net in empty_nets.items()
    }


@pytest.fixture(scope="module")
def small_net():
    """The paper's layers for pictures of 67 pixels: the smallest with room in every window."""
    rng = np.random.default_rng(5)
    return alexnet(4, image_size=67, initialization="he", dropout=0.0, rng=rng)


@pytest.fixture
def tiny_net():
    """A convolution and a fully connected layer."""
    rng = np.random.default_rng(0)
    return Sequential([("conv1", Conv2d(1, 2, 1, rng=rng)), ("relu1", ReLU())])


def noise(size, count=2, scale=1.0):
    return np.random.default_rng(2).normal(0, scale, (count, size, size, 3)).astype("float32")


# --- the tables -----------------------------------------------------------------------------


def test_the_five_variants():
    assert set(VARIANTS) == set(INPUT_SIZES)
    assert {name: variant.input_size for name, variant in VARIANTS.items()} == INPUT_SIZES


@EVERY_VARIANT
def test_order_of_the_layers(empty_nets, variant):
    found = [f"{name}:{type(layer).__name__}" for name, layer in empty_nets[variant]]
    assert found == ORDERS[variant].split()


@EVERY_VARIANT
def test_output_shapes(rows, variant):
    shapes = ONE_COLUMN_SHAPES if variant == "torchvision" else TWO_COLUMN_SHAPES
    assert {name: rows[variant][name].shape for name in shapes} == shapes


@EVERY_VARIANT
def test_parameters_and_multiply_adds(rows, variant):
    counts = ONE_COLUMN_COUNTS if variant == "torchvision" else TWO_COLUMN_COUNTS
    found = {
        name: (row.parameters, row.multiply_adds)
        for name, row in rows[variant].items()
        if row.parameters or row.multiply_adds
    }
    assert found == counts


@EVERY_VARIANT
def test_totals(rows, variant):
    totals = ONE_COLUMN_TOTALS if variant == "torchvision" else TWO_COLUMN_TOTALS
    found = rows[variant].values()
    assert sum(row.parameters for row in found) == totals[0]
    assert sum(row.multiply_adds for row in found) == totals[1]


def test_neurons_of_the_paper(rows):
    assert sum(math.prod(rows["paper"][name].shape) for name in LEARNING) == 659_272


@EVERY_VARIANT
def test_forward_has_the_shapes_of_the_table(empty_nets, rows, variant):
    x = np.zeros((1, INPUT_SIZES[variant], INPUT_SIZES[variant], 3), dtype="float32")
    for name, layer in empty_nets[variant]:
        if name == "fc6":  # from here on only the shapes of matrices
            break
        x = layer.forward(x)
        assert x.shape[1:] == rows[variant][name].shape, name


@pytest.mark.parametrize("variant", list(NORMS))
@pytest.mark.parametrize("name", ["norm1", "norm2"])
def test_constants_of_the_response_norm(empty_nets, variant, name):
    norm = empty_nets[variant][name]
    assert (norm.k, norm.scaled_alpha, norm.groups) == pytest.approx(NORMS[variant])
    assert (norm.size, norm.beta) == (5, 0.75)


def test_constants_of_the_norm_within_a_channel(empty_nets):
    norm = empty_nets["original"]["cnorm2"]
    assert (norm.size, norm.k, norm.beta) == (5, 1.0, 0.75)
    assert norm.scaled_alpha == pytest.approx(0.001 / 25)


@pytest.mark.parametrize("variant", ["paper", "original"])
def test_conv1_reads_three_pixels_of_zeros_at_the_right_and_bottom(empty_nets, variant):
    assert empty_nets[variant]["conv1"].padding == ((0, 3), (0, 3))


# --- first values ---------------------------------------------------------------------------


def assert_first_values(net, deviations, biases):
    for name, deviation, bias in zip(LEARNING, deviations, biases, strict=True):
        W, b = net[name].params["W"], net[name].params["b"]
        assert float(W.std()) == pytest.approx(deviation, rel=0.03), name
        assert abs(float(W.mean())) < 5 * deviation / math.sqrt(W.size), name
        np.testing.assert_allclose(b, bias, err_msg=name)


@pytest.mark.parametrize("variant", list(FIRST_WEIGHTS))
def test_first_values_of_the_source(variant):
    net = alexnet(variant=variant, image_size=67, rng=np.random.default_rng(0))
    assert_first_values(net, FIRST_WEIGHTS[variant], FIRST_BIASES[variant])


def test_first_values_of_torchvision():
    net = alexnet(variant="torchvision", image_size=67, rng=np.random.default_rng(0))
    for name in LEARNING:
        W, b = net[name].params["W"], net[name].params["b"]
        bound = 1 / math.sqrt(W.size / W.shape[-1])
        assert float(abs(W).max()) == pytest.approx(bound, rel=0.01), name
        assert float(W.std()) == pytest.approx(bound / math.sqrt(3), rel=0.03), name
        assert bound * 0.8 < float(abs(b).max()) <= bound, name


def test_first_values_of_he():
    net = alexnet(image_size=67, initialization="he", rng=np.random.default_rng(0))
    fan_in = {name: net[name].params["W"].size / net[name].params["b"].size for name in LEARNING}
    deviations = [math.sqrt(2 / fan_in[name]) for name in LEARNING[:-1]] + [0.01]
    assert_first_values(net, deviations, [0] * 8)


def test_he_hands_the_signal_on_at_its_size():
    net = alexnet(10, initialization="he", dropout=0.0, rng=np.random.default_rng(0))
    x, sizes = noise(224), {}
    for name, layer in net:
        x = layer.forward(x)
        sizes[name] = float(x.std())
    signal = [sizes[name] for name in ("conv2", "conv3", "conv4", "conv5", "fc6", "fc7")]
    assert max(signal) < 4 * min(signal), sizes


def test_the_papers_first_loss_is_near_the_log_of_the_classes():
    net = alexnet(rng=np.random.default_rng(0))
    logits = net.predict(noise(224, count=1, scale=60))
    # The mean over all labels: ln 1000 and half the variance of the logits, .01² · Σ fc7².
    loss = SoftmaxCrossEntropy().forward(np.tile(logits, (1000, 1)), np.arange(1000))
    assert math.log(1000) < loss < 1.1 * math.log(1000)


def test_the_same_seed_gives_the_same_network():
    first, second = (
        alexnet(3, image_size=67, rng=np.random.default_rng(4)).parameters() for _ in range(2)
    )
    assert all(first[name].tobytes() == second[name].tobytes() for name in first)


def test_dtype_of_the_parameters():
    net = alexnet(2, image_size=67, initialization="zeros", dtype="float64")
    assert {array.dtype.name for array in net.parameters().values()} == {"float64"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"variant": "alexnet2"}, ["unknown variant 'alexnet2'", "paper", "torchvision"]),
        ({"num_classes": 0}, ["num_classes must be at least 1", "got 0"]),
        ({"image_size": 62}, ["no window fits", "MaxPool2d"]),
        ({"image_size": 4}, ["no window fits", "Conv2d"]),
        ({"image_size": 0}, ["no window fits", "Conv2d"]),
        ({"initialization": "xavier"}, ["'source', 'he' or 'zeros'", "'xavier'"]),
        ({"dropout": 1.5}, ["Dropout", "1.5"]),
    ],
)
def test_bad_networks(arguments, words):
    message = complaint(lambda: alexnet(**{"initialization": "zeros", **arguments}))
    for word in words:
        assert word in message


# --- Sequential -----------------------------------------------------------------------------


def test_predict_equals_forward(small_net):
    x = noise(67)
    np.testing.assert_array_equal(small_net.predict(x), small_net.forward(x))


def test_predict_keeps_nothing_for_a_backward(small_net):
    y = small_net.predict(noise(67))
    for _, layer in small_net:
        with pytest.raises(ValueError, match="used up"):
            layer.backward(y)


def test_backward_without_the_input_gradient(small_net):
    x = noise(67)
    dy = np.cos(small_net.forward(x))
    dx = small_net.backward(dy)
    expected = {name: array.copy() for name, array in small_net.gradients().items()}
    small_net.forward(x)
    assert small_net.backward(dy, input_gradient=False) is None
    assert dx.shape == x.shape
    for name, array in small_net.gradients().items():
        np.testing.assert_array_equal(array, expected[name], err_msg=name)


def test_backward_without_the_input_gradient_of_a_first_layer_that_learns_nothing():
    net = Sequential([("relu", ReLU()), ("fc", Linear(3, 2))])
    dy = net.forward(np.ones((1, 3), dtype="float32"))
    net.backward(dy, input_gradient=False)
    assert net.gradients()["fc.W"] is not None


def test_parameters_are_the_arrays_in_the_order_of_the_layers(small_net):
    parameters = small_net.parameters()
    assert list(parameters) == [f"{name}.{key}" for name in LEARNING for key in "Wb"]
    assert parameters["conv2.W"] is small_net["conv2"].params["W"]


def test_gradients_have_the_keys_of_the_parameters(small_net):
    assert list(small_net.gradients()) == list(small_net.parameters())


def test_output_shape(small_net):
    assert small_net.output_shape((2, 67, 67, 3)) == small_net.forward(noise(67)).shape


def test_state_dict_is_a_copy(tiny_net):
    state = tiny_net.state_dict()
    state["conv1.W"] += 1
    assert (tiny_net["conv1"].params["W"] != state["conv1.W"]).all()


def test_state_dict_round_trip(tiny_net):
    state = tiny_net.state_dict()
    other = Sequential([("conv1", Conv2d(1, 2, 1)), ("relu1", ReLU())])
    other.load_state_dict(state)
    assert other.state_dict().keys() == state.keys()
    for name, array in other.state_dict().items():
        np.testing.assert_array_equal(array, state[name])


def test_loading_keeps_the_arrays_and_their_dtype(tiny_net):
    W = tiny_net["conv1"].params["W"]
    tiny_net.load_state_dict({"conv1.W": np.ones((1, 1, 1, 2)), "conv1.b": np.ones(2)})
    assert tiny_net["conv1"].params["W"] is W
    assert W.dtype == np.float32
    assert (W == 1).all()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"conv1.b": None}, ["missing ['conv1.b']", "unknown none"]),
        ({"conv9.W": np.ones(2)}, ["missing none", "unknown ['conv9.W']"]),
        ({"conv1.b": np.ones(3)}, ["conv1.b is (2,), not (3,)"]),
    ],
    ids=["missing", "unknown", "shape"],
)
def test_weights_that_do_not_fit_change_nothing(tiny_net, change, words):
    before = tiny_net.state_dict()
    state = {name: array + 1 for name, array in before.items()} | change
    state = {name: array for name, array in state.items() if array is not None}
    message = complaint(lambda: tiny_net.load_state_dict(state))
    for word in ["weights do not fit", *words]:
        assert word in message
    for name, array in tiny_net.state_dict().items():
        np.testing.assert_array_equal(array, before[name])


def test_an_unknown_layer_is_named(tiny_net):
    assert "no layer 'conv9'; there are conv1, relu1" in complaint(
        lambda: tiny_net["conv9"], KeyError
    )


def test_a_layer_can_be_exchanged(tiny_net):
    fresh = Conv2d(1, 5, 1)
    tiny_net["conv1"] = fresh
    assert tiny_net["conv1"] is fresh
    assert [name for name, _ in tiny_net] == ["conv1", "relu1"]
    assert tiny_net.forward(np.ones((1, 1, 1, 1), dtype="float32")).shape == (1, 1, 1, 5)


def test_only_a_layer_that_is_there_can_be_exchanged(tiny_net):
    def exchange():
        tiny_net["conv9"] = ReLU()

    assert "no layer 'conv9'" in complaint(exchange, KeyError)
    assert len(tiny_net) == 2


@pytest.mark.parametrize("layers", [[], [("a", ReLU()), ("a", ReLU())]], ids=["none", "twice"])
def test_bad_sequences(layers):
    assert "at least one layer and distinct names" in complaint(lambda: Sequential(layers))


class NoContract:
    """The least a student's layer can be: no params, no forget, no shapes."""

    def forward(self, x, training=False):
        return 2 * x

    def backward(self, dy):
        return 2 * dy


def test_a_students_bare_layer_fits_in():
    net = Sequential([("twice", NoContract()), ("relu", ReLU())])
    assert net.predict(np.array([[1.0, -1]])).tolist() == [[2, 0]]
    net.forward(np.array([[1.0, -1]]))
    assert net.backward(np.array([[1.0, 1]])).tolist() == [[2, 0]]
    assert net.parameters() == {}


# --- the summary command --------------------------------------------------------------------


@EVERY_VARIANT
def test_summary_prints_the_totals(capsys, variant):
    assert main(["--variant", variant]) == 0
    totals = ONE_COLUMN_TOTALS if variant == "torchvision" else TWO_COLUMN_TOTALS
    output = capsys.readouterr().out
    total = next(line for line in output.splitlines() if line.startswith("total"))
    assert [f"{number:,}" for number in totals] == total.split()[1:3]


def test_summary_prints_the_neurons(capsys):
    main([])
    assert "659,272" in capsys.readouterr().out


def test_summary_with_other_sizes(capsys):
    assert main(["--classes", "10", "--image-size", "67", "--batch-size", "2"]) == 0
    output = capsys.readouterr().out
    assert "input 67 × 67 × 3, 10 classes" in output
    assert "batch 2" in output


def test_activations_count_the_batch(small_net):
    one, four = (summarize(small_net, (count, 67, 67, 3)) for count in (1, 4))
    assert [4 * row.activation_bytes for row in one] == [row.activation_bytes for row in four]
    assert [row.multiply_adds for row in one] == [row.multiply_adds for row in four]


def test_the_table_is_as_wide_as_its_rule(small_net):
    lines = table(summarize(small_net, (1, 67, 67, 3)), 1).splitlines()
    assert len(lines) == len(small_net) + 4
    assert max(map(len, lines)) == len(lines[1])


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--colour"], "--colour"),
        (["--variant", "vgg"], "vgg"),
        (["--classes", "many"], "many"),
        (["--classes", "0"], "num_classes must be at least 1; got 0"),
        (["--batch-size", "0"], "--batch-size must be at least 1; got 0"),
        (["--image-size", "20"], "no window fits"),
    ],
)
def test_wrong_flags_are_one_line(capsys, flags, words):
    with pytest.raises(SystemExit) as stop:
        run_command(lambda: main(flags))
    output = capsys.readouterr()
    assert stop.value.code == 2
    assert output.out == ""
    assert output.err.startswith("error: ")
    assert output.err.count("\n") == 1
    assert words in output.err
