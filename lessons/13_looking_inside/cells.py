# %% after=""
import numpy as np

from tinyalex import inspection
from tinyalex.check import check
from tinyalex.coursework.drawing.explore import explore, show
from tinyalex.coursework.lesson_13 import figures as pictures
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
# A unit of each of AlexNet's maps. At 0.4 of the way all see their fill; elsewhere the edge cuts.
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

# %% after="By hand"
for method in ("gradient", "deconvnet", "guided"):
    sent_back = project(three_windows(), X, np.ones((1, 1)), method)[0, :, :, 0]
    print(method, *(sent_back + 0.0), sep="\n")  # + 0.0: no minus before a zero

# %% after="By hand"
# The same three for the logit of the right class of real pictures. Grey is 0, white speaks for it.
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

# %% after="What they do not say"
# The test: conv1 stays, all above it is random. Which pictures still look the same? The gradient's
# do not. Guided backpropagation shows rings for a network that knows nothing, the deconvnet too.
ignorant = pictures.network(np.random.default_rng(5))
ignorant["conv1"].params = net["conv1"].params
compared = []
for label, some_net in ("trained", net), ("random", ignorant):
    results = projections(some_net, picks[:1])
    compared.append((label, [new_photos[picks[0]], *(pictures.projected(r[0]) for r in results)]))
show(pictures.rows(["the picture", *METHODS], compared))

# %% after="Occlusion"
# A pattern is everywhere: what is left mostly suffices. Drawn is the picture that suffers most;
# in the beige margin the middle of a whole square cannot lie.
worst = [
    inspection.occlude(net, picture, size=24, stride=8).probabilities[..., label].min()
    for picture, label in zip(new_x, new_labels, strict=True)
]
print(f"below 0.9 under some square: {np.sum(np.array(worst) < 0.9)} of {len(worst)} pictures")
one = int(np.argmin(worst))
number = new_labels[one]
print("drawn:", pictures.CLASSES[number])
show(
    pictures.hidden(
        new_photos[one],
        inspection.saliency(net, new_x[[one]], number)[0],
        inspection.occlude(net, new_x[one], size=24, stride=4),
        number,
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

# %% after="In code"
# This is the library's own: define yours in a cell above and run this one again. What you write
# into exercise.py, beside the lesson's text, is checked by `python -m tinyalex.check 13`.
check(project)
check(receptive_field)
