"""Lesson 05: right ways to write Conv2d.backward pass.

`test_lessons.py` has what holds for every lesson.
"""

import numpy as np
import pytest
from numpy.lib.stride_tricks import as_strided, sliding_window_view

from tinyalex.coursework.engine.checker import check_task
from tinyalex.coursework.engine.lessons import find
from tinyalex.kernels.reference import col2im, im2col
from tinyalex.layers import Conv2d

LESSON = find("05")
TASK = LESSON.tasks[0]


def slices(i, j, dy, stride):
    """The part of the padded map that position (i, j) of the kernel reads in all windows."""
    (SH, SW), (_, OH, OW, _) = stride, dy.shape
    return slice(None), slice(i, i + SH * (OH - 1) + 1, SH), slice(j, j + SW * (OW - 1) + 1, SW)


def windows(padded, W, dy, stride):
    """(N, OH, OW, C, KH, KW), a view."""
    view = sliding_window_view(padded, W.shape[:2], axis=(1, 2))
    return view[:, :: stride[0], :: stride[1]][:, : dy.shape[1], : dy.shape[2]]


def spread(dy, stride):
    """dy with stride − 1 zeros between its numbers."""
    (SH, SW), (N, OH, OW, K) = stride, dy.shape
    wide = np.zeros((N, SH * (OH - 1) + 1, SW * (OW - 1) + 1, K), dy.dtype)
    wide[:, ::SH, ::SW] = dy
    return wide


# Each takes one group's padded x, W and dy and returns its padded dx and dW.


def single_numbers(padded, W, dy, stride):
    dpadded, dW = np.zeros_like(padded), np.zeros_like(W)
    for n, oh, ow, k in np.ndindex(dy.shape):
        for i, j, c in np.ndindex(W.shape[:3]):
            h, w = oh * stride[0] + i, ow * stride[1] + j
            dW[i, j, c, k] += padded[n, h, w, c] * dy[n, oh, ow, k]
            dpadded[n, h, w, c] += W[i, j, c, k] * dy[n, oh, ow, k]
    return dpadded, dW


def one_window_at_a_time(padded, W, dy, stride):
    dpadded, dW = np.zeros_like(padded), np.zeros_like(W)
    for n, oh, ow in np.ndindex(dy.shape[:3]):
        h, w = oh * stride[0], ow * stride[1]
        here = (n, slice(h, h + W.shape[0]), slice(w, w + W.shape[1]))
        dW += padded[here][..., None] * dy[n, oh, ow]
        dpadded[here] += W @ dy[n, oh, ow]
    return dpadded, dW


def one_position_at_a_time(padded, W, dy, stride):
    dpadded, dW = np.zeros_like(padded), np.zeros_like(W)
    for i, j in np.ndindex(W.shape[:2]):
        here = slices(i, j, dy, stride)
        dW[i, j] = np.tensordot(padded[here], dy, ([0, 1, 2], [0, 1, 2]))
        dpadded[here] += dy @ W[i, j].T
    return dpadded, dW


def one_picture_at_a_time(padded, W, dy, stride):
    pairs = [
        one_position_at_a_time(padded[n : n + 1], W, dy[n : n + 1], stride) for n in range(len(dy))
    ]
    return np.concatenate([dx for dx, _ in pairs]), sum(dW for _, dW in pairs)


def einsum_over_views(padded, W, dy, stride):
    dW = np.einsum("nhwcij,nhwk->ijck", windows(padded, W, dy, stride), dy)
    dpadded = np.zeros_like(padded)
    for i, j in np.ndindex(W.shape[:2]):
        dpadded[slices(i, j, dy, stride)] += np.einsum("nhwk,ck->nhwc", dy, W[i, j])
    return dpadded, dW


def writing_through_overlapping_views(padded, W, dy, stride):
    """A strided view of dx whose windows are added one place of the map after the other."""
    dpadded = np.zeros_like(padded)
    a, b, c, d = dpadded.strides
    (N, OH, OW, _), (KH, KW, C, _) = dy.shape, W.shape
    steps = (a, b * stride[0], c * stride[1], b, c, d)
    view = as_strided(dpadded, (N, OH, OW, KH, KW, C), steps)
    sent = np.tensordot(dy, W, ([3], [3]))
    for oh, ow in np.ndindex(OH, OW):
        view[:, oh, ow] += sent[:, oh, ow]
    seen = windows(padded, W, dy, stride)
    return dpadded, np.tensordot(seen, dy, ([0, 1, 2], [0, 1, 2])).transpose(1, 2, 0, 3)


def matrix_products(padded, W, dy, stride):
    geometry = (W.shape[:2], stride, ((0, 0), (0, 0)))
    flat_W, flat_dy = W.reshape(-1, W.shape[-1]), dy.reshape(-1, dy.shape[-1])
    dW = im2col(padded, *geometry)[0].T @ flat_dy
    return col2im((flat_dy @ flat_W.T)[None], padded.shape, *geometry), dW.reshape(W.shape)


