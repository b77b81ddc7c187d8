"""Wrong response normalizations, all at the paper's α, where they are hardest to detect.

Correct: dx = dy · d^−β − 2αβ · x · Σ dy · x · d^(−β−1), Σ over the windows that read a channel.
"""

from __future__ import annotations

from tinyalex import backend
from tinyalex.coursework.mistakes.mistake import Example, mistake
from tinyalex.layers import LocalResponseNorm

# An even size: the window reaches two channels back and one ahead, so its mirror image differs.
EXAMPLE = Example(lambda rng: {"size": 4}, shape=(2, 2, 2, 6))


def _window_sum(values, groups, reach_back, reach_ahead):
    """Σ over the channels c − reach_back … c + reach_ahead that are in c's group."""
    total = backend.xp.zeros_like(values)
    C = values.shape[-1] // groups
    for c in range(values.shape[-1]):
        first = c // C * C
        window = slice(max(first, c - reach_back), min(first + C, c + reach_ahead + 1))
        total[..., c] = values[..., window].sum(axis=-1)
    return total


class _WithTwoTerms(LocalResponseNorm):
    """backward in parts that the mistakes can replace: dx = direct − factor · x · Σ cross."""

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
    """the cross-channel term is missing, as if d did not depend on x."""

    def backward(self, dy):
        (x,) = self.recall(dy)
        d = self.denominator(x)
        return self.direct(dy, d)


@mistake("lrn-only-own-channel", of="LocalResponseNorm")
class OnlyOwnChannel(_WithTwoTerms):
    """the cross-channel term includes only the channel itself, not its neighbours."""

    def reach(self):
        return 0, 0


@mistake("lrn-no-factor-2", of="LocalResponseNorm")
class FactorTwoMissing(_WithTwoTerms):
    """the cross-channel term lacks the factor 2 from the derivative of x²."""

    def factor(self):
        return self.scaled_alpha * self.beta


@mistake("lrn-no-beta", of="LocalResponseNorm")
class BetaMissing(_WithTwoTerms):
    """the cross-channel term lacks the factor β from the derivative of d^−β."""

    def factor(self):
        return 2 * self.scaled_alpha


@mistake("lrn-no-alpha", of="LocalResponseNorm")
class AlphaMissing(_WithTwoTerms):
    """the cross-channel term lacks the factor α."""

    def factor(self):
        return 2 * self.beta


@mistake("lrn-cross-term-sign", of="LocalResponseNorm")
class CrossTermAdded(_WithTwoTerms):
    """the cross-channel term has the wrong sign."""

    def factor(self):
        return -2 * self.scaled_alpha * self.beta


@mistake("lrn-alpha-over-size", of="LocalResponseNorm")
class AlphaDividedInBackward(_WithTwoTerms):
    """backward divides α by the window size, but forward does not."""

    def factor(self):
        return 2 * self.scaled_alpha / self.size * self.beta


@mistake("lrn-wrong-exponent", of="LocalResponseNorm")
class WrongExponent(_WithTwoTerms):
    """the cross-channel term has d^−β; the derivative is d^(−β−1)."""

    def cross(self, dy, x, d):
        return dy * x * d**-self.beta


@mistake("lrn-own-dy", of="LocalResponseNorm")
class OwnUpstreamInCrossTerm(_WithTwoTerms):
    """dy and d are outside the cross-channel sum; each channel in the sum has its own."""

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
    """the cross-channel term sums over the channels ahead only."""

    def reach(self):
        return 0, self.size // 2


@mistake("lrn-direct-not-scaled", of="LocalResponseNorm")
class DirectTermNotScaled(_WithTwoTerms):
    """the first term is dy alone; it should be dy · d^−β."""

    def direct(self, dy, d):
        return dy
