# %% after=""
import numpy as np

from tinyalex.check import check
from tinyalex.coursework.drawing.explore import explore, show
from tinyalex.coursework.lesson_05 import figures as pictures
from tinyalex.gradcheck import check_gradients, sample_input
from tinyalex.kernels.reference import col2im, im2col
from tinyalex.layers import Conv2d

x = np.array([[1.0, 2, 3], [4, 5, 6], [7, 8, 9]])
W = np.array([[1.0, 2], [3, 4]])
dy = np.array([[1.0, 10], [100, 1000]])

# %% after="The input"
# The numbers are those of the worked example further down.
show(pictures.sending(W, dy))

# %% after="The same with matrices"
# im2col copies a pixel into the row of every window that reads it; col2im adds the copies up.
# In Jupyter, sliders choose the pixel.
explore(lambda h, w: pictures.copies(x, (2, 2), h, w), {"h": 1, "w": 1}, h=[0, 1, 2], w=[0, 1, 2])

# %% after="The same with matrices"
show(pictures.im2col_as_a_matrix())

# %% after="The same with matrices"
kernel, stride, padding = (2, 2), (1, 1), ((0, 0), (0, 0))
ones = np.ones((1, 3, 3, 1))
columns = im2col(ones, kernel, stride, padding)
print(col2im(columns, ones.shape, kernel, stride, padding)[0, :, :, 0])

# %% after="Groups"
# A gradient that enters at a kernel of the second group stays in that group's channels.
grouped = Conv2d(4, 4, 3, groups=2, dtype="float64", rng=np.random.default_rng(0))
y = grouped.forward(np.ones((1, 5, 5, 4)))
one_kernel = np.zeros_like(y)
one_kernel[..., 3] = 1
print("Σ |dx| of each channel:", np.abs(grouped.backward(one_kernel)).sum(axis=(0, 1, 2)).round(2))

# %% after="A worked example"
conv = Conv2d(1, 1, kernel_size=2, dtype="float64")
conv.params["W"][:, :, 0, 0] = W
conv.params["b"][:] = 1
np.set_printoptions(suppress=True)  # 1234 and not 1.234e+03
print("y =", conv.forward(x[None, :, :, None])[0, :, :, 0], sep="\n")
print("dx =", conv.backward(dy[None, :, :, None])[0, :, :, 0], sep="\n")
print("dW =", conv.grads["W"][:, :, 0, 0], sep="\n")
print("db =", conv.grads["b"])

# %% after="A worked example"
# In Jupyter, sliders choose the pixel.
explore(
    lambda h, w: pictures.collecting(x, W, dy, h, w),
    {"h": 1, "w": 1},
    h=[0, 1, 2],
    w=[0, 1, 2],
)

# %% after="In code"
# Finite differences agree, with stride, padding and groups. Try other settings.
rng = np.random.default_rng(1)
layer = Conv2d(4, 6, 3, stride=2, padding=1, groups=2, dtype="float64", rng=rng)
print(check_gradients(layer, sample_input((2, 5, 4, 4))))

# %% after="In code"
# This is the library's own: define yours in a cell above and run this one again. What you write
# into exercise.py, beside the lesson's text, is checked by `python -m tinyalex.check 05`.
# (lesson="05": lesson 04 checks a class of this name, too.)
check(Conv2d, lesson="05")

# %% after="Questions"
# For question 1: how many windows read each pixel. Count along one axis first.
# Neither map is padded, and conv1's is cut to 51 × 51 so that you can see single pixels.
show(pictures.texture())
