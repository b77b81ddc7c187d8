"""Data augmentation (paper, section 4.1): crops, reflections, and noise along RGB's components."""

import numpy as np

from tinyalex.data.statistics import Statistics
from tinyalex.kernels.underflow import allow_underflow


def random_crop(picture: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
    """A view (size, size, 3) of the picture (H, W, 3) at a random place, all equally likely.

    A 224 crop of a 256 picture has 33 × 33 places; the paper says 32 × 32, its code used 33 × 33.
    """
    rows, columns = _places(picture, size)
    top, left = rng.integers(rows), rng.integers(columns)
    return picture[top : top + size, left : left + size]


def random_flip(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The picture (H, W, 3), or, with probability 1/2, its mirror image; a view."""
    return picture[:, ::-1] if rng.random() < 0.5 else picture


def center_crop(picture: np.ndarray, size: int) -> np.ndarray:
    """The view (size, size, 3) in the middle of the picture (H, W, 3)."""
    rows, columns = _places(picture, size)
    top, left = (rows - 1) // 2, (columns - 1) // 2
    return picture[top : top + size, left : left + size]


def ten_crop(pictures: np.ndarray, size: int) -> np.ndarray:
    """The ten test views of pictures (n, H, W, 3), as (10, n, size, size, 3).

    Order: top left, top right, bottom left, bottom right, centre; then their reflections. The paper
    averages the ten softmax outputs. Subtract the mean with `EvalTransform.normalise`.
    """
    rows, columns = _places(pictures[0], size)
    bottom, right = rows - 1, columns - 1
    corners = [(0, 0), (0, right), (bottom, 0), (bottom, right), (bottom // 2, right // 2)]
    crops = np.stack([pictures[:, y : y + size, x : x + size] for y, x in corners])
    return np.concatenate([crops, crops[:, :, :, ::-1]])


@allow_underflow
def colour_noise(
    eigenvectors: np.ndarray, deviations: np.ndarray, sigma: float, rng: np.random.Generator
) -> np.ndarray:
    """One offset (3,) to add to every pixel's RGB: Σ p_i α_i λ_i, α_i drawn from N(0, sigma).

    The columns p_i and standard deviations λ_i come from `Statistics`; the paper's sigma is 0.1.
    """
    return eigenvectors @ (deviations * rng.normal(0.0, sigma, size=3))


def _subtract(view: np.ndarray, mean: np.ndarray, out: np.ndarray | None) -> np.ndarray:
    """view - mean in mean's dtype, written to `out` if given."""
    if view.strides[1] < 0:
        # A reflected view. Copying it channel by channel is five times as fast as all at once,
        # because NumPy's inner loop then runs over a row of pixels instead of three channels.
        packed = np.empty(view.shape, view.dtype)
        for channel in range(view.shape[2]):
            packed[..., channel] = view[..., channel]
        view = packed
    return np.subtract(view, mean, out=out, dtype=mean.dtype)


def _multiply(values: np.ndarray, scale: float | np.ndarray) -> np.ndarray:
    """values · scale, in place; scale: one factor, or one for each of R, G and B."""
    if np.ptp(scale) == 0:
        scale = np.ravel(scale)[0]
        if scale == 1:
            return values
    values *= np.asarray(scale, dtype=values.dtype)
    return values


def _places(picture: np.ndarray, size: int) -> tuple[int, int]:
    """The numbers of rows and columns at which a crop can start."""
    height, width = picture.shape[:2]
    if not 1 <= size <= min(height, width):
        raise ValueError(f"cannot cut {size} × {size} from a picture of {height} × {width} pixels")
    return height - size + 1, width - size + 1


class TrainTransform:
    """A picture for training: random crop and flip, minus the mean, plus colour noise, times scale.

    The central crop of the mean is subtracted, wherever the picture is cropped, as in the 2012
    code. (That code then also divided by 1 + noise; the paper does not mention it, and this class
    does not do it.)
    """

    def __init__(
        self,
        statistics: Statistics,
        crop: int,
        noise: float = 0.1,
        flip: bool = True,
        dtype: type = np.float32,
    ):
        self.statistics, self.crop, self.noise, self.flip = statistics, crop, noise, flip
        self.dtype = np.dtype(dtype)
        self.mean = np.ascontiguousarray(center_crop(statistics.mean, crop), dtype=self.dtype)

    @allow_underflow
    def __call__(
        self, picture: np.ndarray, rng: np.random.Generator, out: np.ndarray | None = None
    ) -> np.ndarray:
        """uint8 (H, W, 3) -> (crop, crop, 3), written to `out` if given."""
        view = random_crop(picture, self.crop, rng)
        if self.flip:
            view = random_flip(view, rng)
        out = _subtract(view, self.mean, out)
        if self.noise:
            s = self.statistics
            colour = colour_noise(s.eigenvectors, s.deviations, self.noise, rng)
            # Repeated over a row, because NumPy adds long rows ten times as fast as triples.
            out += np.tile(colour.astype(self.dtype), (self.crop, 1))
        return _multiply(out, self.statistics.scale)


class EvalTransform:
    """A picture for evaluation: the central crop minus the mean, times scale; nothing is random."""

    def __init__(self, statistics: Statistics, crop: int, dtype: type = np.float32):
        self.crop, self.dtype, self.scale = crop, np.dtype(dtype), statistics.scale
        self.mean = np.ascontiguousarray(center_crop(statistics.mean, crop), dtype=self.dtype)

    @allow_underflow
    def __call__(
        self,
        picture: np.ndarray,
        rng: np.random.Generator | None = None,
        out: np.ndarray | None = None,
    ) -> np.ndarray:
        """uint8 (H, W, 3) -> (crop, crop, 3); `rng` is unused, for calls as in TrainTransform."""
        out = _subtract(center_crop(picture, self.crop), self.mean, out)
        return _multiply(out, self.scale)

    @allow_underflow
    def normalise(self, crops: np.ndarray) -> np.ndarray:
        """The same for crops (..., crop, crop, 3), as from `ten_crop`."""
        return _multiply(np.subtract(crops, self.mean, dtype=self.dtype), self.scale)
