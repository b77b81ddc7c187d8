# %% after=""
import itertools

import numpy as np

from tinyalex.check import check
from tinyalex.coursework.drawing.explore import explore, show
from tinyalex.coursework.lesson_08 import figures as pictures
from tinyalex.layers import Dropout, Linear, SoftmaxCrossEntropy

# %% after="The idea"
explore(pictures.thinned, {"p": 0.5, "step": 1}, p=[0.0, 0.2, 0.5, 0.8], step=range(1, 20))

# %% after="The idea"
# The masks of one batch: every picture (row) loses other units.
show(pictures.masks(0.5))

# %% after="Why 1 / (1 − p)?"
# The same neuron under 4,000 masks.
explore(pictures.noise, {"p": 0.5}, p=[0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9])

# %% after="What does the test compute?"
# Eight inputs have 256 masks. Average the logarithms of all 256 answers, and normalize.
rng = np.random.default_rng(0)
x, fc, loss = rng.normal(size=(1, 8)), Linear(8, 3, dtype="float64", rng=rng), SoftmaxCrossEntropy()
fc.params["W"][:] = rng.normal(size=(8, 3))
masks = 2.0 * np.array(list(itertools.product((0, 1), repeat=8)))
loss.forward(fc.forward(masks * x), np.zeros(256, int))
geometric = np.exp(np.log(loss.probabilities).mean(axis=0))
print("all masks, geometric mean  ", geometric / geometric.sum())
print("all masks, arithmetic mean ", loss.probabilities.mean(axis=0))
loss.forward(fc.forward(x), np.zeros(1, int))
print("the whole network          ", loss.probabilities[0])


# %% after="A worked example"
class GivenDraws:
    """Stands in for a generator: gives the numbers of the example."""

    def random(self, shape, dtype):
        return np.array([[0.2, 0.7], [0.9, 0.5], [0.1, 0.6]], dtype)


drop = Dropout(0.5, rng=GivenDraws())
x = np.array([[1.0, 2], [3, 4], [5, 6]])
print("y, training", drop.forward(x, training=True), sep="\n")
print("dx", drop.backward(np.array([[1.0, 10], [100, 1000], [2, 20]])), sep="\n")
print("y, test", drop.forward(x), sep="\n")

# %% after="What the paper says"
# Two hidden layers of 256 learn 200 built-in pictures of ten classes and are tried on 200 new ones.
# With dropout they learn more slowly. On new pictures they are far less sure of wrong answers (the
# loss), but hardly more often right: 200 pictures are too few. Guessing is wrong in 0.9 of all.
curves = {p: pictures.learn(p) for p in (0.0, 0.5)}
show(pictures.learned(curves))

# %% after="Where implementations differ"
# A ReLU may change places with dropout: the same draws, before and behind.
x = np.random.default_rng(1).normal(size=(4, 6))
before = np.maximum(Dropout(0.4, rng=np.random.default_rng(2)).forward(x, training=True), 0)
behind = Dropout(0.4, rng=np.random.default_rng(2)).forward(np.maximum(x, 0), training=True)
print("equal:", np.array_equal(before, behind))

# %% after="Questions"
# This checks the library's own class: define yours in a cell above and run this one again.
# `python -m tinyalex.check 08` checks what you write into the lesson's exercise.py.
check(Dropout)
