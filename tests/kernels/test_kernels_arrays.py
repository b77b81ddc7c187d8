"""Every kernel × every way an array can lie in memory × every backend: right, or refused."""

import numpy as np
import pytest
from kernel_cases import CANNOT_BE_WRITTEN, LAYOUTS, calls
from kernel_helpers import MODULES, TOLERANCE
from strict_arrays import StrictArray
from strict_arrays import module as strict

from tinyalex import backend, use_backend
from tinyalex.kernels import checks, cpu, reference
from tinyalex.kernels.cpu_arrays import ordered

KERNELS = pytest.mark.parametrize("kernel", list(calls()))
ANY_SIZE = (  # these have an argument whose size may change alone
    "im2col",
    "gather_tiles",
    "relu",
    "max_pool",
    "avg_pool",
    "response_norm",
    "matmul",
    "matmul_into",  # a batch of 1 serves for all
    "scatter_tiles",  # what falls outside the map is dropped
    "convolve",
    "dropout",
    "winograd_forward",
)
NOT_ON_A_DEVICE = ("unaligned", "other byte order", "read-only", "broadcast")
LAYOUT = pytest.mark.parametrize("layout", list(LAYOUTS))


@pytest.fixture(autouse=True)
def _backend_of_the_kernels(request):
    before = backend.current_backend()
    callspec = getattr(request.node, "callspec", None)
    if callspec and callspec.params.get("kernels") is reference:
        use_backend("numpy")  # Winograd asks the backend for its tiles
    yield
    use_backend(before)


def assert_results(ours, expected):
    assert len(ours) == len(expected)
    for mine, right in zip(ours, expected, strict=True):
        assert mine.shape == right.shape
        assert mine.dtype.newbyteorder("=") == right.dtype
        scale = max(np.abs(right).max(initial=0), 1)
        atol = 4 * TOLERANCE.get(right.dtype.name, 0) * scale
        np.testing.assert_allclose(mine, right, rtol=0, atol=atol)


@MODULES
@KERNELS
@LAYOUT
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_memory_order_changes_nothing(kernels, kernel, layout, dtype):
    call = calls(dtype)[kernel]
    for place in range(len(call.arrays)):
        arrays = list(call.arrays)
        laid = LAYOUTS[layout](arrays[place])
        if place in call.writes and layout in CANNOT_BE_WRITTEN:
            arrays[place] = laid
            with pytest.raises(ValueError, match=r"read-only|share memory"):
                call.run(kernels, arrays)
            continue
        arrays[place] = np.array(laid, dtype=arrays[place].dtype, order="C")
        expected = call.run(reference, arrays)
        arrays[place] = laid
        assert_results(call.run(kernels, arrays), expected)


@KERNELS
@pytest.mark.parametrize("layout", [name for name in LAYOUTS if name not in NOT_ON_A_DEVICE])
def test_memory_order_changes_nothing_on_a_device(kernel, layout):
    call = calls()[kernel]
    for place in range(len(call.arrays)):
        arrays = list(call.arrays)
        laid = LAYOUTS[layout](arrays[place])
        arrays[place] = np.array(laid, order="C")
        use_backend("numpy")
        expected = None
        if place not in call.writes or layout not in CANNOT_BE_WRITTEN:
            expected = call.run(reference, arrays)
        arrays[place] = laid
        use_backend("cupy", array_module=strict)
        on_device = [
            StrictArray(array.copy() if i != place else array) for i, array in enumerate(arrays)
        ]
        if expected is None:
            with pytest.raises(ValueError, match=r"share memory"):
                call.run(reference, on_device)
        else:
            assert_results(call.run(reference, on_device), expected)


@MODULES
@KERNELS
def test_the_other_byte_order_after_an_unaligned_array(kernels, kernel):
    call = calls()[kernel]
    expected = call.run(reference)
    for layout in ("unaligned", "other byte order"):
        arrays = [LAYOUTS[layout](array) for array in call.arrays]
        assert_results(call.run(kernels, arrays), expected)


def _other_sizes(array):
    """Arrays of a slightly other shape: an axis longer, shorter, empty, missing or more."""
    for axis in range(array.ndim):
        longer = np.concatenate([array, array.take([0], axis)], axis)
        yield from (longer, array.take(range(array.shape[axis] - 1), axis), array.take([], axis))
        yield array.take(0, axis)
    yield array[None]


