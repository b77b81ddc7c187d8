# %% after=""
import numpy as np

from tinyalex.check import check
from tinyalex.coursework.drawing.explore import explore, show
from tinyalex.coursework.lesson_02 import figures as pictures
from tinyalex.coursework.small.training import train
from tinyalex.layers import Linear, SoftmaxCrossEntropy
from tinyalex.models import Sequential
from tinyalex.optim import SGD

# %% after="A worked example"
x = np.array([[1.0, 2, 0], [-1, 1, 3]])
dy = np.array([[1.0, 10], [100, 1000]])
layer = Linear(3, 2, dtype="float64")
layer.params["W"][:] = [[1, -1], [2, 0], [0, 1]]
layer.params["b"][:] = [10, 20]
show(pictures.tables(layer, x, dy))
print("db =", layer.grads["b"])

# %% after="Backward of the loss"
# Class 2 is right. Move its logit (in Jupyter): when is nothing left to learn?
explore(
    lambda right: pictures.softmax_bars([1.0, 3.0, right, 0.0], 2),
    {"right": 1.0},
    right=[-4.0, -2.0, 0.0, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0],
)

# %% after="Overflow and underflow"
# Two classes. The library takes the logarithm on paper.
show(pictures.logarithm_of_nothing())

# %% after="A worked example of the loss"
logits = np.array([[0, np.log(2), np.log(5)], [1000, 1000, 0]])
loss = SoftmaxCrossEntropy()
print(f"loss {loss.forward(logits, np.array([2, 2])):.4f}")
print("p", loss.probabilities, sep="\n")
print("dlogits", loss.backward(), sep="\n")

# %% after="In code"
# One Linear and the loss are a classifier. Ten classes of the built-in pictures, in 16 × 16 pixels:
# the loss starts near ln 10, and each output's weights become a template of its class.
x, labels = pictures.small_pictures(per_class=10, split="train")
rng = np.random.default_rng(0)
net = Sequential([("fc1", Linear(x.shape[1], 10, weight_init=0.001, rng=rng))])
losses = train(net, SGD(net, lr=0.02), [(x, labels)] * 200)
show(pictures.learned(losses, net["fc1"].params["W"], pictures.colours()))

# %% after="In code"
new_x, new_labels = pictures.small_pictures(per_class=5, split="val")
for name, some, right in ("training", x, labels), ("new", new_x, new_labels):
    print(f"{np.mean(net.forward(some).argmax(axis=1) == right):.0%} of the {name} pictures")

# %% after="In code"
# This checks the library's own classes: define yours in a cell above and run this one again.
# `python -m tinyalex.check 02` checks what you write into the lesson's exercise.py.
check(Linear)
check(SoftmaxCrossEntropy)
