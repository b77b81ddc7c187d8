"""What a check could not see: arrays that forward uses and nobody judges, gradients of zeros."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import numpy as np

from tinyalex import backend
from tinyalex.gradcheck.layer_under_test import LayerUnderTest
from tinyalex.gradcheck.reach import named_contents
from tinyalex.gradcheck.report import ArrayResult
from tinyalex.support.beside import made_beside

MOST = 50  # arrays that are looked at


def parameters_outside(under_test: LayerUnderTest, y: np.ndarray) -> list[str]:
    """A note if y depends on float arrays of the layer's that its params do not have."""
    known = [*(v.array for v in under_test.variables), *under_test.parameter_values()]
    found = [
        (path, array)
        for path, array in made_beside(under_test.layer, float_arrays)
        if not any(_is_part(array, other) for other in known)
    ]
    if not found or not _matter(under_test, y, [array for _, array in found]):
        return []
    names = [path for path, array in found if _matter(under_test, y, [array])]
    if not names:
        return []
    are = "is" if len(names) == 1 else "are"
    return [
        f"{', '.join(names)} {are} not in params, although forward depends on it: if it is "
        "learned, its gradient has not been checked"
    ]


def _is_part(array, other) -> bool:
    if isinstance(array, np.ndarray) and isinstance(other, np.ndarray):
        return np.may_share_memory(array, other)
    return array is other


def float_arrays(layer) -> list[tuple[str, np.ndarray]]:
    """Writable float arrays that hang on the layer, each with its path; the first MOST of them."""
    return list(islice(_writable_floats(layer), MOST))


def _writable_floats(layer) -> Iterator[tuple[str, np.ndarray]]:
    for path, item in named_contents(layer):
        is_array = isinstance(item, np.ndarray | backend.xp.ndarray)
        if is_array and item.dtype.kind == "f" and item.size:
            if not getattr(item.flags, "writeable", True):
                continue
            yield path, item


def _matter(under_test: LayerUnderTest, y: np.ndarray, arrays: list) -> bool:
    """Whether y changes when these arrays are changed."""
    saved = [array.copy() for array in arrays]
    try:
        with np.errstate(all="ignore"):
            for array in arrays:
                array[...] = 0.9 * array + 0.01
            changed = under_test.output()
    except Exception:
        return False
    finally:
        for array, before in zip(arrays, saved, strict=True):
            array[...] = before
    return changed.shape != y.shape or not np.allclose(changed, y, rtol=1e-9, atol=0)


def notes_on(result: ArrayResult) -> list[str]:
    """What the report has to add about one array."""
    moved = sum(o.moved and o.verdict not in ("kink", "rounded") for o in result.outcomes)
    excluded, unsure = len(result.without_slope), result.having("unsure")
    notes = []
    if moved:
        notes.append(f"{result.name}: {moved} lay at a kink and were judged a little beside it")
    if excluded:
        notes.append(f"{result.name}: {excluded} lie at a kink wherever they are moved; left out")
    if unsure:
        worst = max(outcome.accuracy for outcome in unsure)
        notes.append(
            f"{result.name}: {len(unsure)} of {len(result.outcomes)} cannot be judged to better "
            f"than {worst:.0e} of their size: rounding in forward hides the rest"
        )
    faint = result.having("faint")
    if faint:
        notes.append(
            f"{result.name}: {len(faint)} of {len(result.outcomes)} are rounding beside the "
            "largest, too small to be judged"
        )
    if result.nothing_shows:
        notes.append(
            f"{result.name} is 0 everywhere, in backward and in finite differences: a mistake in "
            "it cannot show at this x"
        )
    return notes
