"""Sequential's promises, and the summary that prints a network."""

import numpy as np
import pytest
from alexnet_tables import (
    EVERY_VARIANT,
    LEARNING,
    ONE_COLUMN_TOTALS,
    TWO_COLUMN_TOTALS,
    noise,
)
from complaints import complaint

from tinyalex.layers import Conv2d, Linear, ReLU
from tinyalex.models import Sequential, alexnet
from tinyalex.summary import main, summarize, table
from tinyalex.support.commands import run_command


@pytest.fixture(scope="module")
def small_net():
    """The paper's layers for pictures of 67 pixels: the smallest with room in every window."""
    rng = np.random.default_rng(5)
    return alexnet(4, image_size=67, initialization="he", dropout=0.0, rng=rng)


# --- Sequential -----------------------------------------------------------------------------


def test_predict_equals_forward(small_net):
    x = noise(67)
    np.testing.assert_array_equal(small_net.predict(x), small_net.forward(x))


def test_predict_keeps_nothing_for_a_backward(small_net):
    y = small_net.predict(noise(67))
    for _, layer in small_net:
        with pytest.raises(ValueError, match="used up"):
            layer.backward(y)


@pytest.mark.slow
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


@pytest.fixture
def tiny_net():
    """A convolution and a fully connected layer."""
    rng = np.random.default_rng(0)
    return Sequential([("conv1", Conv2d(1, 2, 1, rng=rng)), ("relu1", ReLU())])


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
