"""The matrix product, whole and shared out over threads."""

import numpy as np
import pytest
from geometries import seeds
from hypothesis import given
from hypothesis import strategies as st
from kernel_helpers import DTYPES, MODULES, some


def factors(seed, shape, batch=(), flipped=(False, False), dtype="float64"):
    """a of (rows, inner) and b of (inner, columns), flipped: as transposed views."""
    rng = np.random.default_rng(seed)
    rows, inner, columns = shape
    for swap, size in zip(flipped, [(rows, inner), (inner, columns)], strict=True):
        if swap:
            yield rng.normal(size=(*batch, *size[::-1])).astype(dtype).swapaxes(-1, -2)
        else:
            yield rng.normal(size=(*batch, *size)).astype(dtype)


def assert_product(ours, a, b):
    size = np.matmul(np.abs(a), np.abs(b))
    expected = np.matmul(a, b)
    assert ours.shape == expected.shape
    assert ours.dtype == expected.dtype
    eps = np.finfo(expected.dtype).eps
    assert (np.abs(ours - expected) <= a.shape[-1] * eps * size).all()


# From one row or column up; the last three are shared out over threads.
SHAPES = [(1, 1, 1), (1, 7, 5), (6, 4, 1), (3, 0, 2), (9, 8, 7)]
LARGE = [(130, 300, 120), (90, 120, 410), (1, 1500, 3000)]
FLIPPED = st.tuples(st.booleans(), st.booleans())


@MODULES
@some
@given(
    seed=seeds,
    shape=st.sampled_from(SHAPES),
    batch=st.sampled_from([(), (1,), (3,)]),
    flipped=FLIPPED,
    dtype=DTYPES,
)
def test_matmul_equals_numpys(kernels, seed, shape, batch, flipped, dtype):
    a, b = factors(seed, shape, batch, flipped, dtype)
    assert_product(kernels.matmul(a, b), a, b)
    assert_product(kernels.matmul(a[..., :1, :], b), a[..., :1, :], b)


@pytest.mark.slow
@MODULES
@pytest.mark.parametrize("shape", LARGE)
@pytest.mark.parametrize("batch", [(), (2,)])
@pytest.mark.parametrize("flipped", [(False, False), (True, False), (False, True)])
def test_large_products_equal_numpys(kernels, shape, batch, flipped):
    a, b = factors(0, shape, batch, flipped, "float32")
    assert_product(kernels.matmul(a, b), a, b)


@MODULES
def test_one_matrix_times_many(kernels):
    a = next(factors(0, (9, 4, 1)))
    b = next(factors(1, (4, 30, 1), batch=(3,)))
    product = kernels.matmul(a, b)
    assert product.shape == (3, 9, 30)
    assert_product(product, np.broadcast_to(a, (3, 9, 4)), b)


@pytest.mark.slow
@MODULES
@pytest.mark.parametrize("shape", [(9, 8, 6), *LARGE])
def test_the_product_goes_where_it_is_told(kernels, shape):
    a, b = factors(0, shape, batch=(2,))
    # A view in which the batch's two matrices lie side by side, as the groups of a map do.
    out = np.full((shape[0], 2, shape[2]), np.nan).transpose(1, 0, 2)
    assert kernels.matmul(a, b, out=out) is out
    assert_product(out, a, b)


@MODULES
def test_products_inside_share_out(kernels):
    a, b = factors(0, LARGE[0])
    for product in kernels.share_out(lambda _: kernels.matmul(a, b), range(5)):
        assert_product(product, a, b)