@MODULES
@KERNELS
def test_a_wrong_size_is_refused_and_never_believed(kernels, kernel):
    call = calls()[kernel]
    for place in range(len(call.arrays)):
        for other in _other_sizes(call.arrays[place]):
            arrays = [*call.arrays[:place], other, *call.arrays[place + 1 :]]
            try:
                expected = call.run(reference, [array.copy() for array in arrays])
            except ValueError:
                with pytest.raises(ValueError, match=r"."):
                    call.run(kernels, arrays)
            else:  # the same kernel at another size
                assert kernel in ANY_SIZE, (place, other.shape)
                assert_results(call.run(kernels, arrays), expected)


@MODULES
@pytest.mark.parametrize("kernel", [name for name in calls() if name != "matmul"])  # NumPy's
@pytest.mark.parametrize("dtype", ["float16", "longdouble", "int32", "complex64", "bool"])
def test_other_dtypes_are_refused(kernels, kernel, dtype):
    call = calls()[kernel]
    for place, array in enumerate(call.arrays):
        if array.dtype.kind == "u":
            continue
        arrays = [*call.arrays[:place], array.astype(dtype), *call.arrays[place + 1 :]]
        with pytest.raises(ValueError, match=r"float32|dtype|is bool|is int32|is complex64"):
            call.run(kernels, arrays)


@MODULES
@pytest.mark.parametrize("padding", [((0, 0), (0, 0)), ((1, 1), (1, 1))])
def test_positions_outside_the_map_are_refused(kernels, padding):
    window = (3, 3), (2, 2), padding
    x = np.random.default_rng(0).normal(size=(1, 5, 5, 2)).astype("float32")
    y, positions = kernels.max_pool(x, *window)
    kernels.max_pool_backward(y, positions, x.shape, *window)
    for wrong in (9, 255) if padding == ((0, 0), (0, 0)) else (0, 2, 6, 9):
        spoiled = positions.copy()
        spoiled[0, 0, 0, 1] = wrong  # the window in the corner: its row and column 0 are padding
        with pytest.raises(ValueError, match=r"positions must be below|in the padding"):
            kernels.max_pool_backward(y, spoiled, x.shape, *window)


@MODULES
def test_a_gradient_that_shares_memory_with_what_moves(kernels):
    rng = np.random.default_rng(0)
    memory = rng.normal(size=40)
    expected = [memory[:20].copy(), np.zeros(20)]
    reference.sgd_update(*expected, memory[1:21].copy(), 0.1, 0.9, 0.01)
    weights, velocity = memory[:20], np.zeros(20)
    kernels.sgd_update(weights, velocity, memory[1:21], 0.1, 0.9, 0.01)
    np.testing.assert_allclose(weights, expected[0], rtol=1e-14)
    with pytest.raises(ValueError, match="share memory"):
        kernels.sgd_update(memory[:20], memory[5:25], np.zeros(20), 0.1, 0.9, 0.01)


@MODULES
def test_a_product_does_not_write_into_its_factors(kernels):
    a = np.random.default_rng(0).normal(size=(5, 5))
    for factors in ((a, a.copy()), (a.copy(), a)):
        with pytest.raises(ValueError, match="shares memory"):
            kernels.matmul(*factors, out=a)


def test_the_checks_run_on_a_device_s_arrays():
    use_backend("cupy", array_module=strict)
    arrays = [strict.asarray(np.ones((3, 2), "float32")) for _ in range(3)]
    checks.update(*arrays)
    with pytest.raises(ValueError, match="must have shape"):
        checks.update(*arrays[:2], strict.asarray(np.ones((3, 1), "float32")))


@pytest.mark.parametrize("layout", list(LAYOUTS))
def test_only_what_the_loops_cannot_read_is_copied(layout):
    array = LAYOUTS[layout](np.ones((3, 4, 5), "float32"))
    assert (ordered(array) is array) == (layout in ("C", "read-only"))
    assert ordered(array).flags.c_contiguous
    assert ordered(array).flags.aligned
    assert ordered(array).dtype == np.float32


def test_both_files_hold_the_same_kernels():
    for kernel in calls():
        name = kernel.removesuffix("_into")
        if not name.startswith("winograd_"):
            assert callable(getattr(cpu, name))
            assert callable(getattr(reference, name))
