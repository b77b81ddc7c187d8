"""Wrong ways to write response normalization's forward pass. The wrong backwards are in lrn.py."""

from __future__ import annotations

import numpy as np

from tinyalex.coursework.mistakes.mistake import mistake
from tinyalex.layers import LocalResponseNorm


@mistake("lrn-alpha-divided", of="LocalResponseNorm")
class AlphaDivided(LocalResponseNorm):
    """α is divided by the window's size, as in Caffe: with divide_by_size=False it is not."""

    @property
    def _settings(self):
        size, alpha, *others = super()._settings
        return (size, alpha / size, *others)


@mistake("lrn-k-is-1", of="LocalResponseNorm")
class KIsOne(LocalResponseNorm):
    """k is 1, as in Caffe, whatever was asked for: the paper's is 2."""

    @property
    def _settings(self):
        size, alpha, beta, _, *others = super()._settings
        return (size, alpha, beta, 1.0, *others)


@mistake("lrn-square-root", of="LocalResponseNorm")
class SquareRoot(LocalResponseNorm):
    """The exponent is ½, as for a length; it is β = 0.75."""

    @property
    def _settings(self):
        size, alpha, _, *others = super()._settings
        return (size, alpha, 0.5, *others)


@mistake("lrn-groups-ignored", of="LocalResponseNorm")
class GroupsIgnored(LocalResponseNorm):
    """The windows cross from one group of channels into the next."""

    @property
    def _settings(self):
        return (*super()._settings[:-1], 1)


class _OtherForward(LocalResponseNorm):
    """A wrong forward with the given backward."""

    def forward(self, x, training: bool = False):
        y = np.empty_like(x)
        C = x.shape[-1] // self.groups
        for c in range(x.shape[-1]):
            first = c // C * C  # of the group
            y[..., c] = self.channel(x[..., first : first + C], c - first)
        return self.remember(y, x)

    def channel(self, x, c):
        window = self.window(c, x.shape[-1])
        return self.scaled(x[..., c], (x[..., window] ** 2).sum(axis=-1))

    def scaled(self, x, total):
        return x * (self.k + self.scaled_alpha * total) ** -self.beta

    def window(self, c, C):
        first = c - self.size // 2
        return slice(max(0, first), max(0, first + self.size))


@mistake("lrn-forward-mirrored", of="LocalResponseNorm")
class WindowMirrored(_OtherForward):
    """forward's window of an even size has its longer half ahead; it lies behind."""

    def window(self, c, C):
        first = c - (self.size - 1 - self.size // 2)
        return slice(max(0, first), first + self.size)


@mistake("lrn-forward-one-sided", of="LocalResponseNorm")
class WindowAheadOnly(_OtherForward):
    """forward's window begins at the channel itself; it begins ⌊size/2⌋ before."""

    def window(self, c, C):
        return slice(c, c + self.size)


@mistake("lrn-window-pushed-inside", of="LocalResponseNorm")
class WindowPushedInside(_OtherForward):
    """forward's window is pushed inside at the ends; it must be cut and hold fewer channels."""

    def window(self, c, C):
        first = min(max(0, c - self.size // 2), max(0, C - self.size))
        return slice(first, first + self.size)


@mistake("lrn-own-channel-left-out", of="LocalResponseNorm")
class OwnChannelLeftOut(_OtherForward):
    """The sum leaves out the channel itself: only its neighbours count."""

    def channel(self, x, c):
        total = (x[..., self.window(c, x.shape[-1])] ** 2).sum(axis=-1)
        return self.scaled(x[..., c], total - x[..., c] ** 2)


@mistake("lrn-not-squared", of="LocalResponseNorm")
class NotSquared(_OtherForward):
    """forward sums x over the window; it must sum x²."""

    def channel(self, x, c):
        return self.scaled(x[..., c], x[..., self.window(c, x.shape[-1])].sum(axis=-1))


@mistake("lrn-multiplied", of="LocalResponseNorm")
class Multiplied(_OtherForward):
    """forward multiplies by d^β; it must divide."""

    def scaled(self, x, total):
        return x * (self.k + self.scaled_alpha * total) ** self.beta
