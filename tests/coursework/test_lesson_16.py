"""Lesson 16: right answers pass, however they are written.

`test_lessons.py` has what holds for every lesson.
"""

import numpy as np
import pytest

from tinyalex import layers
from tinyalex.coursework.engine.checker import check_task
from tinyalex.coursework.lesson_16.task import LESSON, conv1x1, conv1x1_backward
from tinyalex.layers import Conv2d
from tinyalex.models import alexnet, nin, zfnet

AVERAGE, FORWARD, BACKWARD = LESSON.tasks


def test_conv1x1_is_a_conv2d():
    rng = np.random.default_rng(0)
    layer = Conv2d(3, 4, 1, bias_init="uniform", rng=rng, dtype="float64")
    W, b = layer.params["W"][0, 0], layer.params["b"]
    x, dy = rng.normal(size=(2, 5, 3, 3)), rng.normal(size=(2, 5, 3, 4))
    np.testing.assert_allclose(conv1x1(x, W, b), layer.forward(x), rtol=1e-12)
    dx, dW, db = conv1x1_backward(dy, x, W)
    np.testing.assert_allclose(dx, layer.backward(dy), rtol=1e-12)
    np.testing.assert_allclose(dW, layer.grads["W"][0, 0], rtol=1e-12)
    np.testing.assert_allclose(db, layer.grads["b"], rtol=1e-12)


def parameters(net):
    return {name: sum(a.size for a in layer.params.values()) for name, layer in net}


def test_the_numbers_of_the_text():
    ours, after = (parameters(net(initialization="zeros")) for net in (alexnet, zfnet))
    more = {name: after[name] - ours[name] for name in ours if after[name] != ours[name]}
    assert more == {"conv1": -20_736, "conv2": 307_200, "conv4": 663_552, "conv5": 442_368}
    assert sum(more.values()) == 1_392_384
    assert sum(parameters(nin(initialization="zeros")).values()) == 7_595_176
    assert sum(ours[name] for name in ("fc6", "fc7", "fc8")) == 58_631_144
    assert parameters(nin(initialization="zeros"))["cccp8"] == 1_025_000
    assert nin("cifar10", initialization="zeros").output_shape((1, 48, 40, 3)) == (1, 10)


# --- right, in other ways -------------------------------------------------------------------


class ByReduction(layers.GlobalAvgPool2d):
    def forward(self, x, training=False):
        self.cache = x.shape
        return np.add.reduce(np.add.reduce(x, 1), 1) / (x.shape[1] * x.shape[2])

    def backward(self, dy):
        N, H, W, C = self.cache
        return np.broadcast_to((dy / (H * W))[:, None, None, :], (N, H, W, C)).copy()


class ByEinsum(layers.GlobalAvgPool2d):
    def forward(self, x, training=False):
        self.share = np.full(x.shape[1:3], 1 / (x.shape[1] * x.shape[2]), x.dtype)
        return np.einsum("nhwc,hw->nc", x, self.share)

    def backward(self, dy):
        return np.einsum("nc,hw->nhwc", dy, self.share)


class ByLoops(layers.GlobalAvgPool2d):
    def forward(self, x, training=False):
        self.shape = x.shape
        N, H, W, C = x.shape
        y = np.zeros((N, C), x.dtype)
        for h in range(H):
            for w in range(W):
                y += x[:, h, w]
        return y / (H * W)

    def backward(self, dy):
        dx = np.zeros(self.shape, dy.dtype)
        for h, w in np.ndindex(self.shape[1:3]):
            dx[:, h, w] += dy / (self.shape[1] * self.shape[2])
        return dx


class ByRows(layers.GlobalAvgPool2d):
    def forward(self, x, training=False):
        self.shape = x.shape
        return x.reshape(x.shape[0], -1, x.shape[3]).mean(1)

    def backward(self, dy):
        _, H, W, _ = self.shape
        return np.repeat(dy[:, None] / (H * W), H * W, axis=1).reshape(self.shape)


def by_rows(x, W, b):
    return (x.reshape(-1, len(W)).dot(W) + b).reshape(*x.shape[:3], len(b))


def by_einsum(x, W, b):
    return np.einsum("nhwc,ck->nhwk", x, W, optimize=True) + b


def by_channels(x, W, b):
    y = np.empty((*x.shape[:3], len(b)))
    for k in range(len(b)):
        y[..., k] = b[k] + sum(x[..., c] * W[c, k] for c in range(len(W)))
    return y


def back_by_einsum(dy, x, W):
    parts = [np.einsum("nhwk,ck->nhwc", dy, W), np.einsum("nhwc,nhwk->ck", x, dy)]
    return (*parts, np.einsum("nhwk->k", dy))


def back_by_tensordot(dy, x, W):
    places = ([0, 1, 2], [0, 1, 2])
    return [np.tensordot(dy, W, (3, 1)), np.tensordot(x, dy, places), dy.sum((0, 1, 2))]


def back_by_loops(dy, x, W):
    dx, dW, db = np.zeros(x.shape), np.zeros(W.shape), np.zeros(W.shape[1])
    for place in np.ndindex(x.shape[:3]):
        dx[place] = W @ dy[place]
        dW += np.outer(x[place], dy[place])
        db += dy[place]
    return dx, dW, db


@pytest.mark.slow
@pytest.mark.parametrize(
    ("task", "written"),
    [
        *((AVERAGE, kind) for kind in (ByReduction, ByEinsum, ByLoops, ByRows)),
        *((FORWARD, function) for function in (by_rows, by_einsum, by_channels)),
        *((BACKWARD, f) for f in (back_by_einsum, back_by_tensordot, back_by_loops)),
    ],
    ids=lambda item: getattr(item, "__name__", ""),
)
def test_other_right_ways_pass(task, written):
    for seed in range(10):
        verdict = check_task(written, task, seed)
        assert verdict.passed, str(verdict)
