"""Draws one built-in picture: a patterned shape in one colour on a muted background."""

from __future__ import annotations

from math import isqrt

import numpy as np

from tinyalex.data.patterns import (
    COSINE,
    COSINE_4096,
    FINE,
    FULL,
    PATTERNS,
    SIDE,
    TURN,
    Grain,
    clouds,
    mix,
    polar,
)

# Two tones of one hue each, far apart in brightness, so that the edges of a pattern show.
COLOURS = {
    "black": ((10, 10, 14), (124, 124, 130)),
    "blue": ((10, 24, 104), (96, 152, 255)),
    "cyan": ((0, 74, 88), (90, 235, 235)),
    "green": ((6, 66, 22), (124, 216, 72)),
    "orange": ((122, 48, 0), (255, 164, 62)),
    "pink": ((150, 20, 88), (255, 172, 214)),
    "purple": ((54, 8, 92), (196, 132, 240)),
    "red": ((92, 0, 14), (255, 66, 62)),
    "white": ((118, 122, 130), (252, 252, 250)),
    "yellow": ((126, 98, 0), (255, 236, 72)),
}


def smooth(outline: np.ndarray, width: int) -> np.ndarray:
    """Rounds the corners: the mean over `width` neighbouring directions."""
    total = np.cumsum(np.concatenate((outline, outline[:width])))
    return (total[width:] - total[:-width]) // width


def draw_outline(rng: np.random.Generator) -> np.ndarray:
    """A random blob, flower, polygon or star that covers 40 to 69% of the picture's area."""
    direction, cosine = np.arange(TURN), COSINE.astype(np.int64)
    kind, corners = rng.integers(0, 4), int(rng.integers(5, 9))
    if kind == 0:
        bumps = rng.integers(0, [14, 10, 6]) * 4
        shift = rng.integers(0, TURN, size=3)
        outline = 8192 + sum(
            bumps[i] * cosine[((i + 2) * direction + shift[i]) % TURN] // 2 for i in range(3)
        )
    elif kind == 1:
        outline = 8192 + int(rng.integers(5, 9)) * cosine[corners * direction % TURN]
    elif kind == 2:
        sides = corners - 1
        across = direction * sides % TURN - TURN // 2  # of one side: its middle is 0
        outline = smooth((8192 << 12) // COSINE_4096[across // sides], TURN // 24)
    else:
        outline = smooth(7000 + 3 * np.abs(direction * corners % TURN - TURN // 2), TURN // 32)
    outline = np.roll(outline, int(rng.integers(0, TURN)))
    radius = int(rng.integers(92, 121)) * FINE
    return (outline * radius // isqrt(int(np.mean(outline**2)))).astype(np.int16)


def depth(outline: np.ndarray, centre: tuple[int, int]) -> np.ndarray:
    """How far each pixel is inside the shape (1/16 pixel; negative outside)."""
    angle, radius = polar(centre)
    return outline.take(angle) - radius


def planes(colour: np.ndarray) -> np.ndarray:
    """A colour as an int16 array (3, 1, 1) that broadcasts over three colour planes."""
    return np.asarray(colour, np.int16).reshape(3, 1, 1)


def draw_background(rng: np.random.Generator) -> np.ndarray:
    """Soft clouds between two tones of a greyish colour: int16 (3, 256, 256)."""
    first = int(rng.integers(95, 180)) + rng.integers(-14, 15, size=3)
    second = first + int(rng.integers(-44, 45)) + rng.integers(-8, 9, size=3)
    cloud = clouds(rng.integers(0, FULL, size=(5, 5)))
    return mix(planes(first), planes(second), cloud)


def draw(colour: str, pattern: str, rng: np.random.Generator) -> np.ndarray:
    """One picture of a class: uint8 (256, 256, 3)."""
    outline = draw_outline(rng)
    reach = 134 - isqrt(int(np.mean(outline.astype(int) ** 2))) // FINE
    centre = tuple(int(SIDE // 2 + shift) for shift in rng.integers(-reach, reach + 1, size=2))
    tones = np.array(COLOURS[colour]) + rng.integers(-10, 11) + rng.integers(-6, 7, size=(1, 3))
    weight = PATTERNS[pattern](Grain(rng, centre)).astype(np.int16)
    surface = mix(planes(tones[0]), planes(tones[1]), weight)

    inside = depth(outline, centre)
    light = (16 - np.arange(SIDE) // 8).astype(np.int16)[:, None]  # from above
    surface += light - (np.clip(80 - inside, 0, 80) >> 1)  # and a darker rim
    picture = draw_background(rng)
    shadow = np.clip(depth(outline, (centre[0] + 7, centre[1] + 3)) + 120, 0, 240) >> 2
    picture -= picture * shadow >> 7
    cover = np.clip(inside, -FINE // 2, FINE // 2) * np.int16(FULL // FINE) + np.int16(FULL // 2)
    picture = np.clip(mix(picture, surface, cover), 0, 255)
    return np.stack(tuple(picture.astype(np.uint8)), axis=-1)
