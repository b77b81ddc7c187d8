# %% after=""
import numpy as np

from tinyalex.check import check
from tinyalex.coursework.drawing.explore import explore, show
from tinyalex.coursework.lesson_10 import figures as pictures
from tinyalex.data.augment import colour_noise, random_crop, random_flip, ten_crop
from tinyalex.data.builtin import CLASS_NAMES, draw_picture

# 50 of the built-in pictures, 256 × 256. For real pixels, name a folder of photographs:
# store = pictures.Photographs("data/imagenette2/train")
store = pictures.Drawn()
picture = draw_picture(CLASS_NAMES.index("orange-camouflage"), 3)

# %% after="Random crops"
explore(
    lambda size, top, left: pictures.crop_at(picture, size, top, left),
    {"size": 224, "top": 32, "left": 8},
    size=[224],
    top=range(0, 33, 4),
    left=range(0, 33, 4),
)

# %% after="Random crops"
# How many places come up in 20,000 draws? One number for row and column would give 33.
rng = np.random.default_rng(0)
places = np.arange(256 * 256 * 3).reshape(256, 256, 3)
print(len({int(random_crop(places, 224, rng)[0, 0, 0]) for _ in range(20_000)}), "of", 33 * 33)

# %% after="Random reflections"
show(pictures.turned(picture))

# %% after="Principal components"
# The components of these 50 pictures, a column each; they are drawn, and not photographs.
statistics = store.statistics()
print("deviations", statistics.deviations.round(1))
print(statistics.eigenvectors.round(2))

# %% after="What to add"
# The pixels, and the noise that imitates them. Two of the three lines fall on one another here: red
# against blue does not show green.
show(pictures.cloud(store, statistics))

# %% after="What to add"
show(pictures.noises(picture, statistics))

# %% after="Ten views at test"
# Crops of 160, so that one sees them differ.
show(pictures.ten_views(picture, 160))

# %% after="A worked example"
views = ten_crop(np.arange(1, 10).reshape(1, 3, 3, 1), 2)[:, 0, :, :, 0]
for five in (views[:5], views[5:]):
    for row in range(2):
        print(*("{} {}".format(*view[row]) for view in five), sep="    ")
    print()
components = np.array([[0.6, -0.8, 0], [0.8, 0.6, 0], [0, 0, 1]])
deviations = np.array([10.0, 20.0, 100.0])
print("noise", colour_noise(components, deviations, 0.1, np.random.default_rng(0)).round(4))

# %% after="In code"
# No copies, and the same seed gives the same crop.
crops = [random_crop(picture, 224, np.random.default_rng(7)) for _ in range(2)]
print("a view:", np.shares_memory(crops[0], picture), "  the same:", np.array_equal(*crops))

# %% after="Questions"
# This is the library's own: define yours in a cell above and run this one again. What you write
# into exercise.py, beside the lesson's text, is checked by `python -m tinyalex.check 10`.
for written in (random_crop, random_flip, colour_noise, ten_crop):
    check(written)
