# %% after=""
import itertools

import numpy as np

from tinyalex.check import check
from tinyalex.coursework.drawing.explore import show
from tinyalex.coursework.lesson_00 import figures as pictures
from tinyalex.coursework.lesson_00.neurons import Perceptron, mcculloch_pitts, mistake_bound, mlp
from tinyalex.layers import SoftmaxCrossEntropy
from tinyalex.models import lenet5
from tinyalex.optim import SGD
from tinyalex.summary import summarize

# %% after="1943: a neuron that only decides"
# XOR from three neurons. Filled squares: the neuron fires.
show(pictures.xor_network())

# %% after="1943: a neuron that only decides"
bits = np.array(list(itertools.product((0, 1), repeat=2)))
a, b = bits[:, :1], bits[:, 1:]
only_a, only_b = mcculloch_pitts(a, b, 1), mcculloch_pitts(b, a, 1)
xor = mcculloch_pitts(np.column_stack([only_a, only_b]), np.zeros((4, 0), int), 1)
print(" a  b  a not b  b not a  xor")
for row in np.column_stack([bits, only_a, only_b, xor]):
    print("{:2} {:2} {:6} {:8} {:6}".format(*row))

# %% after="At most (R/γ)² mistakes"
# Thirty clouds of points; narrow gaps are on the right. Why are all dots below the line?
show(pictures.theorem())

# %% after="A worked example: OR"
corners = bits.astype(float)
OR, XOR = np.array([-1, 1, 1, 1]), np.array([-1, 1, 1, -1])
perceptron = Perceptron(2)
print("mistakes in each epoch:", perceptron.fit(corners, OR))
print("w =", perceptron.w, " b =", perceptron.b)
print(f"the bound: {mistake_bound(corners, OR, perceptron.w, perceptron.b):.0f}")

# %% after="A worked example: OR"
show(pictures.learning(corners, OR))

# %% after="A worked example: OR"
# With XOR in its place it never stops: here are the first 20 epochs.
perceptron = Perceptron(2)
print("XOR:", perceptron.fit(corners, XOR, epochs=20), "...")

# %% after="A worked example: OR"
# This checks the library's own: define yours in a cell above and run this one again.
# `python -m tinyalex.check 00` checks what you write into the lesson's exercise.py.
check(mcculloch_pitts)
check(Perceptron)

# %% after="1969 and 1986: why layers had to wait, and how they learn"
net, loss = mlp((2, 4, 2), rng=np.random.default_rng(0)), SoftmaxCrossEntropy()
step, losses = SGD(net, lr=0.1, weight_decay=0.0), []
for _ in range(300):
    logits = net.forward(corners.astype("float32"), training=True)
    losses.append(float(loss.forward(logits, (XOR > 0).astype(int))))
    net.backward(loss.backward())
    step.step()
show(pictures.surface(net, corners, XOR, losses))

# %% after="1998: LeNet-5"
rows = summarize(lenet5(), (1, 32, 32, 1))
print("name     layer                   output parameters")
for row in rows:
    print(f"{row.name:8} {row.layer:20} {'×'.join(map(str, row.shape)):>9} {row.parameters:10,}")
print(f"{sum(row.parameters for row in rows):50,}")

# %% after="1998: LeNet-5"
show(pictures.lenet_tables())
