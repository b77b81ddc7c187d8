# %% after=""
import numpy as np

from tinyalex.check import check
from tinyalex.coursework.drawing.explore import explore, show
from tinyalex.coursework.lesson_15 import figures as pictures
from tinyalex.coursework.lesson_15.solution import (
    transform_input,
    transform_kernel,
    winograd_convolve,
)
from tinyalex.kernels import cpu, reference
from tinyalex.layers import Conv2d
from tinyalex.models import alexnet

# %% after="Count first"
show(pictures.uses_of_weights(alexnet()))

# %% after="The ladder"
# A layer like conv3: 16 maps of 13 × 13 × 128, 192 kernels of 3 × 3. Times are your machine's.
rng = np.random.default_rng(0)
x = rng.normal(size=(16, 13, 13, 128)).astype("float32")
conv = Conv2d(128, 192, 3, padding=1, rng=rng)
W, outputs = conv.params["W"], 16 * 13 * 13 * 192


def one_output():
    total = 0.0
    for i in range(3):
        for j in range(3):
            for c in range(128):
                total += x[0, i, j, c] * W[i, j, c, 0]
    return total


def by_im2col():
    return reference.im2col(x, (3, 3), (1, 1), ((1, 1), (1, 1))) @ W.reshape(-1, 192)


times = {
    "loops in Python (one output, times all)": pictures.seconds(one_output) * outputs,
    "im2col and one product": pictures.seconds(by_im2col),
    "the library": pictures.seconds(lambda: conv.forward(x)),
}
show(pictures.ladder(times, "A convolution forward"))

# %% after="The ladder"
# Response normalization: what counts is passes over memory, not multiply-adds.
maps = rng.normal(size=(16, 27, 27, 96)).astype("float32")
settings = maps, 5, 1e-4, 0.75, 2.0
times = {
    "NumPy, array by array": pictures.seconds(lambda: reference.response_norm(*settings)),
    "Numba, number by number": pictures.seconds(lambda: cpu.response_norm(*settings)),
}
show(pictures.ladder(times, "Response normalization forward"))

# %% after="A worked example"
d, g = np.array([1.0, 4, 2, 3, 5]), np.array([2.0, 1, 4])
explore(lambda tile: pictures.tile_at(d, g, tile), {"tile": 1}, tile=[0, 1])

# %% after="A worked example"
print("y =", *winograd_convolve(d[:, None], g[:, None, None])[:, 0])
print("directly:", np.correlate(d, g))

# %% after="In two dimensions"
show(pictures.savings())

# %% after="In two dimensions"
# Digits: the same line in float32, by Winograd and directly, against float64. Try longer lines.
line, kernel = rng.normal(size=(1002, 128)), rng.normal(size=(3, 128, 64))
exact = sum(line[i : i + 1000] @ kernel[i] for i in range(3))
small = line.astype("float32"), kernel.astype("float32")
plain = sum(small[0][i : i + 1000] @ small[1][i] for i in range(3))
for name, found in (("plain", plain), ("Winograd", winograd_convolve(*small))):
    print(f"{name:<9} largest error {np.abs(found - exact).max() / np.abs(exact).max():.1e}")

# %% after="Questions"
# This is the library's own: define yours in a cell above and run this one again. What you write
# into exercise.py, beside the lesson's text, is checked by `python -m tinyalex.check 15`.
for written in (transform_input, transform_kernel, winograd_convolve):
    check(written)
