"""Lessons 07 and 08, and others: mistakes in response normalization and dropout, SGD, fields."""

import numpy as np
from mistake_forms import form

from tinyalex import inspection, layers, optim


class Norm(layers.LocalResponseNorm):
    """A student's own right layer, in parts."""

    def forward(self, x, training=False):
        self.x = x
        self.d = self.k + self.alpha_of() * self.near(x**2)
        return x * self.d**-self.beta

    def alpha_of(self):
        return self.scaled_alpha

    def near(self, values, back=False):
        """The sum over each channel's window, or over the channels whose windows read it."""
        C = values.shape[-1] // self.groups
        before = self.size // 2
        before = self.size - 1 - before if back else before
        total = np.zeros_like(values)
        for c in range(values.shape[-1]):
            first = c // C * C
            window = slice(max(first, c - before), min(first + C, max(0, c - before + self.size)))
            total[..., c] = values[..., window].sum(axis=-1)
        return total

    def backward(self, dy):
        return self.dx(dy, self.x, self.d)

    def dx(self, dy, x, d):
        cross = self.near(dy * x * d ** (-self.beta - 1), back=True)
        return dy * d**-self.beta - 2 * self.alpha_of() * self.beta * x * cross


@form("07", "lrn-no-cross-term")
class OnlyTheFirstTerm(Norm):
    def dx(self, dy, x, d):
        return dy / d**self.beta


@form("07", "lrn-no-cross-term")
class OnlyTheFirstTermFromY(Norm):
    def dx(self, dy, x, d):
        return dy * np.exp(-self.beta * np.log(d))


@form("07", "lrn-no-cross-term")
class OnlyTheFirstTermFloat32(Norm):
    def dx(self, dy, x, d):
        return dy.astype("float32") * d.astype("float32") ** np.float32(-self.beta)


@form("07", "lrn-no-factor-2")
class TwoForgottenInD(Norm):
    def dx(self, dy, x, d):
        slope = -self.beta * d ** (-self.beta - 1) * dy * x
        return dy * d**-self.beta + x * self.scaled_alpha * self.near(slope, back=True)


@form("07", "lrn-no-factor-2")
class TwoForgottenAfterwards(Norm):
    def dx(self, dy, x, d):
        right = super().dx(dy, x, d)
        direct = dy * d**-self.beta
        return direct + (right - direct) / 2


