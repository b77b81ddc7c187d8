"""The checker finds every named mistake, and blames no right layer."""

import numpy as np
import pytest
from layer_cases import CASES

from tinyalex import layers
from tinyalex.coursework.mistakes import EXAMPLES, MISTAKES
from tinyalex.gradcheck import GradientError, check_gradients, sample_input

pytestmark = pytest.mark.usefixtures("numpy_backend")


def check_example(kind, layer, seed, **options):
    example, rng = EXAMPLES[kind], np.random.default_rng(seed)
    built = example.build(layer, rng)
    labels = None if example.labels is None else np.array(example.labels)
    x = sample_input(example.shape, rng)
    return check_gradients(built, x, labels=labels, training=example.training, seed=seed, **options)


@pytest.mark.slow
@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.id)
def test_every_entry_finds_the_mistake_on_every_seed(mistake):
    for seed in range(20):
        with pytest.raises(GradientError):
            check_example(mistake.of, mistake.wrong, seed)


@pytest.mark.slow
@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.id)
def test_projection_finds_the_mistake_on_every_seed(mistake):
    for seed in range(5):
        with pytest.raises(GradientError):
            check_example(mistake.of, mistake.wrong, seed, mode="projection")


@pytest.mark.slow
@pytest.mark.parametrize("kind", EXAMPLES)
def test_the_right_layer_passes_the_example_of_its_mistakes(kind):
    for seed in range(50):
        check_example(kind, getattr(layers, kind), seed)


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_right_layers_are_never_blamed(name):
    case = CASES[name]
    for seed in range(50):
        rng = np.random.default_rng(seed)
        # Plain Gaussian input, with whatever near-ties it happens to have.
        x = rng.standard_normal(case.shape)
        mode = "projection" if seed % 2 else "full"
        check_gradients(case.build(rng), x, training=case.training, seed=seed, mode=mode)


def test_the_registry_is_in_order():
    ids = [mistake.id for mistake in MISTAKES]
    assert len(ids) == len(set(ids)) >= 30
    for mistake in MISTAKES:
        assert issubclass(mistake.wrong, getattr(layers, mistake.of))
        assert mistake.of in EXAMPLES
        assert "\n" not in mistake.description
        assert mistake.description.endswith(".")
