"""Backward is linear in dy, whatever dy's size, its zeros and its order in memory.

That is exact: no finite differences are needed, and four passes ask for all of it at once. Only
where they disagree are the parts asked for one by one, to say which it is.
"""

from __future__ import annotations

import numpy as np

from tinyalex.gradcheck.layer_under_test import LayerUnderTest
from tinyalex.gradcheck.passes import WatchedPasses, as_is, in_fortran_order, with_gaps
from tinyalex.gradcheck.report import GradientError

SMALL, LARGE = 2.0**-40, 2.0**20  # powers of two: a right backward scales to the last bit
FACTORS = (0.0, 2.0**-14, 1.0, 64.0)
ROUNDING = 100 * float(np.finfo(np.float64).eps)


class UpstreamQuestions:
    """What backward gives for other dy, beside `gradients`, which it gave for this dy.

    reach: for each gradient the size of the terms that it is the sum of.
    """

    def __init__(self, under_test: LayerUnderTest, dy, gradients: dict, reach: dict) -> None:
        self.under_test, self.dy, self.gradients, self.reach = under_test, dy, gradients, reach
        self.passes = WatchedPasses(under_test)
        self.notes: list[str] = []
        self._orders = [in_fortran_order, with_gaps]

    def ask(self, rng: np.random.Generator) -> str | None:
        """What is wrong, or None."""
        narrow = self._narrow()
        if narrow is not None:
            return narrow
        mixed = self.dy * rng.permutation(np.resize(FACTORS, self.dy.size)).reshape(self.dy.shape)
        rest = self._gradients(self.dy - mixed)
        first = self._gradients(mixed, 0)
        if not self._agree([first, rest]):
            return self._reason(mixed)
        for factor in (SMALL, LARGE):
            found = self._gradients(self.dy * factor, 1 if factor == SMALL else None)
            if not self._agree([{key: array / factor for key, array in found.items()}]):
                return self._reason(mixed)
        nothing = self._gradients(0 * self.dy)
        if any(array.any() for array in nothing.values()):
            return "backward of a dy of zeros is not zero"
        return None

    def _narrow(self) -> str | None:
        """An array in which every number is a float32's. dy's are not, so its should not be."""
        if _is_float32(self.dy).any():
            return None
        for variable in self.under_test.variables:
            array = self.gradients[variable.name]
            if array.any() and _is_float32(array).all():
                return f"{variable.gradient} was rounded to float32 where all else is float64"
        return None

    def _gradients(self, dy, order: int | None = None) -> dict:
        """The gradients with x and dy in another order in memory, where the layer takes that."""
        change = as_is if order is None else self._orders[order]
        try:
            return self.passes.gradients(dy, change, change)
        except GradientError:
            raise
        except Exception as error:
            if change is as_is:
                raise
            text = " ".join(str(error).split())[:80]
            self.notes.append(f"arrays that are not contiguous are refused ({text}): not asked")
            self._orders = [as_is, as_is]
            return self.passes.gradients(dy)

    def _agree(self, parts: list[dict]) -> bool:
        """Whether these gradients add up to those of dy."""
        largest = 64 * np.abs(self.dy).max(initial=0)
        for variable in self.under_test.variables:
            arrays = [part[variable.name] for part in parts]
            total = self.gradients[variable.name]
            sizes = [np.abs(array) for array in (*arrays, total)]
            allowed = 1e-9 * sum(sizes) + 1e-12 * max(size.max(initial=0) for size in sizes)
            allowed = allowed + ROUNDING * (largest + 64 * self.reach[variable.name])
            if not (np.abs(sum(arrays) - total) <= allowed).all():
                return False
        return True

    def _reason(self, mixed: np.ndarray) -> str:
        """Which part of the question it is that goes wrong."""
        gradients = self.passes.gradients
        for change, order in ((in_fortran_order, "column by column"), (with_gaps, "with gaps")):
            if change in self._orders:
                if not self._agree([gradients(self.dy, order_dy=change)]):
                    return f"backward misreads a dy that is in memory {order}"
                if not self._agree([gradients(self.dy, order_x=change)]):
                    return f"forward or backward misreads an x that is in memory {order}"
        if not self._agree([gradients(self.dy)]):
            return "backward gives something else after some calls, for the same x and dy"
        for factor, text in ((64.0, "64"), (LARGE, "2^20"), (2.0**-14, "2^-14"), (SMALL, "2^-40")):
            found = {key: array / factor for key, array in gradients(self.dy * factor).items()}
            if not self._agree([found]):
                return f"backward of {text} · dy is not {text} times backward of dy"
        zeros = np.where(mixed == 0, 0.0, self.dy)
        if not self._agree([gradients(zeros), gradients(self.dy - zeros)]):
            return "backward of a dy with zeros in it is wrong: do not divide by dy"
        return "backward is not linear in dy: the gradients of two parts of dy do not add up"


def _is_float32(array: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):
        return array == array.astype("float32")
