"""The receptive field of a unit: which pixels it sees."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tinyalex.layers import Conv2d, WithinChannelNorm
from tinyalex.layers.pooling import _Pool2d
from tinyalex.models import Sequential


class Field(NamedTuple):
    """Rows top … bottom − 1 and columns left … right − 1 of the network's input."""

    top: int
    bottom: int
    left: int
    right: int


def receptive_field(
    net: Sequential, place: tuple[int, int], shape: tuple[int, ...], clip: bool = True
) -> Field:
    """The input pixels that can change the units at `place` in the net's output.

    place: (row, column). shape: the input's (N, H, W, C). Going back layer by layer, rows a … b − 1
    of a layer's output read rows a·stride − top … (b − 1)·stride − top + kernel − 1 of its input.
    clip: cut the field at the edges of every map, excluding padding. Otherwise the field keeps its
    full size and may extend beyond the edge. After a layer that makes vectors (flatten, fc6 …),
    every unit sees the whole picture.
    """
    shapes = [tuple(shape)]
    for _, layer in net:
        shapes.append(tuple(layer.output_shape(shapes[-1])))
    spans = [(index, index + 1) for index in place]
    for (_, layer), read in zip(reversed(net.layers), reversed(shapes[:-1]), strict=True):
        if len(read) < 4:
            continue
        if len(layer.output_shape(read)) < 4:
            spans = [(0, read[1]), (0, read[2])]
            continue
        spans = [_back(span, *window) for span, window in zip(spans, _windows(layer), strict=True)]
        if clip:
            sizes = read[1:3]
            spans = [(max(0, a), min(b, size)) for (a, b), size in zip(spans, sizes, strict=True)]
    return Field(*spans[0], *spans[1])


def cut_out(picture: np.ndarray, field: Field, fill: float = 1.0) -> np.ndarray:
    """The field's pixels in a picture (H, W, C), with `fill` beyond the edge."""
    H, W, C = picture.shape
    top, bottom, left, right = field
    result = np.full((bottom - top, right - left, C), fill, dtype=picture.dtype)
    rows, columns = slice(max(0, top), min(H, bottom)), slice(max(0, left), min(W, right))
    inside = picture[rows, columns]
    row, column = rows.start - top, columns.start - left
    result[row : row + inside.shape[0], column : column + inside.shape[1]] = inside
    return result


def _windows(layer) -> list[tuple[int, int, int]]:
    """(kernel, stride, padding before) along H and W; (1, 1, 0) for pointwise layers."""
    if isinstance(layer, Conv2d | _Pool2d):
        before = [sides[0] for sides in layer.padding]
        return list(zip(layer.kernel_size, layer.stride, before, strict=True))
    if isinstance(layer, WithinChannelNorm):
        return [(layer.size, 1, layer.size // 2)] * 2
    return [(1, 1, 0)] * 2


def _back(span: tuple[int, int], kernel: int, stride: int, padding: int) -> tuple[int, int]:
    first, end = span
    return first * stride - padding, (end - 1) * stride - padding + kernel
