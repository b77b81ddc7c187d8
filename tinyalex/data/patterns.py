"""The ten patterns of the built-in pictures, and the tables that they are drawn with.

Every pixel comes from integer arithmetic, so the same seed gives the same picture on every machine.
Cosines, angles and radii are read from tables that are rounded once. Planes are int16 arrays of
256×256; mixing weights run from 0 to 128, so that weight × grey level fits in int16.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np

SIDE = 256  # pixels of a picture's side
TURN = 2048  # table steps in a full turn, and in one period of a pattern
FULL = 128  # the mixing weight "all of it"
FINE = 16  # distances are counted in sixteenths of a pixel

# No value that is rounded in this file is within 1e-5 of a half, so the last bit of a machine's
# cosine does not matter.
TURNS = np.arange(TURN) * (2 * np.pi / TURN)
COSINE = np.rint(FULL * np.cos(TURNS)).astype(np.int16)
COSINE_4096 = np.rint(4096 * np.cos(TURNS)).astype(np.int64)


@lru_cache(maxsize=1)
def polar_tables() -> tuple[np.ndarray, np.ndarray]:
    """Angle (TURN steps per turn) and radius (1/16 pixel) around the middle of a 512×512 plane."""
    y, x = np.mgrid[-SIDE:SIDE, -SIDE:SIDE]
    angle = np.rint(np.arctan2(y, x) * (TURN / (2 * np.pi))).astype(np.int16) & (TURN - 1)
    radius = np.rint(FINE * np.sqrt(x * x + y * y)).astype(np.int16)
    return angle, radius


def polar(centre: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Angle and radius of every pixel of a picture, seen from `centre` (row, column)."""
    row, column = SIDE - centre[0], SIDE - centre[1]
    angle, radius = polar_tables()
    window = (slice(row, row + SIDE), slice(column, column + SIDE))
    return angle[window], radius[window]


def mix(first: np.ndarray, second: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """`first` where the weight is 0, `second` where it is 128."""
    return first + ((second - first) * weight >> 7)


def clouds(knots: np.ndarray) -> np.ndarray:
    """A smooth random surface through square `knots` (-127 to 127): int16 (256, 256)."""
    knots = knots.astype(np.int16)
    cell, place = np.divmod(np.arange(SIDE), SIDE // (len(knots) - 1))
    part = place * 64 * (len(knots) - 1) // SIDE
    rise = (part * part * (192 - 2 * part) >> 11).astype(np.int16)  # 0 to 128, level at both ends
    rows = mix(knots[:, cell], knots[:, cell + 1], rise)
    return mix(rows[cell], rows[cell + 1], rise[:, None])


class Grain:
    """The parameters of a pattern: period (quarter pixels), small tilt, offset and centre."""

    def __init__(self, rng: np.random.Generator, centre: tuple[int, int]):
        self.rng = rng
        self.centre = centre
        self.period = int(rng.integers(18 * 4, 30 * 4))
        self.tilt = int(rng.integers(-TURN // 48, TURN // 48 + 1))  # at most 7.5 degrees
        self.offset = [int(value) for value in rng.integers(0, TURN, size=2)]

    def phases(self, stretch: int = 4) -> tuple[np.ndarray, np.ndarray]:
        """Phase (TURN steps per period) across and down, for `stretch` quarters of the period."""
        cosine, sine = COSINE_4096[self.tilt], COSINE_4096[self.tilt - TURN // 4]
        step = np.arange(-SIDE // 2, SIDE // 2) * (4 * TURN // 1024)
        along = (step * cosine // (self.period * stretch)).astype(np.int16)
        aside = (step * sine // (self.period * stretch)).astype(np.int16)
        across = along[None, :] + aside[:, None] + np.int16(self.offset[0])
        down = along[:, None] - aside[None, :] + np.int16(self.offset[1])
        return across, down


def wave(phase: np.ndarray) -> np.ndarray:
    """Cosine of a phase, from -128 to 128."""
    return COSINE.take(phase & (TURN - 1))


def edge(height: np.ndarray, gain: int = 3) -> np.ndarray:
    """0 where `height` is below zero and 128 above, with a soft step of about two pixels."""
    return np.clip(height * np.int16(gain) + np.int16(FULL // 2), 0, FULL)


# Each pattern is a plane of weights from 0 (first tone) to 128 (second tone).


def plain(grain: Grain) -> np.ndarray:
    radius = polar((grain.centre[0] - 40, grain.centre[1]))[1]
    return np.clip(FULL - (radius >> 4), 0, FULL)


def stripes(grain: Grain) -> np.ndarray:
    return edge(wave(grain.phases()[1]))


def columns(grain: Grain) -> np.ndarray:
    return edge(wave(grain.phases()[0]))


def checks(grain: Grain) -> np.ndarray:
    across, down = grain.phases(stretch=6)
    return edge(wave(across) * wave(down) >> 7, gain=5)


def camouflage(grain: Grain) -> np.ndarray:
    return edge(clouds(grain.rng.integers(-FULL + 1, FULL, size=(17, 17))), gain=6)


def dots(grain: Grain) -> np.ndarray:
    across, down = grain.phases(stretch=5)
    return edge(wave(across) + wave(down) - np.int16(70))


def grid(grain: Grain) -> np.ndarray:
    across, down = grain.phases(stretch=5)
    return edge(np.maximum(wave(across), wave(down)) - np.int16(104), gain=6)


def zigzag(grain: Grain) -> np.ndarray:
    across, down = grain.phases(stretch=5)
    climb = np.abs((across & (2 * TURN - 1)) - np.int16(TURN))
    return edge(wave(down + climb))


def rings(grain: Grain) -> np.ndarray:
    steps = np.arange(512 * FINE) * (4 * TURN // FINE) // grain.period
    return edge(wave(steps + grain.offset[0])).take(polar(grain.centre)[1])


def rays(grain: Grain) -> np.ndarray:
    count = 12 + grain.offset[0] % 5
    angle, radius = polar(grain.centre)
    spokes = edge(wave(np.arange(TURN) * count + grain.offset[1]), gain=5)
    hub = np.clip(radius - np.int16(14 * FINE), 0, FINE) << 3  # hides where the rays get too thin
    return spokes.take(angle) * hub >> 7


PATTERNS: dict[str, Callable[[Grain], np.ndarray]] = {
    function.__name__: function
    for function in (
        camouflage, checks, columns, dots, grid, plain, rays, rings, stripes, zigzag,
    )
}  # fmt: skip
