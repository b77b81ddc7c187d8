"""Grey pictures with more than 8 bits per pixel, as from microscopes and X-ray machines."""

import numpy as np
from PIL import Image

SAMPLE_BITS, WHITE_IS_ZERO, SAMPLE_FORMAT = 258, 262, 339  # numbers of TIFF tags
UNSIGNED = 1
LOWEST = 16  # a picture whose grey levels are all below this is almost black


def is_deep(image: Image.Image) -> bool:
    return image.mode in ("I", "F") or image.mode.startswith("I;16")


def to_8_bits(image: Image.Image) -> Image.Image:
    """A picture of mode I;16, I or F as mode L; Pillow's own conversion clips at 255.

    16-bit values (12-bit if a TIFF says so) are scaled by their full range: 65,535 becomes 255. For
    32-bit integers and floats no file states the range: the picture's lowest value becomes 0, its
    highest 255. ValueError for a picture that would be black, or that contains NaN or infinity.
    """
    tags = getattr(image, "tag_v2", {})
    bits = tags.get(SAMPLE_BITS, (16,))[0]
    values = np.asarray(image)
    if image.mode == "I" and bits == 32 and tags.get(SAMPLE_FORMAT, (UNSIGNED,))[0] == UNSIGNED:
        values = values.view(np.uint32)  # Pillow has no mode for these
    values = values.astype(np.float64)
    # Pillow scales what PNG and PGM hold to 16 bits, and in some versions calls that mode I.
    stated = image.mode.startswith("I;16") or (image.mode == "I" and not tags)
    grey = _by_stated_range(values, bits) if stated else _by_own_range(values)
    if tags.get(WHITE_IS_ZERO) == 0:
        grey = 255 - grey
    return Image.fromarray(np.rint(grey).astype(np.uint8))


def _by_stated_range(values: np.ndarray, bits: int) -> np.ndarray:
    highest = 2**bits - 1
    grey = values * (255 / highest)
    if grey.max() < LOWEST:
        raise ValueError(
            f"its {bits}-bit values end at {values.max():,.0f} of {highest:,}, which is almost "
            "black: save it with values over the whole range"
        )
    return grey


def _by_own_range(values: np.ndarray) -> np.ndarray:
    if not np.isfinite(values).all():
        raise ValueError("some of its values are NaN or infinite: save it with finite values")
    low, high = values.min(), values.max()
    if low == high:
        raise ValueError(f"all of its values are {low:g}, of an unknown range: save it with 8 bits")
    return (values - low) * (255 / (high - low))
