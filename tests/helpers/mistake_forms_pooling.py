"""Lesson 06: mistakes in max-pooling."""

import numpy as np
from mistake_forms import form
from mistake_forms_conv import padded, windows

from tinyalex import layers


class Pool(layers.MaxPool2d):
    """A student's own right forward, which keeps the padded x."""

    filled, start = -np.inf, -np.inf

    def forward(self, x, training=False):
        self.big = padded(x, self.padding, self.filled)
        self.shape = x.shape
        seen = windows(self.big, self.kernel_size, self.stride)
        return np.maximum(seen.max(axis=(4, 5)), self.start)

    def backward(self, dy):
        dbig = np.zeros_like(self.big)
        (KH, KW), (SH, SW) = self.kernel_size, self.stride
        for n, oh, ow, c in self.places(dy.shape):
            here = n, slice(oh * SH, oh * SH + KH), slice(ow * SW, ow * SW + KW), c
            self.place(dbig, here, dy[n, oh, ow, c])
        (top, _), (left, _) = self.padding
        return dbig[:, top : top + self.shape[1], left : left + self.shape[2]]

    def places(self, shape):
        return np.ndindex(shape)

    def place(self, dbig, here, upstream):
        i, j = np.unravel_index(self.big[here].argmax(), self.big[here].shape)
        dbig[here][i, j] += upstream


@form("06", "maxpool-assigns-windows")
class LastOneAtTheMaximum(Pool):
    def place(self, dbig, here, upstream):
        i, j = np.unravel_index(self.big[here].argmax(), self.big[here].shape)
        dbig[here][i, j] = upstream


@form("06", "maxpool-assigns")
class FirstOneAtTheMaximum(Pool):
    def place(self, dbig, here, upstream):
        i, j = np.unravel_index(self.big[here].argmax(), self.big[here].shape)
        if dbig[here][i, j] == 0:
            dbig[here][i, j] = upstream


@form("06", "maxpool-assigns")
class ByAMask(Pool):
    def place(self, dbig, here, upstream):
        mask = self.big[here] == self.big[here].max()
        dbig[here][mask] = upstream


@form("06", "maxpool-assigns")
class WholeWindowsByAMask(Pool):
    def place(self, dbig, here, upstream):
        dbig[here] = upstream * (self.big[here] == self.big[here].max())


@form("06", "maxpool-assigns")
class BackToFront(Pool):
    def places(self, shape):
        return reversed(list(np.ndindex(shape)))

    def place(self, dbig, here, upstream):
        mask = self.big[here] == self.big[here].max()
        np.copyto(dbig[here], upstream, where=mask)


class AtOnce(Pool):
    def backward(self, dy):
        seen = windows(self.big, self.kernel_size, self.stride)
        flat = seen.reshape(*seen.shape[:4], -1).argmax(axis=-1)
        n, oh, ow, c = np.indices(dy.shape)
        h = oh * self.stride[0] + flat // self.kernel_size[1]
        w = ow * self.stride[1] + flat % self.kernel_size[1]
        dbig = np.zeros(self.big.shape)
        self.add(dbig, (n, h, w, c), dy)
        (top, _), (left, _) = self.padding
        return dbig[:, top : top + self.shape[1], left : left + self.shape[2]]


@form("06", "maxpool-assigns-windows")
class FancyIndexPlus(AtOnce):
    def add(self, dbig, index, dy):
        dbig[index] += dy


@form("06", "maxpool-assigns-windows")
class Put(AtOnce):
    def add(self, dbig, index, dy):
        np.put(dbig, np.ravel_multi_index(index, dbig.shape), dy.astype("float32"))


@form("06", "maxpool-padded-with-zeros")
class ZerosAroundIt(Pool):
    filled = 0.0


@form("06", "maxpool-padded-with-zeros")
class ZerosAroundItForwardOnly(layers.MaxPool2d):
    def forward(self, x, training=False):
        seen = windows(padded(x, self.padding), self.kernel_size, self.stride)
        return seen.reshape(*seen.shape[:4], -1).max(axis=-1)

    def backward(self, dy):
        raise NotImplementedError("task 06.2: MaxPool2d.backward")


