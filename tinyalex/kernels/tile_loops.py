"""The compiled loops of Winograd's convolution: gather tiles from a map, and scatter them back.

They process one row of tiles at a time, first along one axis and then along the other. Each tile
size has its own loops, compiled with its matrices as constants: the compiler drops the terms that
are zero, shares what two rows have in common (the points p and −p give the same sums up to a sign),
and reads every input once for all the sums that use it. This is two to three times as fast as the
same sums with the matrix as an argument.

Indices are unsigned here (`_count`): for a signed index the compiled code would check whether it
counts from the end, and the loop would not be vectorized.
"""

from __future__ import annotations

from functools import cache

from tinyalex.kernels.compiler import compiler
from tinyalex.kernels.compiler import unsigned as _count

# "contract" allows fused multiply-add (one rounding for a product and a sum), the others allow
# dropping 0 · x. NaN still spreads, because every input has some factor that is not zero.
_FREEDOMS = {"contract", "nnan", "ninf", "nsz"}
_compiled = compiler(nogil=True, error_model="numpy", fastmath=_FREEDOMS)


@_compiled
def _copy(source, target):
    for c in range(target.size):
        target[c] = source[c]


@_compiled
def _add(source, target):
    for c in range(target.size):
        target[c] += source[c]


@_compiled
def _clear(target):
    for c in range(target.size):
        target[c] = 0


@_compiled
def _read(picture, top, left, first, C, rows):
    """rows[q, w·C:] = picture[top + q, left + w, first : first + C], zeros outside."""
    H, W = picture.shape[:2]
    for q in range(rows.shape[0]):
        h = top + q
        if h < 0 or h >= H:
            _clear(rows[q])
            continue
        for place in range(rows.shape[1] // C):
            w = left + place
            cell = rows[q, place * C : (place + 1) * C]
            if 0 <= w < W:
                _copy(picture[h, w, first : first + C], cell)
            else:
                _clear(cell)


@_compiled
def _write(lines, row, left, step, first, C, add):
    """row[left + t·step + q, first:] = lines[q, t·C:] (+= with add): place q of tile t."""
    for t in range(lines.shape[1] // C):
        for q in range(lines.shape[0]):
            w = left + t * step + q
            if 0 <= w < row.shape[0]:
                cell = lines[q, t * C : (t + 1) * C]
                if add:
                    _add(cell, row[w, first : first + C])
                else:
                    _copy(cell, row[w, first : first + C])


@cache
def gather_with(matrix, m, dtype):
    """The loop that gathers tiles: it applies `matrix` (a × k) along H and W, every m places.

    matrix: a tuple of rows (tuples) of the map's dtype. `dtype` makes the cache key distinct:
    float32(.5) and float64(.5) are equal as keys.
    """
    a, k = len(matrix), len(matrix[0])

    @_compiled
    def gather(x, first, C, corner, counts, tiles, rows, middle):
        (TH, TW), width = counts, _count(C)
        for n in range(x.shape[0]):
            for th in range(TH):
                _read(x[n], th * m - corner[0], -corner[1], first, C, rows)
                for c in range(rows.shape[1]):  # along H
                    for i in range(a):
                        total = matrix[i][0] * rows[0, c]
                        for q in range(1, k):
                            total += matrix[i][q] * rows[q, c]
                        middle[i, c] = total
                for i in range(a):  # along W
                    line = middle[i]
                    for t in range(TW):
                        here, start = _count(t * m * C), _count(((n * TH + th) * TW + t) * C)
                        for c in range(width):
                            for j in range(a):
                                total = matrix[j][0] * line[here + c]
                                for q in range(1, k):
                                    total += matrix[j][q] * line[here + _count(q) * width + c]
                                tiles[i * a + j, start + c] = total

    return gather


@cache
def scatter_with(matrix, m, dtype):
    """The loop that scatters tiles: it applies `matrix` (k × a) along H and W, every m places."""
    k, a = len(matrix), len(matrix[0])

    @_compiled
    def scatter(tiles, x, first, C, corner, counts, middle, lines, add):
        TH, TW = counts
        for n in range(x.shape[0]):
            for th in range(TH):
                start = _count((n * TH + th) * TW * C)
                for j in range(a):  # along H
                    for c in range(_count(TW * C)):
                        for p in range(k):
                            total = matrix[p][0] * tiles[j, start + c]
                            for i in range(1, a):
                                total += matrix[p][i] * tiles[i * a + j, start + c]
                            middle[p, j, c] = total
                for p in range(k):  # along W
                    h, column = th * m - corner[0] + p, middle[p]
                    if h < 0 or h >= x.shape[1]:
                        continue
                    for c in range(TW * C):
                        for q in range(k):
                            total = matrix[q][0] * column[0, c]
                            for j in range(1, a):
                                total += matrix[q][j] * column[j, c]
                            lines[q, c] = total
                    _write(lines, x[n, h], -corner[1], m, first, C, add)

    return scatter
