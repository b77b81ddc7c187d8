"""What Winograd's convolution costs in digits: float32 against float64.

python -m tinyalex.coursework.lesson_15.precision prints lesson 15's figures; a few seconds.
"""

from __future__ import annotations

import numpy as np

from tinyalex.kernels.winograd import matrices
from tinyalex.layers import Conv2d

# Of AlexNet's layers: size of the map, channels in and out, kernel, padding, groups.
LAYERS = {
    "conv2": (27, 96, 256, 5, 2, 2),
    "conv3": (13, 256, 384, 3, 1, 1),
    "conv4": (13, 384, 384, 3, 1, 2),
    "conv5": (13, 384, 256, 3, 1, 2),
}


def tile_error(m: int, r: int, rng: np.random.Generator) -> float:
    """The rms error of F(m × m, r × r) over the rms output: 64 tiles, 256 channels to 256."""
    a = m + r - 1
    d, w = rng.normal(size=(a, a, 64, 256)), rng.normal(size=(r, r, 256, 256))
    exact = sum(d[i : i + m, j : j + m] @ w[i, j] for i, j in np.ndindex(r, r))
    at, g, bt = (np.array(matrix, dtype="float32") for matrix in matrices(m, r))
    V = np.einsum("pi,qj,ijtc->pqtc", bt, bt, d.astype("float32"), optimize=True)
    U = np.einsum("pi,qj,ijck->pqck", g, g, w.astype("float32"), optimize=True)
    y = np.einsum("mp,nq,pqtk->mntk", at, at, V @ U, optimize=True)
    return float(np.sqrt(np.mean((y - exact) ** 2)) / exact.std())


def layer_errors(name: str, algorithm: str, pictures: int = 4) -> tuple[float, float]:
    """The rms and the largest error of the library's layer, both over the rms output."""
    size, channels, kernels, kernel, padding, groups = LAYERS[name]
    x = np.random.default_rng(0).normal(size=(pictures, size, size, channels)).astype("float32")
    settings = {"padding": padding, "groups": groups}
    one = Conv2d(
        channels, kernels, kernel, algorithm=algorithm, rng=np.random.default_rng(1), **settings
    )
    exact = Conv2d(
        channels,
        kernels,
        kernel,
        algorithm="im2col",
        dtype="float64",
        rng=np.random.default_rng(1),
        **settings,
    )
    exact.params["W"] = one.params["W"].astype("float64")
    y = exact.forward(x.astype("float64"))
    error = one.forward(x) - y
    return float(np.sqrt(np.mean(error**2)) / y.std()), float(np.abs(error).max() / y.std())


def main() -> None:
    for m, r in ((2, 3), (4, 3), (5, 3), (6, 3), (2, 5), (4, 5)):
        error = tile_error(m, r, np.random.default_rng(0))
        print(f"F({m} × {m}, {r} × {r})  {m + r - 1} points  rms error {error:.1e}")
    for name in LAYERS:
        for algorithm in ("im2col", "winograd"):
            rms, largest = layer_errors(name, algorithm)
            print(f"{name} {algorithm:8}  rms error {rms:.1e}  largest {largest:.1e}")


if __name__ == "__main__":
    main()
