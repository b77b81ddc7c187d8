# %% after=""
import numpy as np

from tinyalex.check import check
from tinyalex.coursework.drawing.explore import show
from tinyalex.coursework.lesson_16 import figures as pictures
from tinyalex.layers import Conv2d, GlobalAvgPool2d
from tinyalex.models import zfnet
from tinyalex.summary import summarize

# %% after="The idea"
# Where the parameters are, and where the work is.
costs = pictures.costs()
show(pictures.budgets(costs))

# %% after="Sizes that are rounded up"
print("layer      output   parameters multiply-adds")
for row in summarize(zfnet(initialization="zeros"), (1, 224, 224, 3)):
    if row.layer in ("Conv2d", "MaxPool2d", "Linear"):
        size = "×".join(map(str, row.shape))
        print(f"{row.name:6} {size:>10} {row.parameters:12,} {row.multiply_adds:13,}")

# %% after="The mean of a map"
# A small NIN learns to tell three shapes, wherever they are. It is never told where they are.
net = pictures.learn()
x, labels = pictures.toys(300, 14, np.random.default_rng(1))
print(f"{np.mean(net.forward(x).argmax(axis=1) == labels):.0%} of 300 new pictures right")
show(pictures.where(net, x[:3]))

# %% after="The mean of a map"
# Red is evidence for a class, blue against it. The cross wins through its background, which is
# faintly red: this network has learned "a cross, unless something speaks against it". The mean
# counts the whole map, so in a larger picture the background outvotes the shape: other sizes are
# accepted, but classified badly.
for size in 14, 18, 24:
    x, labels = pictures.toys(300, size, np.random.default_rng(2))
    answers = net.forward(x).argmax(axis=1)
    right, crosses = np.mean(answers == labels), np.mean(answers == 0)
    print(f"{size} × {size}: {right:.0%} of 300 pictures right; answered cross: {crosses:.0%}")

# %% after="A worked example"
mean = GlobalAvgPool2d()
x = np.array([[[[1.0, 2], [5, 8]]], [[[6, 4], [0, 4]]]])  # (pictures, 1, places, channels)
for picture, y in enumerate(mean.forward(x)):
    print(f"picture {picture}, both channels: y", y)
for picture, dx in enumerate(mean.backward(np.array([[4.0, 8], [2, 6]]))):
    print(f"picture {picture}, both channels at each place: dx", *dx[0])

# %% after="A worked example"
conv = Conv2d(2, 2, kernel_size=1, dtype="float64")
conv.params["W"][0, 0] = [[1, 0], [2, 1]]
conv.params["b"][:] = [0, 1]
print("y ", *conv.forward(np.array([[[[1.0, 2], [3, 0]]]]))[0, 0])
print("dx", *conv.backward(np.array([[[[1.0, 0], [1, 1]]]]))[0, 0])
print("dW", *conv.grads["W"][0, 0], " db", conv.grads["b"])

# %% after="Questions"
# This is the library's own: define yours in a cell above and run this one again. What you write
# into exercise.py, beside the lesson's text, is checked by `python -m tinyalex.check 16`.
check(GlobalAvgPool2d)
