# %% after=""
import numpy as np

from tinyalex.check import check
from tinyalex.coursework.drawing.explore import explore, show
from tinyalex.coursework.lesson_04.figures import two_columns
from tinyalex.coursework.lesson_09 import figures as pictures
from tinyalex.coursework.lesson_09.solution import conv_counts, paper_alexnet
from tinyalex.models import alexnet
from tinyalex.summary import summarize, table

# %% after="A worked example"
shape, parameters, multiply_adds = conv_counts((9, 6, 4), 6, 3, 2, (0, 1), groups=2)
print(f"output {shape}, {parameters} parameters, {multiply_adds:,} multiply-adds")

# %% after="The list"
net = alexnet(rng=np.random.default_rng(0))
print(table(summarize(net, (128, 224, 224, 3)), batch=128))

# %% after="The list"
show(pictures.maps_to_scale(net))

# %% after="Where the numbers are"
show(pictures.shares(net))

# %% after="Two GPUs are two groups"
show(two_columns())

# %% after="Two GPUs are two groups"
# A small convolution with 12 channels and 12 kernels.
explore(pictures.groups_of, {"groups": 2}, groups=[1, 2, 3, 4, 6, 12])

# %% after="224 or 227"
show(pictures.last_windows())

# %% after="Where implementations differ"
# What each of them costs, and the order of its first five layers.
sizes = {"paper": 224, "original": 224, "caffe": 227, "caffenet": 227, "torchvision": 224}
for variant, size in sizes.items():
    rows = summarize(alexnet(variant=variant), (1, size, size, 3))
    parameters, work = (sum(getattr(r, a) for r in rows) for a in ("parameters", "multiply_adds"))
    print(f"{variant:<12} {size}  {parameters:>11,} parameters  {work:>13,} multiply-adds")
    print("            ", *[row.name for row in rows[:5]])

# %% after="In code"
# Sequential says what arrives. Try other sizes; which is the smallest that has a pool5?
for size in (67, 224, 256):
    small = paper_alexnet(10, size, hidden=16)
    shapes = {row.name: row.shape for row in summarize(small, (1, size, size, 3))}
    print(size, "→", *[shapes[name][0] for name in ("conv1", "pool1", "pool2", "pool5", "flatten")])

# %% after="Questions"
# This checks the library's own functions: define yours in a cell above and run this one again.
# `python -m tinyalex.check 09` checks what you write into the lesson's exercise.py.
check(conv_counts)
check(paper_alexnet)
