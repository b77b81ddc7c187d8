# %% after=""
import numpy as np

from tinyalex.check import check
from tinyalex.coursework.drawing.explore import explore, show
from tinyalex.coursework.lesson_07 import figures as pictures
from tinyalex.coursework.lesson_07.batchnorm import BatchNorm
from tinyalex.layers import LocalResponseNorm

# %% after="The mathematics"
# Twelve channels in two groups: no window crosses from one group into the other.
explore(
    pictures.window_over_channels,
    {"channel": 5, "size": 5, "groups": 2},
    channel=range(12),
    size=[1, 3, 4, 5, 7],
    groups=[1, 2, 3],
)

# %% after="The mathematics"
# One loud channel alone, and five side by side. How loud must they be before anything happens?
explore(pictures.inhibition, {"loudest": 100}, loudest=[1, 10, 30, 100, 300, 1000])

# %% after="Backward"
# An even window is not its own mirror image. (This also answers question 3.)
explore(pictures.who_reads_whom, {"size": 4}, size=[1, 2, 3, 4, 5, 6])

# %% after="A worked example"
x = np.array([1.0, 2, 0, 3])
dy = np.array([36.0, 72, 14, 100])
norm = LocalResponseNorm(size=3, alpha=1.0, beta=1.0, k=1.0)
print("y  =", norm.forward(x.reshape(1, 1, 1, 4)).ravel().round(3))
print("dx =", norm.backward(dy.reshape(1, 1, 1, 4)).ravel())

# %% after="A worked example"
# The same with its steps. Marked: what channel 1 is made of.
explore(lambda channel: pictures.by_hand(norm, x, dy, channel), {"channel": 1}, channel=range(4))

# %% after="A worked example"
# How much of dx would be missing without the cross-channel term, at the paper's constants?
show(pictures.when_it_matters())

# %% after="Why it died"
# If the weights below double, so does the input. Batch normalization takes no notice; LRN does.
maps = 50 * np.abs(np.random.default_rng(0).normal(size=(8, 6, 6, 16))).astype("float32")
for layer in (LocalResponseNorm(), BatchNorm(16)):
    once, twice = layer.forward(maps, training=True), layer.forward(2 * maps, training=True)
    print(f"{layer.name:18} spread of y: {once.std():6.2f}   after doubling x: {twice.std():6.2f}")

# %% after="Why it died"
# The table as a figure, with its three seeds.
show(pictures.by_rate())

# %% after="Where implementations differ"
# The same answers, all of them 100, by the paper's formula, its code's, and Caffe's.
loud = np.full((1, 1, 1, 96), 100.0)
for name, settings in {
    "paper": {},
    "2012 code": {"divide_by_size": True},
    "Caffe": {"divide_by_size": True, "k": 1.0},
}.items():
    y = LocalResponseNorm(**settings).forward(loud)[0, 0, 0]
    print(f"{name:10} channel 0: {y[0]:5.1f}   channel 48: {y[48]:5.1f}")

# %% after="Questions"
# For question 4: beta = 1/2, one window over all channels, and a k that is nearly 0.
rng = np.random.default_rng(0)
x, dy = rng.normal(size=(2, 1, 1, 1, 6))
norm = LocalResponseNorm(size=13, alpha=1.0, beta=0.5, k=1e-12)
y, dx = norm.forward(x), norm.backward(dy)
print(f"length of y: {np.sqrt((y**2).sum()):.6f}      sum of x · dx: {abs((x * dx).sum()):.6f}")

# %% after="Questions"
# This is the library's own: define yours in a cell above and run this one again. What you write
# into exercise.py, beside the lesson's text, is checked by `python -m tinyalex.check 07`.
check(LocalResponseNorm)
