"""Lesson 07: α as given, |x| for x², windows behind the channel and around the ends."""

import numpy as np
from mistake_forms import form
from mistake_forms_others import Norm


@form("07", "lrn-alpha-unscaled")
class AlphaAsGiven(Norm):
    def alpha_of(self):
        return self.alpha


@form("07", "lrn-absolute")
class SumOfAbsoluteValues(Norm):
    def forward(self, x, training=False):
        self.x = x
        self.d = self.k + self.scaled_alpha * self.near(np.abs(x))
        return x / self.d**self.beta


@form("07", "lrn-forward-trailing")
class PaddedBehindOnly(Norm):
    def near(self, values, back=False):
        parts = np.split(values, self.groups, axis=-1)
        reach = (0, self.size - 1) if back else (self.size - 1, 0)
        C, total = parts[0].shape[-1], []
        for part in parts:
            padded = np.pad(part, [(0, 0)] * 3 + [reach])
            total.append(sum(padded[..., s : s + C] for s in range(self.size)))
        return np.concatenate(total, axis=-1)


@form("07", "lrn-window-wrapped")
class RolledChannels(Norm):
    def near(self, values, back=False):
        before = self.size // 2
        before = self.size - 1 - before if back else before
        parts = np.split(values, self.groups, axis=-1)
        shifts = range(before, before - self.size, -1)
        sums = [sum(np.roll(part, shift, axis=-1) for shift in shifts) for part in parts]
        return np.concatenate(sums, axis=-1)
