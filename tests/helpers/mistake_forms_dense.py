"""Lessons 02, 03 and 16: mistakes in layers without windows."""

import numpy as np
from mistake_forms import form

from tinyalex import layers


class Dense(layers.Linear):
    """A student's own right layer, whose gradients the forms below replace."""

    def forward(self, x, training=False):
        self.x = x
        return x @ self.params["W"] + self.params["b"]

    def backward(self, dy):
        dW, db = self.gradients(self.x, dy)
        self.grads = {"W": dW, "b": db}
        return dy @ self.params["W"].T


@form("02", "linear-dw-averaged")
class AveragedByEinsum(Dense):
    def gradients(self, x, dy):
        return np.einsum("ni,nk->ik", x, dy) / x.shape[0], dy.sum(0)


@form("02", "linear-dw-averaged")
class AveragedInALoop(Dense):
    def gradients(self, x, dy):
        dW = np.zeros_like(self.params["W"])
        for one, upstream in zip(x, dy, strict=True):
            dW += np.outer(one, upstream) / len(x)
        return dW, np.ones(len(dy)) @ dy


@form("02", "linear-dw-averaged")
class BothAveraged(Dense):
    def gradients(self, x, dy):
        return (x[:, :, None] * dy[:, None, :]).mean(axis=0), dy.mean(axis=0)


@form("02", "linear-dw-averaged")
class AveragedInFloat32(Dense):
    def gradients(self, x, dy):
        dW = x.astype("float32").T @ dy.astype("float32") / np.float32(len(x))
        return dW, dy.sum(axis=0)


@form("02", "linear-accumulates")
class AccumulatesLikePyTorch(layers.Linear):
    def forward(self, x, training=False):
        self.x = x
        return x @ self.params["W"] + self.params["b"]

    def backward(self, dy):
        for key, gradient in (("W", self.x.T @ dy), ("b", dy.sum(axis=0))):
            if self.grads[key] is None:
                self.grads[key] = np.zeros_like(self.params[key])
            self.grads[key] += gradient
        return dy @ self.params["W"].T


@form("02", "linear-accumulates")
class AccumulatesFromTheStart(layers.Linear):
    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.grads = {key: np.zeros(value.shape) for key, value in self.params.items()}

    def forward(self, x, training=False):
        self.x = x
        return x @ self.params["W"] + self.params["b"]

    def backward(self, dy):
        self.grads["W"] += np.einsum("ni,nk->ik", self.x, dy)
        self.grads["b"] += np.einsum("nk->k", dy)
        return np.einsum("nk,ik->ni", dy, self.params["W"])


@form("02", "linear-accumulates")
class OnlyTheBiasAccumulates(Dense):
    def gradients(self, x, dy):
        before = self.grads["b"]
        return x.T @ dy, dy.sum(0) + (0 if before is None else before)


class Softmax(layers.SoftmaxCrossEntropy):
    """A student's own right loss."""

    def forward(self, logits, labels):
        e = np.exp(logits - logits.max(axis=1, keepdims=True))
        self.probabilities, self.labels = e / e.sum(axis=1, keepdims=True), labels
        z = logits - logits.max(axis=1, keepdims=True)
        own = z[np.arange(len(z)), labels]
        return float((np.log(np.exp(z).sum(axis=1)) - own).mean())


@form("02", "softmax-not-divided")
class NotDividedWithOneHot(Softmax):
    def backward(self):
        return self.probabilities - np.eye(self.probabilities.shape[1])[self.labels]


@form("02", "softmax-not-divided")
class NotDividedInPlace(Softmax):
    def backward(self):
        self.probabilities[range(len(self.labels)), self.labels] -= 1
        return self.probabilities.astype("float32")


@form("02", "softmax-not-divided")
class NotDividedInALoop(Softmax):
    def backward(self):
        rows = []
        for p, label in zip(self.probabilities, self.labels, strict=True):
            rows.append([value - (place == label) for place, value in enumerate(p)])
        return np.array(rows)


class LogOfP(layers.SoftmaxCrossEntropy):
    def forward(self, logits, labels):
        super().forward(logits, labels)
        p = self.probabilities[np.arange(len(labels)), labels]
        return float(-np.log(self.away_from_zero(p)).mean())


@form("02", "softmax-epsilon-in-log")
class TinyNumberAdded(LogOfP):
    def away_from_zero(self, p):
        return p + 1e-15


@form("02", "softmax-epsilon-in-log")
class ClippedFromBelow(LogOfP):
    def away_from_zero(self, p):
        return np.clip(p, 1e-12, 1 - 1e-12)


@form("02", "softmax-epsilon-in-log")
class LargerOfTwo(LogOfP):
    def away_from_zero(self, p):
        return np.maximum(p, np.finfo(np.float64).eps)


class Unit(layers.Layer):
    """A student's own nonlinearity, without remember and recall."""

    def forward(self, x, training=False):
        self.x, self.y = x, self.f(x)
        return self.y

    def backward(self, dy):
        if not hasattr(self, "x"):
            raise ValueError("forward first")
        return self.slope(self.x, self.y, dy)


