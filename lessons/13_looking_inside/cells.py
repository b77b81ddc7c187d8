# %% after=""
import numpy as np

from tinyalex import inspection
from tinyalex.check import check
from tinyalex.coursework.drawing.explore import explore, show
from tinyalex.coursework.lesson_13 import figures as pictures
from tinyalex.coursework.lesson_13 import robustness
from tinyalex.coursework.lesson_13.task import X, three_windows
from tinyalex.coursework.small.training import one_epoch, train
from tinyalex.data.builtin import draw_picture
from tinyalex.inspection import project, receptive_field
from tinyalex.models import alexnet
from tinyalex.optim import SGD

# %% after="The idea"
# A small network on six of the built-in classes, to be looked into below.
photos, labels = pictures.small_pictures(per_class=30, split="train")
new_photos, new_labels = pictures.small_pictures(per_class=5, split="val")
mean, spread = photos.mean(axis=(0, 1, 2)), photos.std()
x, new_x = (photos - mean) / spread, (new_photos - mean) / spread

rng = np.random.default_rng(0)
net = pictures.network(rng)
first_kernels = net["conv1"].params["W"].copy()
optimizer = SGD(net, lr=0.005)
for _ in range(14):
    train(net, optimizer, one_epoch(x, labels, 6, rng))
right = np.mean(inspection.output(net, new_x).argmax(axis=1) == new_labels)
print(f"{right:.0%} of {len(new_x)} new pictures right")

# %% after="The weights: Figure 3"
show(pictures.kernels(first_kernels, net["conv1"].params["W"]))

# %% after="What a unit can see: the receptive field"
# What a unit of each of AlexNet's maps sees. `where` is the unit's place, from 0 (top left) to 1.
# At 0.4 all fields have their full size; nearer the edge, the padding is cut off.
big = alexnet(initialization="zeros")
layers = ["conv1", "pool1", "conv2", "pool2", "conv3", "conv4", "conv5", "pool5"]


def fields(where):
    shape, found = (1, 224, 224, 3), {}
    for layer in layers:
        part = inspection.cut(big, layer)
        size = part.output_shape(shape)[1]
        found[layer] = receptive_field(part, (int(where * size),) * 2, shape)
    picture = draw_picture(7, 0)[16:240, 16:240]
    return pictures.fields_of_view(picture, found)


explore(fields, {"where": 0.4}, where=[0.0, 0.1, 0.2, 0.4, 0.6, 0.8, 0.9])

# %% after="A worked example: three methods"
for method in ("gradient", "deconvnet", "guided"):
    sent_back = project(three_windows(), X, np.ones((1, 1)), method)[0, :, :, 0]
    print(method, *(sent_back + 0.0), sep="\n")  # + 0.0: no minus before a zero

# %% after="A worked example: three methods"
# The three methods for the logit of the right class. Grey is 0; white is positive, black negative.
METHODS = "gradient", "deconvnet", "guided"


def projections(net, picks):
    start = np.eye(6, dtype="float32")[new_labels[picks]]
    return [project(net, new_x[picks], start, method) for method in METHODS]


picks = [2, 8]
by_picture = zip(picks, *projections(net, picks), strict=True)
show(
    pictures.rows(
        ["the picture", *METHODS],
        [
            (pictures.CLASSES[new_labels[k]], [new_photos[k], *map(pictures.projected, some)])
            for k, *some in by_picture
        ],
    )
)

# %% after="What these pictures do not say"
# The test: keep conv1, draw all weights above it at random. The gradient's picture changes. Guided
# backpropagation and the deconvnet show rings for a network that knows nothing.
ignorant = pictures.network(np.random.default_rng(5))
ignorant["conv1"].params = net["conv1"].params
compared = []
for label, some_net in ("trained", net), ("random", ignorant):
    results = projections(some_net, picks[:1])
    compared.append((label, [new_photos[picks[0]], *(pictures.projected(r[0]) for r in results)]))
