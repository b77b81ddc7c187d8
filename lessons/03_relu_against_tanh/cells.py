# %% after=""
import numpy as np

from tinyalex.check import check
from tinyalex.coursework.drawing.explore import explore, show
from tinyalex.coursework.lesson_03 import figures as pictures
from tinyalex.coursework.lesson_03.figure1 import GOAL, every_curve
from tinyalex.coursework.small.pictures import of_patterns
from tinyalex.layers import ReLU, Tanh

# %% after="The mathematics"
show(pictures.units())

# %% after="Worked examples"
relu, tanh = ReLU(), Tanh()
print("ReLU y", relu.forward(np.array([[2.0, -3, 0], [-1, 5, 4]])), sep="\n")
print("ReLU dx", relu.backward(np.array([[1.0, 10, 100], [1000, -2, 3]])), sep="\n")
print("tanh y ", tanh.forward(np.array([[0, np.log(2), -np.log(3), 1000]])))
print("tanh dx", tanh.backward(np.array([[1.0, 10, 100, 1000]])))

# %% after="Worked examples"
# This checks the library's own classes: define yours in a cell above and run this one again.
# `python -m tinyalex.check 03` checks what you write into the lesson's exercise.py.
check(ReLU)
check(Tanh)

# %% after="Why saturating units learn more slowly"
show(pictures.what_is_left())

# %% after="First weights: a theory in four lines"
show(pictures.first_weights())

# %% after="The figure in small"
# Eight trainings with the first seed, about half a minute: the epochs until the error was 25%.
# Cover the two right-hand rates in the picture: what would you conclude?
curves = every_curve()
for c in curves:
    print(f"{c.activation} at {c.learning_rate:<6g} {c.epochs_to(GOAL) or 'never':>6}")
show(pictures.figure_in_small(curves))

# %% after="The figure in small"
# The slopes of the tanh units before the first step; the red line is their mean. (The fourth layer
# gives the logits and has no tanh.) In Jupyter, make the first
# weights larger.
x, labels = of_patterns(per_class=2)
explore(
    lambda larger: pictures.saturation(x, larger),
    {"larger": 1},
    larger=[0.5, 1, 2, 4, 8],
)