def lists_of_places(padded, W, dy, stride):
    """Fancy indexing, as in the CS231n course: np.add.at adds where places repeat."""
    (KH, KW), (_, OH, OW, _) = W.shape[:2], dy.shape
    rows = (np.arange(OH) * stride[0])[:, None, None, None] + np.arange(KH)[:, None]
    cols = (np.arange(OW) * stride[1])[:, None, None] + np.arange(KW)
    dpadded = np.zeros_like(padded)
    np.add.at(dpadded, (slice(None), rows, cols), np.einsum("nhwk,ijck->nhwijc", dy, W))
    return dpadded, np.einsum("nhwijc,nhwk->ijck", padded[:, rows, cols], dy)


def explicit_matrix(padded, W, dy, stride):
    """im2col as a matrix A of zeros and ones; dx = Aᵀ · dcolumns."""
    places = np.arange(padded[0].size, dtype=float).reshape(1, *padded.shape[1:])
    geometry = (W.shape[:2], stride, ((0, 0), (0, 0)))
    A = np.eye(padded[0].size)[im2col(places, *geometry)[0].astype(int)]
    dpadded, dW = [], 0
    for x, d in zip(padded, dy, strict=True):
        d = d.reshape(-1, d.shape[-1])
        dW = dW + (A @ x.ravel()).T @ d
        dpadded.append(np.tensordot(d @ W.reshape(-1, W.shape[-1]).T, A, 2).reshape(x.shape))
    return np.array(dpadded), dW.reshape(W.shape)


def full_convolution(padded, W, dy, stride):
    """dx as a cross-correlation of the spread dy with the kernel turned over."""
    KH, KW = W.shape[:2]
    wide = spread(dy, stride)
    border = np.pad(wide, ((0, 0), (KH - 1, KH - 1), (KW - 1, KW - 1), (0, 0)))
    seen = sliding_window_view(border, (KH, KW), axis=(1, 2))
    part = np.einsum("nhwkij,ijck->nhwc", seen, W[::-1, ::-1])
    dpadded = np.zeros_like(padded)
    dpadded[:, : part.shape[1], : part.shape[2]] = part
    view = sliding_window_view(padded, wide.shape[1:3], axis=(1, 2))[:, :KH, :KW]
    return dpadded, np.einsum("nijchw,nhwk->ijck", view, wide)


def fourier(padded, W, dy, stride):
    size, axes = padded.shape[1:3], (1, 2)
    of_dy = np.fft.rfft2(spread(dy, stride), size, axes)
    of_x, of_W = np.fft.rfft2(padded, size, axes), np.fft.rfft2(W, size, (0, 1))
    dpadded = np.fft.irfft2(np.einsum("nfgk,fgck->nfgc", of_dy, of_W), size, axes)
    dW = np.fft.irfft2(np.einsum("nfgc,nfgk->fgck", of_x, of_dy.conj()), size, (0, 1))
    dtype = padded.dtype
    return dpadded.astype(dtype), dW[: W.shape[0], : W.shape[1]].astype(dtype)


def by_channel(padded, W, dy, stride):
    """One pair of input and output channel at a time."""
    dpadded, dW = np.zeros_like(padded), np.zeros_like(W)
    for c, k in np.ndindex(W.shape[2:]):
        one, other = slice(c, c + 1), slice(k, k + 1)
        pair = one_position_at_a_time(padded[..., one], W[..., one, other], dy[..., other], stride)
        dpadded[..., one] += pair[0]
        dW[..., one, other] = pair[1]
    return dpadded, dW


WAYS = [
    single_numbers,
    one_window_at_a_time,
    one_position_at_a_time,
    one_picture_at_a_time,
    einsum_over_views,
    writing_through_overlapping_views,
    matrix_products,
    lists_of_places,
    explicit_matrix,
    full_convolution,
    fourier,
    by_channel,
]


def layer_with(way):
    class Written(Conv2d):
        def backward(self, dy, input_gradient=True):
            (x,) = self.recall(dy)
            W, groups = self.params["W"], self.groups
            (top, _), (left, _) = self.padding
            padded = np.pad(x, ((0, 0), *self.padding, (0, 0)))
            dpadded, dW = np.zeros_like(padded), np.zeros_like(W)
            C, K = x.shape[-1] // groups, W.shape[-1] // groups
            for g in range(groups):
                c, k = slice(g * C, (g + 1) * C), slice(g * K, (g + 1) * K)
                pair = way(padded[..., c].copy(), W[..., k], dy[..., k], self.stride)
                dpadded[..., c], dW[..., k] = pair
            self.grads = {"W": dW, "b": dy.sum(axis=(0, 1, 2))}
            whole = dpadded[:, top : top + x.shape[1], left : left + x.shape[2]]
            return whole if input_gradient else None

    return Written


