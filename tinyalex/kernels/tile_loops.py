"""The compiled loops of Winograd's convolution: tiles out of a map, and tiles back into it.

A row of tiles is worked on at a time. Its pixels are laid out so that pixel number s + m·t of a
line (tile t, place s in it) stands in run s at place t: the same tap of all tiles then lies side
by side, and every sum below runs over TW·C numbers in a row. Coefficients come as tuples, whose
length the compiler knows: it unrolls the sum over them and keeps the vectors in registers. A tile
must not be longer than two steps, k ≤ 2·m.
"""

from __future__ import annotations

from numba import njit

# "contract" lets the compiler join a product and a sum into one rounding (fused multiply-add).
_compiled = njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract"})


@_compiled
def _combine(coefficients, lines, out):
    for c in range(out.size):
        total = coefficients[0] * lines[0, c]
        for q in range(1, len(coefficients)):
            total += coefficients[q] * lines[q, c]
        out[c] = total


@_compiled
def _combine_add(coefficients, lines, out):
    for c in range(out.size):
        total = out[c]
        for q in range(len(coefficients)):
            total += coefficients[q] * lines[q, c]
        out[c] = total


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
def _read(picture, top, left, first, C, runs):
    """runs[s, q, t·C:] = picture[top + q, left + t·m + s, first : first + C], zeros outside."""
    m, k, width = runs.shape
    H, W = picture.shape[:2]
    for q in range(k):
        h = top + q
        for s in range(m):
            run = runs[s, q]
            if h < 0 or h >= H:
                _clear(run)
                continue
            for t in range(width // C):
                w = left + t * m + s
                cell = run[t * C : (t + 1) * C]
                if 0 <= w < W:
                    _copy(picture[h, w, first : first + C], cell)
                else:
                    _clear(cell)


@_compiled
def _write_back(runs, picture, top, left, first, C, add):
    """The transpose of _read: picture[…] += runs[p, s, t·C:], or = where not `add`."""
    k, m, width = runs.shape
    H, W = picture.shape[:2]
    for p in range(k):
        h = top + p
        if h < 0 or h >= H:
            continue
        for s in range(m):
            run = runs[p, s]
            for t in range(width // C):
                w = left + t * m + s
                if w < 0 or w >= W:
                    continue
                if add:
                    _add(run[t * C : (t + 1) * C], picture[h, w, first : first + C])
                else:
                    _copy(run[t * C : (t + 1) * C], picture[h, w, first : first + C])


@_compiled
def _down(matrix, runs, middle):
    """Along H: middle[i, s] = Σ_q matrix[i][q] · runs[s, q]."""
    for s in range(runs.shape[0]):
        for i in range(len(matrix)):
            _combine(matrix[i], runs[s], middle[i, s])


@_compiled
def _across(near, far, middle, tiles, start, C):
    """Along W: tiles[i·a + j] = Σ_q matrix[j][q] · (tap q of middle[i]).

    The first m taps stand in the m runs (near), the others (far) in the same runs one tile on.
    """
    a, _, width = middle.shape
    m = len(near[0])
    length = width if far is None else width - C
    for i in range(a):
        flat = middle[i].reshape(-1)
        here = flat[: m * width].reshape(m, width)
        for j in range(a):
            _combine(near[j], here, tiles[i * a + j, start : start + length])
        if far is not None:
            beyond = len(far[0])
            there = flat[C : C + beyond * width].reshape(beyond, width)
            for j in range(a):
                _combine_add(far[j], there, tiles[i * a + j, start : start + length])


@_compiled
def _across_back(matrix, tiles, start, C, lines, middle):
    """The transpose of _across: middle[s, i] gets Σ_j matrix[q][j] · tiles[i·a + j] for s = q % m.

    matrix: its transpose, a row for each of the k places of the map.
    """
    m, a, _ = middle.shape
    length = lines.shape[1]
    for i in range(a):
        for j in range(a):
            _copy(tiles[i * a + j, start : start + length], lines[j])
        for q in range(len(matrix)):
            run = middle[q % m, i]
            if q < m:
                _combine(matrix[q], lines, run[:length])
                _clear(run[length:])
            else:
                _combine_add(matrix[q], lines, run[C : C + length])


@_compiled
def gather(x, first, C, corner, counts, matrix, near, far, tiles, runs, middle):
    m, (TH, TW) = runs.shape[0], counts
    for n in range(x.shape[0]):
        for th in range(TH):
            _read(x[n], th * m - corner[0], -corner[1], first, C, runs)
            _down(matrix, runs, middle)
            _across(near, far, middle, tiles, (n * TH + th) * TW * C, C)


@_compiled
def scatter(tiles, x, first, C, corner, counts, matrix, lines, middle, runs, add):
    m, (TH, TW) = runs.shape[1], counts
    for n in range(x.shape[0]):
        for th in range(TH):
            _across_back(matrix, tiles, (n * TH + th) * TW * C, C, lines, middle)
            for s in range(m):
                for p in range(len(matrix)):
                    _combine(matrix[p], middle[s], runs[p, s])
            _write_back(runs, x[n], th * m - corner[0], -corner[1], first, C, add)
