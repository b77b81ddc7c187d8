"""Wrong forward passes of response normalization. The wrong backward passes are in lrn.py."""

from __future__ import annotations

import numpy as np

from tinyalex.coursework.mistakes.mistake import another_form, mistake
from tinyalex.layers import LocalResponseNorm


@mistake("lrn-alpha-divided", of="LocalResponseNorm")
class AlphaDivided(LocalResponseNorm):
    """α is divided by the window size, as in Caffe; with divide_by_size=False it must not be."""

    @property
    def _settings(self):
        size, alpha, *others = super()._settings
        return (size, alpha / size, *others)


@another_form(of=AlphaDivided)
class AlphaAlwaysDivided(LocalResponseNorm):
    @property
    def _settings(self):
        size, _, *others = super()._settings
        return (size, self.alpha / size, *others)


@mistake("lrn-alpha-unscaled", of="LocalResponseNorm")
class AlphaUnscaled(LocalResponseNorm):
    """α is used as given, even with divide_by_size=True; use self.scaled_alpha."""

    @property
    def _settings(self):
        size, _, *others = super()._settings
        return (size, self.alpha, *others)


@mistake("lrn-k-is-1", of="LocalResponseNorm")
class KIsOne(LocalResponseNorm):
    """k is always 1, as in Caffe; use self.k, which is 2 in the paper."""

    @property
    def _settings(self):
        size, alpha, beta, _, *others = super()._settings
        return (size, alpha, beta, 1.0, *others)


@mistake("lrn-square-root", of="LocalResponseNorm")
class SquareRoot(LocalResponseNorm):
    """the exponent is ½, as in a Euclidean norm; it should be β = 0.75."""

    @property
    def _settings(self):
        size, alpha, _, *others = super()._settings
        return (size, alpha, 0.5, *others)


@mistake("lrn-groups-ignored", of="LocalResponseNorm")
class GroupsIgnored(LocalResponseNorm):
    """the windows extend from one group of channels into the next."""

    @property
    def _settings(self):
        return (*super()._settings[:-1], 1)


class _OtherForward(LocalResponseNorm):
    """forward in parts that the mistakes can replace, with the given backward."""

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
    """forward's window of even size has its longer half ahead of the channel; it belongs behind."""

    def window(self, c, C):
        first = c - (self.size - 1 - self.size // 2)
        return slice(max(0, first), first + self.size)


@mistake("lrn-forward-one-sided", of="LocalResponseNorm")
class WindowAheadOnly(_OtherForward):
    """forward's window starts at the channel itself; it should start ⌊size/2⌋ channels before."""

    def window(self, c, C):
        return slice(c, c + self.size)


@mistake("lrn-forward-trailing", of="LocalResponseNorm")
class WindowBehindOnly(_OtherForward):
    """forward's window ends at the channel itself; it should start ⌊size/2⌋ channels before."""

    def window(self, c, C):
        return slice(max(0, c - self.size + 1), c + 1)


@mistake("lrn-window-wrapped", of="LocalResponseNorm")
class WindowWrapped(_OtherForward):
    """forward's window goes on at the other end of the channels; it must be cut at the ends."""

    def window(self, c, C):
        first = c - self.size // 2
        return np.arange(first, first + self.size) % C


@mistake("lrn-window-pushed-inside", of="LocalResponseNorm")
class WindowPushedInside(_OtherForward):
    """forward's window is shifted inward at the ends; it must be cut there, with fewer channels."""

    def window(self, c, C):
        first = min(max(0, c - self.size // 2), max(0, C - self.size))
        return slice(first, first + self.size)


@mistake("lrn-own-channel-left-out", of="LocalResponseNorm")
class OwnChannelLeftOut(_OtherForward):
    """the sum includes only the neighbours; it must include the channel itself."""

    def channel(self, x, c):
        total = (x[..., self.window(c, x.shape[-1])] ** 2).sum(axis=-1)
        return self.scaled(x[..., c], total - x[..., c] ** 2)


@mistake("lrn-not-squared", of="LocalResponseNorm")
class NotSquared(_OtherForward):
    """forward sums x over the window; it must sum x²."""

    def channel(self, x, c):
        return self.scaled(x[..., c], x[..., self.window(c, x.shape[-1])].sum(axis=-1))


@mistake("lrn-absolute", of="LocalResponseNorm")
class AbsoluteValues(_OtherForward):
    """forward sums |x| over the window; it must sum x²."""

    def channel(self, x, c):
        return self.scaled(x[..., c], abs(x[..., self.window(c, x.shape[-1])]).sum(axis=-1))


@mistake("lrn-multiplied", of="LocalResponseNorm")
class Multiplied(_OtherForward):
    """forward multiplies by d^β; it must divide."""

    def scaled(self, x, total):
        return x * (self.k + self.scaled_alpha * total) ** self.beta
