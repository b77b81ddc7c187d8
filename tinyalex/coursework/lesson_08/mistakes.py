"""Wrong forward passes of dropout. The wrong backward passes are in dropout.py."""

from __future__ import annotations

import numpy as np

from tinyalex import backend
from tinyalex.coursework.mistakes.masks import KEPT, P, holds, same, shown
from tinyalex.coursework.mistakes.mistake import mistake
from tinyalex.layers import Dropout


class _Draws(Dropout):
    """forward with a mask that the mistakes can replace."""

    def forward(self, x, training: bool = False):
        self.mask = self._draw(x) if training and self.p > 0 else None
        return self.remember(x + 0 if self.mask is None else x * self.mask, self.mask)

    def _draw(self, x):
        """The correct mask."""
        return backend.kernels.dropout(x, self.p, self.rng)[1]


@mistake(
    "dropout-not-scaled-in-forward", of="Dropout", shown_by=shown(lambda m: holds(m.first, 1.0))
)
class NotScaledInTraining(_Draws):
    """the kept values are not divided by 1 − p; the paper's form scales at test time instead."""

    def _draw(self, x):
        return (super()._draw(x) != 0).astype(x.dtype)


@mistake(
    "dropout-keeps-p",
    of="Dropout",
    shown_by=shown(lambda m: holds(m.first, KEPT, P) or holds(m.first, 1 / P, P)),
)
class KeptWithProbabilityP(_Draws):
    """a value is kept with probability p; p is the probability of dropping it."""

    def _draw(self, x):
        kept = super()._draw(x) == 0
        return kept.astype(x.dtype) / x.dtype.type(1 - self.p)


@mistake("dropout-divided-by-p", of="Dropout", shown_by=shown(lambda m: holds(m.first, 1 / P)))
class DividedByP(_Draws):
    """the kept values are divided by p; they must be divided by 1 − p."""

    def _draw(self, x):
        return (super()._draw(x) != 0).astype(x.dtype) / x.dtype.type(self.p)


@mistake(
    "dropout-one-mask-a-batch",
    of="Dropout",
    shown_by=shown(lambda m: holds(m.first, KEPT) and same(m.first, m.first[0])),
)
class OneMaskForTheBatch(_Draws):
    """all examples of a batch share one mask; each value needs its own draw."""

    def _draw(self, x):
        return np.broadcast_to(super()._draw(x[:1]), x.shape).copy()


@mistake(
    "dropout-same-mask-again",
    of="Dropout",
    shown_by=shown(lambda m: holds(m.first, KEPT) and same(m.first, m.second)),
)
class SameMaskEveryTime(_Draws):
    """every forward draws the same mask: do not create or seed a generator in forward."""

    def _draw(self, x):
        state = self.rng.bit_generator.state
        mask = super()._draw(x)
        self.rng.bit_generator.state = state
        return mask


@mistake(
    "dropout-global-generator",
    of="Dropout",
    shown_by=shown(lambda m: holds(m.first, KEPT) and not same(m.first, m.again)),
)
class NotFromTheLayersGenerator(_Draws):
    """the mask is drawn from np.random; draw it from self.rng, so that runs can be repeated."""

    def _draw(self, x):
        kept = np.random.random(x.shape) >= self.p
        return kept.astype(x.dtype) / x.dtype.type(1 - self.p)


@mistake(
    "dropout-at-test",
    of="Dropout",
    shown_by=shown(lambda m: holds(m.first, KEPT) and (m.test == 0).any()),
)
class DropsAtTestToo(Dropout):
    """forward ignores `training`; at test time nothing may be dropped."""

    def forward(self, x, training: bool = False):
        return super().forward(x, True)


@mistake(
    "dropout-only-at-test",
    of="Dropout",
    shown_by=shown(lambda m: same(m.first, 1.0) and (m.test == 0).any()),
)
class DropsAtTestOnly(Dropout):
    """forward drops at test and not in training; `training` is used the wrong way round."""

    def forward(self, x, training: bool = False):
        return super().forward(x, not training)


@mistake(
    "dropout-scaled-at-test",
    of="Dropout",
    shown_by=shown(lambda m: holds(m.first, KEPT) and same(m.test, 1 - P)),
)
class ScaledAtTestToo(Dropout):
    """forward multiplies by 1 − p at test time, but training already divides by it: do only one."""

    def forward(self, x, training: bool = False):
        y = super().forward(x, training)
        return y if training else self.remember(y * x.dtype.type(1 - self.p), self.mask)


@mistake("dropout-changes-x", of="Dropout")
class DropsInTheInput(Dropout):
    """forward sets values to zero in x itself, but x belongs to the caller."""

    def forward(self, x, training: bool = False):
        y = super().forward(x, training)
        x[y == 0] = 0
        return y
