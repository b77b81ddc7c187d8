"""Response normalization."""

import pytest
from geometries import drawn, norms
from hypothesis import given, settings
from hypothesis import strategies as st
from kernel_helpers import DTYPES, assert_close

from tinyalex.kernels import cpu, reference

pytestmark = pytest.mark.usefixtures("everything_shared_out")

many = settings(drawn, max_examples=60)
AXES = st.sampled_from([(3,), (3,), (1, 2)])


@many
@given(norms(), AXES, DTYPES)
def test_response_norm_equals_the_reference(norm, axes, dtype):
    arguments = norm.array(dtype), norm.size, norm.alpha, norm.beta, norm.k, axes, norm.groups
    assert_close(cpu.response_norm(*arguments)[0], reference.response_norm(*arguments)[0])


@many
@given(norms(), AXES, DTYPES)
def test_response_norm_backward_equals_the_reference(norm, axes, dtype):
    x, dy = norm.array(dtype), norm.array(dtype, offset=1)
    arguments = dy, x, norm.size, norm.alpha, norm.beta, norm.k, axes, norm.groups
    ours = cpu.response_norm_backward(*arguments)
    assert_close(ours, reference.response_norm_backward(*arguments))
