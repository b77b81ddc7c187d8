"""Lessons 04 and 05: mistakes in convolutions."""

import numpy as np
from mistake_forms import form
from numpy.lib.stride_tricks import sliding_window_view

from tinyalex import layers
from tinyalex.kernels import reference


def padded(x, padding, value=0.0):
    return np.pad(x, ((0, 0), *padding, (0, 0)), constant_values=value)


def windows(x, kernel, stride):
    """(N, OH, OW, C, KH, KW)."""
    return sliding_window_view(x, kernel, axis=(1, 2))[:, :: stride[0], :: stride[1]]


def in_groups(rows, groups):
    """(N, OH, OW, places, C) → (groups, rows, places · C / groups)."""
    *_, places, C = rows.shape
    parts = rows.reshape(-1, places, groups, C // groups)
    return parts.transpose(2, 0, 1, 3).reshape(groups, len(parts), -1)


@form("04", "im2col-channels-first")
def im2col(x, kernel, stride, padding, groups=1):
    seen = windows(padded(x, padding), kernel, stride)
    parts = seen.reshape(np.prod(seen.shape[:3]), groups, -1)
    return np.ascontiguousarray(parts.swapaxes(0, 1))


@form("04", "im2col-channels-first")
def im2col_in_a_loop(x, kernel, stride, padding, groups=1):
    result = []
    for part in np.split(padded(x, padding), groups, axis=-1):
        seen = windows(part, kernel, stride)
        result.append([seen[place].ravel() for place in np.ndindex(seen.shape[:3])])
    return np.array(result)


@form("04", "im2col-channels-first")
def im2col_by_transposing(x, kernel, stride, padding, groups=1):
    right = reference.im2col(x, kernel, stride, padding, groups)
    parts = right.reshape(groups, right.shape[1], kernel[0] * kernel[1], -1)
    return parts.transpose(0, 1, 3, 2).reshape(right.shape).astype("float32")


@form("04", "im2col-window-transposed")
def im2col_columns_first(x, kernel, stride, padding, groups=1):
    seen = windows(padded(x, padding), kernel, stride).transpose(0, 1, 2, 5, 4, 3)
    return in_groups(seen.reshape(*seen.shape[:3], -1, seen.shape[-1]), groups)


@form("04", "im2col-window-transposed")
def im2col_j_before_i(x, kernel, stride, padding, groups=1):
    x, places = padded(x, padding), []
    OH, OW = ((n - k) // s + 1 for n, k, s in zip(x.shape[1:3], kernel, stride, strict=True))
    for j in range(kernel[1]):
        for i in range(kernel[0]):
            rows = slice(i, i + stride[0] * (OH - 1) + 1, stride[0])
            places.append(x[:, rows, j : j + stride[1] * (OW - 1) + 1 : stride[1]])
    return in_groups(np.stack(places, axis=3), groups)


@form("04", "im2col-window-transposed")
def im2col_of_the_turned_picture(x, kernel, stride, padding, groups=1):
    seen = windows(padded(x, padding), kernel, stride)
    seen = np.moveaxis(seen, 3, -1).swapaxes(3, 4).astype("float64")
    return in_groups(seen.reshape(*seen.shape[:3], -1, seen.shape[-1]), groups)


class Conv(layers.Conv2d):
    """A student's own right forward, in parts."""

    def forward(self, x, training=False):
        seen = windows(padded(x, self.padding), self.kernel_size, self.stride)
        W, b = self.kernel(self.params["W"]), self.params["b"]
        C, K = x.shape[-1] // self.groups, W.shape[-1] // self.groups
        parts = [
            np.einsum(
                "nhwcij,ijck->nhwk",
                seen[:, :, :, g * C : (g + 1) * C],
                W[..., g * K : (g + 1) * K],
            )
            for g in range(self.groups)
        ]
        return self.remember(self.with_bias(np.concatenate(parts, axis=-1), b), x)

    def kernel(self, W):
        return W

    def with_bias(self, y, b):
        return y + b


@form("04", "conv-bias-not-added")
class BiasIgnored(Conv):
    def with_bias(self, y, b):
        return y


@form("04", "conv-bias-not-added")
class BiasAddedToACopy(Conv):
    def with_bias(self, y, b):
        added = y.copy()
        added += b
        return y.astype("float32").astype("float64")


@form("04", "conv-bias-not-added")
class MatrixProductAlone(layers.Conv2d):
    def forward(self, x, training=False):
        geometry = self.kernel_size, self.stride, self.padding, self.groups
        W = self.params["W"].reshape(-1, self.groups, self.params["W"].shape[-1] // self.groups)
        y = reference.im2col(x, *geometry) @ W.transpose(1, 0, 2)
        return self.remember(y.transpose(1, 0, 2).reshape(self.output_shape(x.shape)), x)


@form("04", "conv-kernel-flipped")
class FlippedByFlip(Conv):
    def kernel(self, W):
        return np.flip(W, (0, 1))


@form("04", "conv-kernel-flipped")
class FlippedByIndex(Conv):
    def kernel(self, W):
        rows, columns = (np.arange(n)[::-1] for n in W.shape[:2])
        return W[rows][:, columns]


@form("04", "conv-kernel-flipped")
class FlippedByRotation(Conv):
    def kernel(self, W):
        return np.rot90(W, 2).astype("float32")


class ConvBackward(layers.Conv2d):
    """A student's own right backward, in parts."""

    def backward(self, dy, input_gradient=True):
        (x,) = self.recall(dy)
        C, K = x.shape[-1] // self.groups, dy.shape[-1] // self.groups
        big = padded(x, self.padding)
        dbig, dW = np.zeros_like(big), np.zeros_like(self.params["W"])
        (KH, KW), (SH, SW) = self.kernel_size, self.stride
        for n, oh, ow, k in self.places(dy.shape):
            channels = slice(k // K * C, k // K * C + C)
            here = n, slice(oh * SH, oh * SH + KH), slice(ow * SW, ow * SW + KW), channels
            dW[..., k] += big[here] * dy[n, oh, ow, k]
            self.place(dbig, here, self.params["W"][..., k] * dy[n, oh, ow, k])
        self.grads = self.stored(dW, dy)
        (top, _), (left, _) = self.padding
        dx = dbig[:, top : top + x.shape[1], left : left + x.shape[2]]
        return dx if input_gradient else None

    def places(self, shape):
        return np.ndindex(shape)

    def place(self, dbig, here, share):
        dbig[here] += share

    def stored(self, dW, dy):
        return {"W": dW, "b": dy.sum(axis=(0, 1, 2))}


@form("05", "conv-dx-assigns-windows")
class LastChannelOfTheLastWindow(ConvBackward):
    def place(self, dbig, here, share):
        dbig[here] = share


@form("05", "conv-dx-assigns-windows")
class FirstWindow(ConvBackward):
    def places(self, shape):
        return reversed(list(np.ndindex(shape)))

    def place(self, dbig, here, share):
        dbig[here] = share


@form("05", "conv-dx-assigns-windows")
class ColumnByColumn(layers.Conv2d):
    def backward(self, dy, input_gradient=True):
        (x,) = self.recall(dy)
        self.remember(dy, x)
        super().backward(dy)
        (KH, KW), (SH, SW), G = self.kernel_size, self.stride, self.groups
        W = self.params["W"].reshape(KH, KW, -1, G, dy.shape[-1] // G)
        upstream = dy.reshape(*dy.shape[:3], G, -1)
        share = np.einsum("nhwgk,ijcgk->nhwijgc", upstream, W)
        share = share.reshape(*share.shape[:5], -1)
        dbig = padded(np.zeros_like(x), self.padding)
        for ow in range(dy.shape[2]):
            for oh in range(dy.shape[1]):
                rows = slice(oh * SH, oh * SH + KH)
                dbig[:, rows, ow * SW : ow * SW + KW] = share[:, oh, ow]
        (top, _), (left, _) = self.padding
        return dbig[:, top : top + x.shape[1], left : left + x.shape[2]]


@form("05", "conv-db-averaged")
class BiasAveraged(ConvBackward):
    def stored(self, dW, dy):
        return {"W": dW, "b": dy.reshape(-1, dy.shape[-1]).mean(axis=0)}


@form("05", "conv-db-averaged")
class BiasDividedByTheBatch(ConvBackward):
    def stored(self, dW, dy):
        return {"W": dW, "b": dy.sum(axis=(0, 1, 2)) / len(dy)}


@form("05", "conv-db-averaged")
class BiasAveragedOverPlaces(ConvBackward):
    def stored(self, dW, dy):
        return {"W": dW.astype("float32"), "b": dy.mean(axis=(1, 2)).sum(axis=0)}


@form("05", "conv-accumulates")
class AccumulatesInPlace(ConvBackward):
    def stored(self, dW, dy):
        if self.grads["W"] is None:
            return {"W": dW, "b": dy.sum(axis=(0, 1, 2))}
        self.grads["W"] += dW
        self.grads["b"] += dy.sum(axis=(0, 1, 2))
        return self.grads


@form("05", "conv-accumulates")
class OnlyTheWeightsAccumulate(ConvBackward):
    def stored(self, dW, dy):
        before = 0 if self.grads["W"] is None else self.grads["W"]
        return {"W": before + dW, "b": dy.sum(axis=(0, 1, 2))}


@form("05", "conv-accumulates")
class OneArrayForEver(ConvBackward):
    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.dW = np.zeros_like(self.params["W"])

    def stored(self, dW, dy):
        self.dW += dW
        return {"W": self.dW, "b": dy.sum(axis=(0, 1, 2))}


@form("05", "conv-dx-no-stride")
class WindowsOnePixelApart(layers.Conv2d):
    def backward(self, dy, input_gradient=True):
        (x,) = self.recall(dy)
        self.remember(dy, x)
        super().backward(dy)
        dbig, W, G = padded(np.zeros_like(x), self.padding), self.params["W"], self.groups
        for n, oh, ow, k in np.ndindex(dy.shape):
            size, g = x.shape[-1] // G, k // (dy.shape[-1] // G)
            here = n, slice(oh, oh + len(W)), slice(ow, ow + W.shape[1])
            dbig[here][..., g * size : (g + 1) * size] += dy[n, oh, ow, k] * W[..., k]
        (top, _), (left, _) = self.padding
        return dbig[:, top : top + x.shape[1], left : left + x.shape[2]]


@form("05", "conv-dx-copies-of-x")
class ScattersTheWindows(layers.Conv2d):
    def backward(self, dy, input_gradient=True):
        (x,) = self.recall(dy)
        self.remember(dy, x)
        super().backward(dy)
        big, (SH, SW), (_, OH, OW, _) = padded(x, self.padding), self.stride, dy.shape
        dbig = np.zeros_like(big)
        for i, j in np.ndindex(self.kernel_size):
            here = np.s_[:, i : i + SH * (OH - 1) + 1 : SH, j : j + SW * (OW - 1) + 1 : SW]
            dbig[here] += big[here]
        (top, _), (left, _) = self.padding
        return dbig[:, top : top + x.shape[1], left : left + x.shape[2]]