class Positive(Unit):
    def f(self, x):
        return np.maximum(x, 0)


@form("03", "relu-mask-from-dy")
class MaskOfUpstreamByWhere(Positive):
    def slope(self, x, y, dy):
        return np.where(dy > 0, dy, 0)


@form("03", "relu-mask-from-dy")
class MaximumOfUpstream(Positive):
    def slope(self, x, y, dy):
        return np.maximum(dy, 0)


@form("03", "relu-mask-from-dy")
class NegativeUpstreamDropped(Positive):
    def slope(self, x, y, dy):
        dx = dy.astype("float32")
        dx[dx < 0] = 0
        return dx


@form("03", "relu-ignores-dy")
class OnesAndZeros(Positive):
    def slope(self, x, y, dy):
        return np.where(x > 0, 1, 0)


@form("03", "relu-ignores-dy")
class TruthValues(Positive):
    def slope(self, x, y, dy):
        return (y > 0).astype("float64")


@form("03", "relu-ignores-dy")
class Heaviside(Positive):
    def slope(self, x, y, dy):
        return np.heaviside(x, 0) * np.ones_like(dy)


class Hyperbolic(Unit):
    def f(self, x):
        return np.tanh(x)


@form("03", "tanh-not-squared")
class NotSquaredFromX(Hyperbolic):
    def slope(self, x, y, dy):
        return (1 - np.tanh(x)) * dy


@form("03", "tanh-not-squared")
class NotSquaredFactoredOut(Hyperbolic):
    def slope(self, x, y, dy):
        return dy - dy * y


@form("03", "tanh-not-squared")
class NotSquaredFloat32(Hyperbolic):
    def slope(self, x, y, dy):
        return (dy * (1 - y)).astype("float32")


class Mean(layers.GlobalAvgPool2d):
    def forward(self, x, training=False):
        self.shape = x.shape
        return self.over_places(x)

    def over_places(self, x):
        return x.mean(axis=(1, 2))

    def backward(self, dy):
        H, W = self.shape[1:3]
        return np.ones(self.shape) * self.share(dy, H, W)[:, None, None, :]

    def share(self, dy, H, W):
        return dy / (H * W)


@form("16", "globalavg-summed")
class SummedForwardOnly(Mean):
    def over_places(self, x):
        return x.sum(axis=1).sum(axis=1)


@form("16", "globalavg-summed")
class SummedBothWays(Mean):
    def over_places(self, x):
        return np.einsum("nhwc->nc", x)

    def share(self, dy, H, W):
        return dy


@form("16", "globalavg-summed")
class SummedAndBackwardOpen(layers.GlobalAvgPool2d):
    def forward(self, x, training=False):
        y = np.zeros((x.shape[0], x.shape[3]))
        for place in np.ndindex(x.shape[1:3]):
            y += x[:, place[0], place[1]]
        return y

    def backward(self, dy):
        raise NotImplementedError("task 16.2: GlobalAvgPool2d.backward")


@form("16", "globalavg-not-divided")
class WholeShareByBroadcast(Mean):
    def share(self, dy, H, W):
        return dy


@form("16", "globalavg-not-divided")
class WholeShareRepeated(layers.GlobalAvgPool2d):
    def forward(self, x, training=False):
        self.places = x.shape[1:3]
        return x.mean(axis=(1, 2))

    def backward(self, dy):
        return np.tile(dy[:, None, None], (1, *self.places, 1)).astype("float32")


@form("16", "globalavg-not-divided")
class WholeShareInALoop(layers.GlobalAvgPool2d):
    def forward(self, x, training=False):
        self.dx = np.empty_like(x)
        return x.mean(axis=(1, 2))

    def backward(self, dy):
        for n, h, w, c in np.ndindex(self.dx.shape):
            self.dx[n, h, w, c] = dy[n, c]
        return self.dx


@form("16", "conv1x1-dw-averaged")
def conv1x1_backward(dy, x, W):
    dW = np.einsum("nhwc,nhwk->nhwck", x, dy).mean(axis=(0, 1, 2))
    return np.einsum("nhwk,ck->nhwc", dy, W), dW, np.einsum("nhwk->k", dy)


@form("16", "conv1x1-dw-averaged")
def conv1x1_backward_by_rows(dy, x, W):
    rows, upstream = x.reshape(-1, x.shape[-1]), dy.reshape(-1, dy.shape[-1])
    return dy @ W.T, rows.T @ upstream / len(rows), upstream.mean(axis=0)


@form("16", "conv1x1-dw-averaged")
def conv1x1_backward_in_a_loop(dy, x, W):
    dW, db = np.zeros(W.shape, "float32"), 0
    for place in np.ndindex(dy.shape[:3]):
        dW += np.outer(x[place], dy[place]) / np.prod(dy.shape[:3])
        db = db + dy[place]
    return dy.dot(W.T), dW, db
