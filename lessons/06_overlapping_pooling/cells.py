# %% after=""
import numpy as np

from tinyalex.check import check
from tinyalex.coursework.drawing.explore import explore, show
from tinyalex.coursework.lesson_06 import figures as pictures
from tinyalex.coursework.lesson_06.mistakes import TiesToAll
from tinyalex.layers import MaxPool2d, ReLU

# %% after="Backward"
# A map of 9 × 9, and four of its windows. Those of 2 × 2 leave the last row and column unread.
show(pictures.overlap_maps())

# %% after="Ties"
# One window of nine zeros. Left: our rule, the first place. Right: what AlexNet's own program did.
show(pictures.ties())

# %% after="Ties"
# Behind a ReLU: dx of both rules, and what the ReLU lets through of it.
maps = np.random.default_rng(0).normal(-1.5, 1, size=(4, 55, 55, 8))
found = []
for rule in (MaxPool2d(3, 2), TiesToAll(3, 2)):
    relu = ReLU()
    y = rule.forward(relu.forward(maps))
    dx = rule.backward(np.random.default_rng(1).normal(size=y.shape))
    found.append((dx, relu.backward(dx)))
(first, below_first), (every, below_every) = found
print(f"windows of zeros only: {np.mean(y == 0):.0%}")
print(f"dx differs at {np.mean(first != every):.0%} of the places")
print(f"below the ReLU, the largest difference is {np.abs(below_first - below_every).max():.0e}")

# %% after="A worked example"
x = np.array([[1, 3, 2, 0, 4], [5, 2, 9, 1, 3], [0, 7, 6, 8, 2], [3, 1, 4, 2, 5], [2, 6, 0, 3, 1]])
dy = np.array([[1.0, 10.0], [100.0, 1000.0]])
pool = MaxPool2d(3, 2)
print("y =", pool.forward(x[None, :, :, None].astype(float))[0, :, :, 0], sep="\n")
print("dx =", pool.backward(dy[None, :, :, None])[0, :, :, 0], sep="\n")

# %% after="A worked example"
# In Jupyter, sliders move the window.
explore(lambda oh, ow: pictures.window_at(x, oh, ow), {"oh": 0, "ow": 1}, oh=[0, 1], ow=[0, 1])

# %% after="In code"
# This is the library's own: define yours in a cell above and run this one again. What you write
# into exercise.py, beside the lesson's text, is checked by `python -m tinyalex.check 06`.
check(MaxPool2d)