class KeepsItsColumns(Conv2d):
    """Another division of the work: forward keeps the matrix of windows, and hands on a view."""

    def forward(self, x, training=False):
        y = super().forward(x, training)
        return self.remember(
            y, im2col(x, self.kernel_size, self.stride, self.padding, self.groups), x.shape
        )

    def backward(self, dy, input_gradient=True):
        columns, shape = self.recall(dy)
        per_group = dy.reshape(-1, self.groups, dy.shape[-1] // self.groups).transpose(1, 0, 2)
        W = self.params["W"].reshape(-1, self.groups, dy.shape[-1] // self.groups)
        W = W.transpose(1, 0, 2)
        dW = np.einsum("grt,grk->tgk", columns, per_group).reshape(self.params["W"].shape)
        self.grads = {"W": dW, "b": np.einsum("nhwk->k", dy)}
        if not input_gradient:
            return None
        dcolumns = np.einsum("grk,gtk->grt", per_group, W)
        return col2im(dcolumns, shape, self.kernel_size, self.stride, self.padding)


class FromTheLessonText(Conv2d):
    """Written after the text of the lesson and nothing else."""

    def backward(self, dy, input_gradient: bool = True):
        (x,) = self.recall(dy)
        W = self.params["W"]
        (KH, KW), (SH, SW) = self.kernel_size, self.stride
        (top, bottom), (left, right) = self.padding
        N, H, width, C = x.shape
        _, OH, OW, K = dy.shape
        padded = np.zeros((N, H + top + bottom, width + left + right, C), dtype=x.dtype)
        padded[:, top : top + H, left : left + width] = x
        dpadded, dW = np.zeros_like(padded), np.zeros_like(W)
        of_x, of_y = C // self.groups, K // self.groups
        for i in range(KH):
            for j in range(KW):
                rows = slice(i, i + SH * (OH - 1) + 1, SH)
                columns = slice(j, j + SW * (OW - 1) + 1, SW)
                for g in range(self.groups):
                    here = (slice(None), rows, columns, slice(g * of_x, (g + 1) * of_x))
                    own = slice(g * of_y, (g + 1) * of_y)
                    group_dy = dy[..., own]
                    dW[i, j, :, own] = np.tensordot(padded[here], group_dy, ([0, 1, 2], [0, 1, 2]))
                    dpadded[here] += group_dy @ W[i, j, :, own].T
        self.grads = {"W": dW, "b": dy.sum(axis=(0, 1, 2))}
        if not input_gradient:
            return None
        return dpadded[:, top : top + H, left : left + width]


RIGHT = {way.__name__: layer_with(way) for way in WAYS}
RIGHT |= {"keeps_its_columns": KeepsItsColumns, "lesson_text": FromTheLessonText}


def as_written(wrong):
    """A named mistake with the signature that a student's method has."""

    class Conv2d(wrong):
        def backward(self, dy, input_gradient=True):
            dx = wrong.backward(self, dy)
            return dx if input_gradient else None

    return Conv2d


@pytest.mark.slow
@pytest.mark.parametrize("name", RIGHT)
def test_right_backwards_pass(name):
    for seed in (0,):
        verdict = check_task(RIGHT[name], TASK, seed)
        assert verdict.passed, verdict


@pytest.mark.slow
@pytest.mark.parametrize("mistake", TASK.mistakes, ids=lambda mistake: mistake.id)
def test_named_mistakes_are_caught_and_called_by_name(mistake):
    for written in (mistake.wrong, as_written(mistake.wrong)):
        assert check_task(written, TASK).mistake == mistake.id


def test_a_layer_need_not_offer_to_leave_out_dx():
    class AlwaysAll(Conv2d):
        def backward(self, dy):
            return super().backward(dy)

    verdict = check_task(AlwaysAll, TASK)
    assert verdict.passed, verdict


def test_a_dx_that_nobody_asked_for_is_found():
    class AlwaysReturnsInputGradient(Conv2d):
        def backward(self, dy, input_gradient=True):
            return super().backward(dy)

    verdict = check_task(AlwaysReturnsInputGradient, TASK)
    assert verdict.stage == "side effects"
    assert "input_gradient=False" in verdict.message


def test_the_gradients_of_the_example_by_hand():
    """What the text says about dW and db, which the hand stage does not show."""
    hand, layer = TASK.hand, Conv2d(**TASK.hand.arguments)
    layer.params = {key: np.array(value, float) for key, value in hand.params.items()}
    layer.forward(np.array(hand.x, float))
    layer.backward(np.array(hand.dy, float))
    assert layer.grads["W"][..., 0, 0].tolist() == [[5421, 6532], [8754, 9865]]
    assert layer.grads["b"].tolist() == [1111]
