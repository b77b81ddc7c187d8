# %% after=""
import time

import numpy as np

from tinyalex.check import check
from tinyalex.coursework.convolution import naive
from tinyalex.coursework.drawing.explore import explore, show
from tinyalex.coursework.lesson_04 import figures as pictures
from tinyalex.kernels.reference import im2col
from tinyalex.layers import Conv2d

# %% after="The idea"
# Three kernels that we chose. A network learns its own.
show(pictures.pattern_maps())

# %% after="How many windows"
# Window, stride and padding at once. In Jupyter, sliders change them.
explore(
    pictures.geometry,
    {"size": 6, "kernel": 3, "stride": 2, "padding": 1, "p": 1, "q": 2},
    size=[5, 6, 7, 8],
    kernel=[1, 2, 3, 4],
    stride=[1, 2, 3],
    padding=[0, 1, 2],
    p=range(6),
    q=range(6),
)

# %% after="224, 227 and the 55"
# The last windows of a row in conv1.
show(pictures.last_windows())
for name, size, padding in (
    ("2012 code", 224, (0, 3, 0, 3)),
    ("Caffe", 227, 0),
    ("torchvision", 224, 2),
    ("no padding", 224, 0),
):
    conv1 = Conv2d(3, 96, 11, stride=4, padding=padding)
    print(f"{name:<12}", size, "→", conv1.output_shape((1, size, size, 3))[1])

# %% after="Groups"
# Grey: this kernel reads this map.
show(pictures.who_reads_whom())

# %% after="Groups"
# AlexNet's two columns. Red lines: the layer reads all that lies below it, on both GPUs.
show(pictures.two_columns())

# %% after="A worked example"
# In Jupyter, sliders move the window.
x = np.array([[1.0, 2, 3], [4, 5, 6], [7, 8, 9]])
W = np.array([[1.0, 2], [3, 4]])
explore(lambda oh, ow: pictures.sliding(x, W, 1, oh, ow), {"oh": 0, "ow": 1}, oh=[0, 1], ow=[0, 1])

# %% after="A worked example"
conv = Conv2d(1, 1, kernel_size=2, dtype="float64")
conv.params["W"][:, :, 0, 0] = W
conv.params["b"][:] = 1
print("columns =", im2col(x[None, :, :, None], (2, 2), (1, 1), ((0, 0), (0, 0)))[0], sep="\n")
print("y =", conv.forward(x[None, :, :, None])[0, :, :, 0], sep="\n")

# %% after="In code"
# Seven loops against one product: the same numbers, in how much time?
layer = Conv2d(3, 8, 5, algorithm="im2col", rng=np.random.default_rng(0))
pixels = np.random.default_rng(1).normal(size=(1, 20, 20, 3)).astype(np.float32)
y = layer.forward(pixels)
start = time.perf_counter()
looped = naive(layer, pixels)
loops = time.perf_counter() - start
product = np.inf
for _ in range(20):  # the quickest of 20, because other programs disturb so short a time
    start = time.perf_counter()
    layer.forward(pixels)
    product = min(product, time.perf_counter() - start)
print(f"largest difference {np.abs(y - looped).max():.1e}")
print(f"loops {1000 * loops:.0f} ms, matrix product {1000 * product:.2f} ms")

# %% after="What it costs"
for name, layer, size, channels in (
    ("conv1", Conv2d(3, 96, 11, stride=4, padding=(0, 3, 0, 3)), 224, 3),
    ("conv2", Conv2d(96, 256, 5, padding=2, groups=2), 27, 96),
    ("conv3", Conv2d(256, 384, 3, padding=1), 13, 256),
):
    print(name, f"{layer.multiply_adds((1, size, size, channels)):,} multiply-adds")

# %% after="In code"
# This is the library's own: define yours in a cell above and run this one again. What you write
# into exercise.py, beside the lesson's text, is checked by `python -m tinyalex.check 04`.
check(im2col)
check(Conv2d)
