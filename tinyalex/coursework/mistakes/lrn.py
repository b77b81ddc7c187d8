"""Wrong response normalizations, all of them at the paper's α, where they are hardest to see.

Right: dx = dy · d^−β − 2αβ · x · Σ dy · x · d^(−β−1), the sum over the windows that read a place.
"""

from __future__ import annotations

from tinyalex import backend
from tinyalex.coursework.mistakes.mistake import Example, mistake
from tinyalex.layers import LocalResponseNorm

# An even size: the window reaches two channels back and one ahead, and its mirror image does not.
EXAMPLE = Example(lambda rng: {"size": 4}, shape=(2, 2, 2, 6))


def _window_sum(values, groups, reach_back, reach_ahead):
    """Σ over the channels c − reach_back … c + reach_ahead, as far as c's group has any."""
    total = backend.xp.zeros_like(values)
    C = values.shape[-1] // groups
    for c in range(values.shape[-1]):
        first = c // C * C
        window = slice(max(first, c - reach_back), min(first + C, c + reach_ahead + 1))
        total[..., c] = values[..., window].sum(axis=-1)
    return total


class _WithTwoTerms(LocalResponseNorm):
    """backward written out, as far as the mistakes need: dx = direct − factor · x · Σ cross."""

    def backward(self, dy):
        (x,) = self.recall(dy)
        d = self.denominator(x)
        back, ahead = self.reach()
        cross = _window_sum(self.cross(dy, x, d), self.groups, back, ahead)
        return self.direct(dy, d) - self.factor() * x * cross

    def denominator(self, x):
        ahead = self.size - 1 - self.size // 2
        sums = _window_sum(x * x, self.groups, self.size // 2, ahead)
        return self.k + self.scaled_alpha * sums

    def direct(self, dy, d):
        return dy * d**-self.beta

    def factor(self):
        return 2 * self.scaled_alpha * self.beta

    def cross(self, dy, x, d):
        return dy * x * d ** (-self.beta - 1)

    def reach(self):
        ahead = self.size // 2
        return self.size - 1 - ahead, ahead


@mistake("lrn-no-cross-term", of="LocalResponseNorm")
class NoCrossTerm(_WithTwoTerms):
    """The cross-channel term is left out: as if d did not depend on x."""

    def backward(self, dy):
        (x,) = self.recall(dy)
        d = self.denominator(x)
        return self.direct(dy, d)


@mistake("lrn-only-own-channel", of="LocalResponseNorm")
class OnlyOwnChannel(_WithTwoTerms):
    """The cross-channel term counts the channel itself only and none of its neighbours."""

    def reach(self):
        return 0, 0


@mistake("lrn-no-factor-2", of="LocalResponseNorm")
class FactorTwoMissing(_WithTwoTerms):
    """The cross-channel term lacks the 2 from the derivative of x²."""

    def factor(self):
        return self.scaled_alpha * self.beta


@mistake("lrn-no-beta", of="LocalResponseNorm")
class BetaMissing(_WithTwoTerms):
    """The cross-channel term lacks the β from the derivative of d^−β."""

    def factor(self):
        return 2 * self.scaled_alpha


@mistake("lrn-no-alpha", of="LocalResponseNorm")
class AlphaMissing(_WithTwoTerms):
    """The cross-channel term lacks α."""

    def factor(self):
        return 2 * self.beta


@mistake("lrn-cross-term-sign", of="LocalResponseNorm")
class CrossTermAdded(_WithTwoTerms):
    """The cross-channel term has the wrong sign."""

    def factor(self):
        return -2 * self.scaled_alpha * self.beta


@mistake("lrn-alpha-over-size", of="LocalResponseNorm")
class AlphaDividedInBackward(_WithTwoTerms):
    """backward divides α by the window's size, forward does not."""

    def factor(self):
        return 2 * self.scaled_alpha / self.size * self.beta


@mistake("lrn-wrong-exponent", of="LocalResponseNorm")
class WrongExponent(_WithTwoTerms):
    """The cross-channel term has d^−β; the derivative makes it d^(−β−1)."""

    def cross(self, dy, x, d):
        return dy * x * d**-self.beta


@mistake("lrn-own-dy", of="LocalResponseNorm")
class OwnUpstreamInCrossTerm(_WithTwoTerms):
    """The cross-channel term has dy and d outside the sum: this channel's for all of them."""

    def backward(self, dy):
        (x,) = self.recall(dy)
        d = self.denominator(x)
        cross = _window_sum(x, self.groups, *self.reach()) * dy * d ** (-self.beta - 1)
        return self.direct(dy, d) - self.factor() * x * cross


@mistake("lrn-window-not-mirrored", of="LocalResponseNorm")
class WindowNotMirrored(_WithTwoTerms):
    """backward sums over forward's window; it needs the channels whose windows read this one."""

    def reach(self):
        return self.size // 2, self.size - 1 - self.size // 2


@mistake("lrn-window-one-sided", of="LocalResponseNorm")
class WindowOneSided(_WithTwoTerms):
    """The cross-channel term sums over the channels ahead only."""

    def reach(self):
        return 0, self.size // 2


@mistake("lrn-direct-not-scaled", of="LocalResponseNorm")
class DirectTermNotScaled(_WithTwoTerms):
    """The first term is dy alone, without d^−β."""

    def direct(self, dy, d):
        return dy
