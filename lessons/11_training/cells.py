# %% after=""
import numpy as np

from tinyalex.check import check
from tinyalex.coursework.drawing.explore import explore, show
from tinyalex.coursework.lesson_11 import differences
from tinyalex.coursework.lesson_11 import figures as pictures
from tinyalex.coursework.small.nets import small_net
from tinyalex.coursework.small.pictures import PATTERNS, names_of, of_classes
from tinyalex.coursework.small.training import train_flipped
from tinyalex.models import alexnet
from tinyalex.optim import SGD, Plateau

# %% after="What momentum does"
# A valley 25 times as steep across as along. At which ε does plain descent leave it, and at which
# does descent with momentum .9?
explore(
    pictures.valley,
    {"lr": 0.07, "momentum": 0.8},
    lr=[0.01, 0.02, 0.04, 0.07, 0.08, 0.09, 0.14, 0.16],
    momentum=[0.3, 0.5, 0.8, 0.9, 0.99],
)

# %% after="Schedules"
errors = [0.62, 0.50, 0.51, 0.50, 0.47, 0.49, 0.48]
show(pictures.schedules(errors))

# %% after="First weights"
show(pictures.signals())

# %% after="First weights"
# The table above: first weights of the paper, of the 2012 code, and He's. 32 built-in pictures.
grey = differences.some_pictures()[:, :224, :224]
chosen = {"paper": (alexnet(rng=np.random.default_rng(0)), grey)}
chosen["2012 code"] = alexnet(variant="original", rng=np.random.default_rng(0)), grey
he = alexnet(initialization="he", rng=np.random.default_rng(0))
chosen["He"] = he, grey / grey.std()
show(pictures.drowned({name: differences.passed(*pair) for name, pair in chosen.items()}))

# %% after="First weights"
# The first loss on 8 of the pictures, averaged over all labels, and what (11.6) predicts.
for name, (net, x) in chosen.items():
    logits = net.forward(x[:8])
    predicted = np.log(1000) + logits.var(axis=1).mean() / 2
    print(f"{name:10} first loss {differences.first_loss(logits):.2f}, predicted {predicted:.2f}")
del chosen, he, net

# %% after="A worked example"
# W is a matrix, 1 × 1: vectors do not decay.
point = pictures.Point(W=[[2.0]], b=[1.0])
sgd = SGD(point, lr=0.1, momentum=0.5, weight_decay=0.1)
for lr in (0.1, 0.1, 0.01):
    sgd.lr = lr
    point.slopes = {"W": np.ones((1, 1)), "b": np.ones(1)}
    sgd.step()
    print("w", point.arrays["W"][0].round(7), " b", point.arrays["b"].round(3))

# %% after="A worked example"
# Printed after each update. Where `waited` reached 2 the rate dropped, and the count is 0 again.
plateau = Plateau(patience=2)
for error in errors:
    plateau.update(error)
    print(f"error {error:.2f}   waited {plateau.waited}   factor {plateau(0):g}")

# %% after="What the 2012 code did"
# A small network, ten classes, eight pictures of each, three rates. What do you expect at .1?
x, labels = of_classes(names_of(("black", "blue"), PATTERNS[::2]), 8, side=32)
x = (x - 110) / 60
curves = {}
for lr in (0.0003, 0.1, 0.02):
    net = small_net(10, np.random.default_rng(0), last="zeros")
    curves[f"ε = {lr:g}"] = train_flipped(net, x, labels, 50, lr)
show(pictures.losses(curves, np.log(10)))

# %% after="What the 2012 code did"
# |Δw| / |w| of one step in each layer of the network that has just learned with ε = .02. It learns
# in 50 steps, so the ratios are larger than most of the table's.
before = net.state_dict()
train_flipped(net, x, labels, 1, lr=0.02)
for name, weights in net.state_dict().items():
    if name.endswith(".W"):
        ratio = np.abs(weights - before[name]).mean() / np.abs(before[name]).mean()
        print(f"{name:8} {ratio:.1e}")

# %% after="Questions"
# These check the library's own. Define yours in a cell above and run this one again.
# `python -m tinyalex.check 11` checks what you write into exercise.py, beside the lesson's text.
check(SGD)
check(Plateau)