@form("06", "maxpool-padded-with-zeros")
class ZerosAroundItWithTheGivenBackward(layers.MaxPool2d):
    def forward(self, x, training=False):
        y = super().forward(x)
        kept = self._memory
        big = np.zeros_like(padded(x, self.padding))
        (top, _), (left, _) = self.padding
        big[:, top : top + x.shape[1], left : left + x.shape[2]] = x
        for n, oh, ow, c in np.ndindex(y.shape):
            h, w = oh * self.stride[0], ow * self.stride[1]
            y[n, oh, ow, c] = big[
                n, h : h + self.kernel_size[0], w : w + self.kernel_size[1], c
            ].max()
        return self.remember(y, *kept)


@form("06", "maxpool-starts-at-zero")
class LargestSoFarStartsAtZero(Pool):
    start = 0.0


@form("06", "maxpool-starts-at-zero")
class MapOfZerosFilledIn(layers.MaxPool2d):
    def forward(self, x, training=False):
        big = padded(x, self.padding, -np.inf)
        y = np.zeros(self.output_shape(x.shape), x.dtype)
        for i, j in np.ndindex(self.kernel_size):
            part = big[:, i :: self.stride[0], j :: self.stride[1]]
            np.maximum(y, part[:, : y.shape[1], : y.shape[2]], out=y)
        return y

    def backward(self, dy):
        raise NotImplementedError("task 06.2: MaxPool2d.backward")


@form("06", "maxpool-starts-at-zero")
class BestStartsAtZero(layers.MaxPool2d):
    def forward(self, x, training=False):
        big, (SH, SW) = padded(x, self.padding, -np.inf), self.stride
        y = np.zeros(self.output_shape(x.shape), "float32")
        for n, oh, ow, c in np.ndindex(y.shape):
            best = 0
            for i, j in np.ndindex(self.kernel_size):
                best = max(best, big[n, oh * SH + i, ow * SW + j, c])
            y[n, oh, ow, c] = best
        return y.astype(x.dtype)

    def backward(self, dy):
        raise NotImplementedError("task 06.2: MaxPool2d.backward")


@form("06", "maxpool-ties-to-all")
class AddsByAMask(Pool):
    def place(self, dbig, here, upstream):
        dbig[here] += upstream * (self.big[here] == self.big[here].max())


@form("06", "maxpool-ties-to-all")
class AddsWherever(Pool):
    def place(self, dbig, here, upstream):
        for i, j in np.argwhere(self.big[here] == self.big[here].max()):
            dbig[here][i, j] += upstream


@form("06", "maxpool-ties-to-all")
class ComparesSliceBySlice(layers.MaxPool2d):
    def forward(self, x, training=False):
        self.x, self.y = x, super().forward(x)
        return self.y

    def backward(self, dy):
        big, (SH, SW) = padded(self.x, self.padding, -np.inf), self.stride
        dbig, (_, OH, OW, _) = np.zeros_like(big), dy.shape
        for i, j in np.ndindex(self.kernel_size):
            here = np.s_[:, i : i + SH * (OH - 1) + 1 : SH, j : j + SW * (OW - 1) + 1 : SW]
            dbig[here] += dy * (big[here] == self.y)
        (top, _), (left, _) = self.padding
        return dbig[:, top : top + self.x.shape[1], left : left + self.x.shape[2]]


@form("06", "maxpool-ties-split")
class DividesByTheirNumber(Pool):
    def place(self, dbig, here, upstream):
        mask = self.big[here] == self.big[here].max()
        dbig[here] += upstream * mask / mask.sum()


@form("06", "maxpool-last-tie")
class GreaterOrEqual(Pool):
    def place(self, dbig, here, upstream):
        best, at = -np.inf, (0, 0)
        for place, value in np.ndenumerate(self.big[here]):
            if value >= best:
                best, at = value, place
        dbig[here][at] += upstream


@form("06", "maxpool-last-tie")
class LastOfThem(Pool):
    def place(self, dbig, here, upstream):
        i, j = np.argwhere(self.big[here] == self.big[here].max())[-1]
        dbig[here][i, j] += upstream
