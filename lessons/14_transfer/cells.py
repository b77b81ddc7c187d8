# %% after=""
import numpy as np

from tinyalex.check import check
from tinyalex.coursework.drawing.explore import explore, show
from tinyalex.coursework.lesson_14 import figures as pictures
from tinyalex.coursework.lesson_14 import measured, transfer
from tinyalex.coursework.lesson_14.solution import class_means, linear_probe, nearest_class

# %% after="A worked example: means"
features = np.array([[0.0, 0], [2, 0], [4, 4], [6, 4], [5, 7]])
labels = np.array([0, 0, 1, 1, 1])
asked = np.array([[0.0, 3], [3, 4], [9, 0], [3, 2.5]])
print("answers", nearest_class(asked, class_means(features, labels, 2)))
show(pictures.nearest_mean(features, labels, asked))

# %% after="A worked example: a probe"
line, three = np.array([[0.0], [2], [4]]), np.array([0, 1, 1])
for decay in (1e-9, 4 / 3, 100):
    W, b = linear_probe(line, three, 2, decay)
    answers = (line @ W + b).round(3)
    print(f"decay {decay:<6.3g} W {W[0].round(3)}, b {b.round(3)}, answers", *answers)

# %% after="A worked example: a probe"
# Decay on real features: 64 numbers of a small network that has learned 30 classes ("What transfer
# brings" says which), for three pictures of each of ten new classes. The left panel shows (14.5).
trained = transfer.source_net(seed=5)
few = transfer.few(transfer.FAR, 3, seed=5)
new = transfer.pictures(transfer.FAR, transfer.VALIDATION, "val")
known, asked_of = (transfer.features(trained, some.x) for some in (few, new))
DECAYS = (0.001, 0.01, 0.1, 1.0, 10.0, 100.0, 1000.0)


def at(decay):
    return pictures.decay_at(known, few.labels, asked_of, new.labels, decay, DECAYS)


explore(at, {"decay": 1.0}, decay=DECAYS)

# %% after="Leakage: a result that says less than it seems"
show(pictures.leaked(measured.LEAKAGE))

# %% after="What transfer brings"
show(pictures.classes())

# %% after="What transfer brings"
# The table's five runs, and one more, computed here for three of the columns.
own = {}
for kind, shots in (("near", 1), ("far", 1), ("far", 10)):
    names, sets = transfer.asked_of(kind)
    settings = {way: (setting,) for way, setting in measured.CHOSEN[kind, shots].items()}
    found = transfer.transfer(trained, names, shots, settings, sets, seed=5)
    own[kind, shots] = {way: shares["test"] for (way, _), shares in found.items()}
show(pictures.brought(measured.TEST, own))

# %% after="Questions"
# This checks the library's functions: define yours in a cell above and run this one again. What you
# write into exercise.py, next to the lesson's text, is checked by `python -m tinyalex.check 14`.
for written in (class_means, nearest_class, linear_probe):
    check(written)
