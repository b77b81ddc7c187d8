"""Reads any picture that Pillow can read as a square uint8 RGB array (paper, section 2)."""

import os
import threading
import warnings
from pathlib import Path

import numpy as np
from PIL import Image

from tinyalex.data.folders import Pictures
from tinyalex.data.grey import is_deep, to_8_bits

# Hundreds of ImageNet's files have odd EXIF data. Pillow warns about each, but nothing here reads
# it. Set once at import, because changing the filters around each read is not thread-safe.
warnings.filterwarnings("ignore", module=r"PIL\.")


class BrokenPicture(ValueError):
    """A picture that cannot be decoded. The message is one line: the file and the reason."""


def read_picture(path: str | Path, size: int = 256, warp: bool = False) -> np.ndarray:
    """The picture as uint8 RGB (size, size, 3): shorter side scaled to `size`, central square kept.

    warp: squeeze the whole picture into the square instead, as in training Caffe's networks.

    The scaling is bilinear with antialiasing, the most common choice today (torchvision's `Resize`
    does the same). EXIF rotation is not applied, as is usual for ImageNet. Grey, palette, CMYK,
    16-bit and 32-bit pictures (see grey.py) become RGB; transparency is dropped, not blended; of an
    animation only the first frame is read. The format is detected from the contents, not from the
    suffix.

    Raises BrokenPicture if the file cannot be decoded completely, or its grey levels are unknown.
    """
    try:
        with Image.open(path) as image:
            # A big JPEG is decoded at 1/2, 1/4 or 1/8, never to less than twice the size needed.
            image.draft(None, (2 * size, 2 * size))
            image.load()
            return np.array(_square(_to_rgb(image), size, warp))
    except Exception as error:  # decoders raise almost anything: OSError, SyntaxError, struct.error
        raise BrokenPicture(f"cannot read the picture {path}: {_reason(path, error)}") from error


def _reason(path: str | Path, error: Exception) -> str:
    if isinstance(path, str | Path) and os.path.islink(path) and not os.path.exists(path):
        return f"it is a link to {os.readlink(path)}, which does not exist"
    reason = getattr(error, "strerror", None) or str(error)
    return " ".join(reason.split()) or type(error).__name__


def _to_rgb(image: Image.Image) -> Image.Image:
    """The image in mode RGB, 8 bits per channel."""
    if is_deep(image):
        image = to_8_bits(image)
    rgb = image if image.mode == "RGB" else image.convert("RGB")
    if "A" in image.mode or "transparency" in image.info:
        _check_visible(rgb, image)
    return rgb


def _check_visible(rgb: Image.Image, image: Image.Image) -> None:
    """ValueError if only the transparency shows anything, as in many icons."""
    one_colour = all(low == high for low, high in rgb.getextrema())
    if one_colour and len(set(image.convert("RGBA").getchannel("A").getextrema())) > 1:
        raise ValueError(
            "without its transparency it has only one colour: save it on a different background"
        )


def _square(image: Image.Image, size: int, warp: bool) -> Image.Image:
    """The central square of the image, or all of it, scaled to (size, size)."""
    width, height = image.size
    if warp:
        return image.resize((size, size), Image.Resampling.BILINEAR)
    side = min(width, height)
    left, top = (width - side) / 2, (height - side) / 2
    box = (left, top, left + side, top + side)
    return image.resize((size, size), Image.Resampling.BILINEAR, box=box)


class PictureStore:
    """The pictures of a data set by number, decoded at first use and cached while there is room.

    `load` may be called from several threads. `broken` maps the numbers of pictures that could not
    be decoded to the reason, one line each.
    """

    def __init__(
        self,
        pictures: Pictures,
        size: int = 256,
        cache_bytes: int = 2 * 2**30,
        warp: bool = False,
    ):
        self.pictures, self.size, self.warp = pictures, size, warp
        self.labels, self.classes = pictures.labels, pictures.classes
        self.broken: dict[int, str] = {}
        self._cache: dict[int, np.ndarray] = {}
        self._cache_capacity = cache_bytes // (size * size * 3)  # in pictures
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self.pictures)

    def load(self, index: int) -> np.ndarray:
        """Picture number `index`, uint8 (size, size, 3), read-only. Raises BrokenPicture."""
        index = int(index)
        if index in self.broken:
            raise BrokenPicture(self.broken[index])
        if index in self._cache:
            return self._cache[index]
        try:
            picture = read_picture(self.pictures.paths[index], self.size, self.warp)
        except BrokenPicture as error:
            self.broken[index] = str(error)
            raise
        picture.setflags(write=False)  # a change would persist in the next epoch
        with self._lock:
            if len(self._cache) < self._cache_capacity:
                self._cache[index] = picture
        return picture