@form("07", "lrn-no-factor-2")
class TwoForgottenInALoop(Norm):
    def dx(self, dy, x, d):
        dx = dy * d**-self.beta
        C = x.shape[-1] // self.groups
        for i in range(x.shape[-1]):
            for j in range(i - self.size // 2, i - self.size // 2 + self.size):
                if 0 <= j < x.shape[-1] and j // C == i // C:
                    part = dy[..., i] * x[..., i] * d[..., i] ** (-self.beta - 1)
                    dx[..., j] -= self.scaled_alpha * self.beta * x[..., j] * part
        return dx


@form("07", "lrn-alpha-divided")
class AlphaOverSizeBothWays(Norm):
    def alpha_of(self):
        return self.alpha / self.size


@form("07", "lrn-alpha-divided")
class AlphaOverSizeForwardOnly(Norm):
    def forward(self, x, training=False):
        y = super().forward(x)
        return x / (self.k + (self.d - self.k) / self.size) ** self.beta if y is not None else y


@form("07", "lrn-alpha-divided")
class AlphaOverSizeBackwardOpen(Norm):
    def alpha_of(self):
        return self.alpha / self.size

    def dx(self, dy, x, d):
        raise NotImplementedError("task 07.2: LocalResponseNorm.backward")


class Drop(layers.Dropout):
    """A student's own right layer, in parts. Draws in another way than the library."""

    def forward(self, x, training=False):
        self.mask = self.draw(x.shape).astype(x.dtype) if self.draws(training) else None
        return self.remember(x.copy() if self.mask is None else x * self.mask)

    def draws(self, training):
        return training

    def draw(self, shape):
        return (self.rng.uniform(0, 1, shape) < 1 - self.p) / (1 - self.p)

    def backward(self, dy):
        self.recall(dy)
        return self.dx(dy)

    def dx(self, dy):
        return dy.copy() if self.mask is None else dy * self.mask


@form("08", "dropout-not-scaled-in-forward")
class ZerosAndOnes(Drop):
    def draw(self, shape):
        return self.rng.uniform(0, 1, shape) > self.p


@form("08", "dropout-not-scaled-in-forward")
class ThePapersForm(Drop):
    def forward(self, x, training=False):
        y = super().forward(x, training)
        return y if training else y * (1 - self.p)

    def draw(self, shape):
        return self.rng.binomial(1, 1 - self.p, shape)


@form("08", "dropout-not-scaled-in-forward")
class ChosenPlacesSetToZero(Drop):
    def forward(self, x, training=False):
        self.mask = np.ones_like(x)
        if training:
            self.mask[self.rng.permuted(np.linspace(0, 1, x.size)).reshape(x.shape) < self.p] = 0
        return self.remember(x * self.mask)


@form("08", "dropout-at-test")
class TrainingIgnored(Drop):
    def draws(self, training):
        return True


@form("08", "dropout-at-test")
class DropsWherePIsPositive(Drop):
    def draws(self, training):
        return self.p > 0

    def draw(self, shape):
        return self.rng.binomial(1, 1 - self.p, size=shape) / (1 - self.p)


@form("08", "dropout-at-test")
class DropsAtTestUnscaled(Drop):
    def forward(self, x, training=False):
        self.mask = self.draw(x.shape)
        return self.remember(x * (self.mask if training else self.mask > 0))


@form("08", "dropout-only-at-test")
class TheWrongWayRound(Drop):
    def draws(self, training):
        return not training


@form("08", "dropout-only-at-test")
class ReturnsEarlyInTraining(Drop):
    def forward(self, x, training=False):
        self.mask = None
        if training:
            return self.remember(x)
        self.mask = self.draw(x.shape)
        return self.remember(self.mask * x)


@form("08", "dropout-only-at-test")
class UnscaledAtTestOnly(Drop):
    def draws(self, training):
        return training is False

    def draw(self, shape):
        return self.rng.random(shape) >= self.p


@form("08", "dropout-fresh-mask")
class DrawsAgain(Drop):
    def dx(self, dy):
        return dy if self.mask is None else dy * self.draw(dy.shape)


@form("08", "dropout-fresh-mask")
class ForwardOfTheGradient(Drop):
    def dx(self, dy):
        return dy if self.mask is None else self.forward(dy, training=True)


@form("08", "dropout-fresh-mask")
class DrawsAgainInAnotherWay(Drop):
    def dx(self, dy):
        if self.mask is None:
            return dy
        return dy * self.rng.binomial(1, 1 - self.p, dy.shape) / (1 - self.p)


class Sgd(optim.SGD):
    def step(self):
        for name, w in self.moving().items():
            g = self.net.gradients()[name]
            if g is None:
                raise ValueError(f"{name} has no gradient")
            bias = name.endswith(".b")
            lr = self.bias_lr if bias and self.bias_lr is not None else self.lr
            decay = 0 if bias else self.weight_decay
            self.move(w, self.velocity[name], g, lr * self.layer_rate(name), decay)


@form("11", "11-SgdClimbs")
class AddsTheGradient(Sgd):
    def move(self, w, v, g, lr, decay):
        v *= self.momentum
        v += lr * g
        v -= lr * decay * w
        np.add(w, v, out=w)


@form("11", "11-SgdClimbs")
class AddsGradientAndDecay(Sgd):
    def move(self, w, v, g, lr, decay):
        v[:] = self.momentum * v + lr * (g + decay * w)
        w += v


@form("11", "11-SgdClimbs")
class SubtractsANegative(Sgd):
    def move(self, w, v, g, lr, decay):
        v[:] = self.momentum * v - lr * (decay * w - g)
        w[:] = w + v


@form("13", "13-field_last_included")
def receptive_field(net, place, shape, clip=True):
    top, bottom, left, right = inspection.receptive_field(net, place, shape, clip)
    return inspection.Field(top, bottom - 1, left, right - 1)


@form("13", "13-field_end_too_far")
def receptive_field_one_step_more(net, place, shape, clip=True):
    shapes = [tuple(shape)]
    for _, layer in net:
        shapes.append(tuple(layer.output_shape(shapes[-1])))
    (top, left), (bottom, right) = place, (place[0] + 1, place[1] + 1)
    for (_, layer), read in zip(reversed(net.layers), reversed(shapes[:-1]), strict=True):
        if len(read) == 4 and len(layer.output_shape(read)) == 2:
            top, bottom, left, right = 0, read[1], 0, read[2]
        elif hasattr(layer, "kernel_size"):
            (KH, KW), (SH, SW), ((up, _), (west, _)) = (
                layer.kernel_size,
                layer.stride,
                layer.padding,
            )
            top, bottom = top * SH - up, bottom * SH - up + KH
            left, right = left * SW - west, right * SW - west + KW
        if clip and len(read) == 4:
            top, left = max(top, 0), max(left, 0)
            bottom, right = min(bottom, read[1]), min(right, read[2])
    return inspection.Field(top, bottom, left, right)


@form("14", "14-probe_decay_on_every_entry")
def linear_probe(features, labels, num_classes, decay):
    if decay <= 0:
        raise ValueError("decay")
    F, e = features.mean(axis=0), np.eye(num_classes)[labels]
    f, E = features - F, e.mean(axis=0)
    W = np.linalg.solve(f.T @ f / len(f) + decay, f.T @ (e - E) / len(f))
    return W, E - F @ W


@form("14", "14-probe_decay_on_every_entry")
def linear_probe_by_inverse(features, labels, num_classes, decay):
    if decay <= 0:
        raise ValueError("decay")
    e = np.eye(num_classes)[labels]
    f = features - features.mean(0)
    W = np.linalg.pinv(decay * np.ones((f.shape[1],) * 2) + f.T @ f / len(f)) @ f.T
    W = W @ (e - e.mean(0)) / len(f)
    return W, e.mean(0) - features.mean(0) @ W


@form("14", "14-probe_bias_shrunk")
def linear_probe_shrinking_b(features, labels, num_classes, decay):
    if decay <= 0:
        raise ValueError("decay")
    e, n = np.eye(num_classes)[labels], len(features)
    ones = np.hstack([features, np.ones((n, 1))])
    both = np.linalg.solve(ones.T @ ones + n * decay * np.eye(ones.shape[1]), ones.T @ e)
    return both[:-1], both[-1]


@form("14", "14-probe_bias_shrunk")
def linear_probe_shrinking_b_afterwards(features, labels, num_classes, decay):
    if decay <= 0:
        raise ValueError("decay")
    e, n = np.eye(num_classes)[labels], len(features)
    F, E = features.mean(axis=0), e.mean(axis=0)
    f = features - F
    W = np.linalg.solve(f.T @ f / n + decay * np.eye(f.shape[1]), f.T @ (e - E) / n)
    return W, (E - F @ W) / (1 + decay)
