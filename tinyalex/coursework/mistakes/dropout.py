"""Wrong dropout layers."""

from __future__ import annotations

from tinyalex import backend
from tinyalex.coursework.mistakes.masks import KEPT, holds, same, shown
from tinyalex.coursework.mistakes.mistake import Example, mistake
from tinyalex.layers import Dropout

EXAMPLE = Example(lambda rng: {"p": 0.4, "rng": rng}, shape=(4, 6), training=True)


@mistake(
    "dropout-scaled-twice",
    of="Dropout",
    shown_by=shown(lambda m: holds(m.first, KEPT) and same(m.back, m.first * KEPT)),
)
class ScaledTwice(Dropout):
    """backward divides by 1 − p a second time; the mask already includes that factor."""

    def backward(self, dy):
        return super().backward(dy) / (1 - self.p)


@mistake(
    "dropout-not-scaled",
    of="Dropout",
    shown_by=shown(lambda m: holds(m.first, KEPT) and same(m.back * KEPT, m.first)),
)
class NotScaled(Dropout):
    """backward multiplies by zeros and ones without dividing by 1 − p."""

    def backward(self, dy):
        return super().backward(dy) * (1 - self.p)


@mistake(
    "dropout-fresh-mask",
    of="Dropout",
    shown_by=shown(
        lambda m: (
            holds(m.back, KEPT)
            and not same(m.back, m.first)
            and not same(m.back == 0, m.first != 0)
            and same(m.first, m.again)
        )
    ),
)
class FreshMask(Dropout):
    """backward draws a new mask; it must reuse forward's."""

    def backward(self, dy):
        self.recall(dy)
        return backend.kernels.dropout(dy, self.p, self.rng)[0]


@mistake(
    "dropout-no-mask",
    of="Dropout",
    shown_by=shown(lambda m: same(m.back, 1.0) and holds(m.first, KEPT)),
)
class NoMask(Dropout):
    """backward passes all of dy; it must multiply dy by forward's mask."""

    def backward(self, dy):
        self.recall(dy)
        return dy + 0


@mistake(
    "dropout-mask-inverted", of="Dropout", shown_by=shown(lambda m: same(m.back == 0, m.first != 0))
)
class MaskInverted(Dropout):
    """backward passes dy where forward dropped the value instead of where it kept it."""

    def backward(self, dy):
        (mask,) = self.recall(dy)
        return dy * (mask == 0) / (1 - self.p)