show(pictures.rows(["the picture", *METHODS], compared))

# %% after="Occlusion"
# The pattern is everywhere, so what is left of it mostly suffices. We draw the picture that suffers
# most. The dashed frame is the square at its first place; its centre cannot come nearer the edge.
worst = [
    inspection.occlude(net, picture, size=24, stride=8).probabilities[..., label].min()
    for picture, label in zip(new_x, new_labels, strict=True)
]
print(f"below 0.9 under some square: {np.sum(np.array(worst) < 0.9)} of {len(worst)} pictures")
one = int(np.argmin(worst))
number = new_labels[one]
show(
    pictures.hidden(
        new_photos[one],
        inspection.saliency(net, new_x[[one]], number)[0],
        inspection.occlude(net, new_x[one], size=24, stride=4),
        number,
        pictures.CLASSES[number],
    )
)

# %% after="Neighbours: Figure 4"
# The three training pictures nearest to a new one: by the last hidden layer, and by their pixels.
upper = inspection.cut(net, "relu4")
points, new_points = inspection.output(upper, x), inspection.output(upper, new_x)
found = []
k = picks[1]
for label, these, all_of_them in (
    ("relu4", new_points, points),
    ("pixels", new_x.reshape(len(new_x), -1), x.reshape(len(x), -1)),
):
    nearest, _ = inspection.nearest(these[[k]], all_of_them, 3)
    found.append((label, [new_photos[k], *photos[nearest[0]]]))
show(pictures.rows(["new picture", "nearest", "second", "third"], found))

# %% after="Fooling the network"
# One step along the signs of the gradient. The inputs are (pixel − mean) / spread.
STEPS = (0, 1, 2, 4, 8, 16, 32)
black_and_white = -mean / spread, (1 - mean) / spread
signs = robustness.uphill(net, new_x, new_labels)
size = 8 / 255 / spread
attacked = robustness.moved(new_x, signs, size, black_and_white)
before, after = (inspection.output(net, some).argmax(axis=1) for some in (new_x, attacked))
k = int(np.flatnonzero((before == new_labels) & (after != new_labels))[0])
change = (attacked[k] - new_x[k]) * spread
show(
    pictures.fooled(
        [new_photos[k], 0.5 + 8 * change, attacked[k] * spread + mean],
        [
            f"answer: {pictures.CLASSES[before[k]]}",
            "the change, 8 times as large",
            f"answer: {pictures.CLASSES[after[k]]}",
        ],
    )
)

# %% after="Fooling the network"
# More pictures, and steps of several sizes. Noise of the same size does nothing.
many, many_labels = pictures.small_pictures(per_class=20, split="val")
sizes = np.array(STEPS) / 255 / spread
found = robustness.accuracies(net, (many - mean) / spread, many_labels, sizes, black_and_white)
show(pictures.right_by_step(STEPS, found))

# %% after="Fooling the network"
# A network learns red rings and blue stripes. Does it go by the pattern or by the colour?
runs = [robustness.misled(seed) for seed in range(5)]
print("by pattern:", [f"{run['pattern']:.0%}" for run in runs])
print("by colour: ", [f"{run['colour']:.0%}" for run in runs])
learnt, asked = (
    [pictures.small_picture(name) for name in names]
    for names in (robustness.LEARNT, robustness.MIXED)
)
show(
    pictures.misled(
        [(learnt[0], "learned as\nclass 0"), (learnt[1], "learned as\nclass 1")],
        [
            (asked[0], "asked: its pattern\nsays 0, its colour 1"),
            (asked[1], "asked: its pattern\nsays 1, its colour 0"),
        ],
    )
)

# %% after="In code"
# This checks the library's functions: define yours in a cell above and run this one again. What you
# write into exercise.py, next to the lesson's text, is checked by `python -m tinyalex.check 13`.
check(project)
check(receptive_field)
