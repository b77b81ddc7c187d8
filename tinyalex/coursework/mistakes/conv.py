"""Wrong convolutions: mistakes in dW, db and forward; `conv_input.py` holds those in dx.

Each keeps the correct layer's constructor. `gradients` computes all three correct gradients; most
mistakes then spoil one of them.
"""

from __future__ import annotations

from tinyalex import backend
from tinyalex.coursework.mistakes.mistake import Example, another_form, mistake
from tinyalex.layers import Conv2d

# Overlapping windows, strides of 2 and 1, unequal padding, a map that is not square, two groups.
EXAMPLE = Example(
    lambda rng: {
        "in_channels": 4,
        "out_channels": 4,
        "kernel_size": 3,
        "stride": (2, 1),
        "padding": (1, 0, 1, 1),
        "groups": 2,
        "dtype": "float64",
        "rng": rng,
    },
    shape=(2, 4, 3, 4),
)


def gradients(layer, x, dy):
    """The correct dx, dW and db."""
    Conv2d.forward(layer, x)
    dx = Conv2d.backward(layer, dy)
    return dx, layer.grads["W"], layer.grads["b"]


@mistake("conv-dw-flipped-dy", of="Conv2d")
class FlippedUpstream(Conv2d):
    """dW uses dy flipped vertically and horizontally."""

    def backward(self, dy):
        (x,) = self.recall(dy)
        _, wrong_dW, _ = gradients(self, x, dy[:, ::-1, ::-1])
        dx, _, db = gradients(self, x, dy)
        self.grads = {"W": wrong_dW, "b": db}
        return dx


@mistake("conv-dw-channels-reversed", of="Conv2d")
class OutputChannelsReversed(Conv2d):
    """dW has its output channels in reverse order."""

    def backward(self, dy):
        dx = super().backward(dy)
        self.grads["W"] = self.grads["W"][..., ::-1].copy()
        return dx


@mistake("conv-dw-transposed", of="Conv2d")
class WeightRowsAndColumnsSwapped(Conv2d):
    """dW has the kernel's rows and columns swapped."""

    def backward(self, dy):
        dx = super().backward(dy)
        self.grads["W"] = self.grads["W"].transpose(1, 0, 2, 3).copy()
        return dx


@mistake("conv-dw-averaged", of="Conv2d")
class WeightGradientAveraged(Conv2d):
    """dW is divided by the batch size, but the loss has already done that."""

    def backward(self, dy):
        dx = super().backward(dy)
        self.grads["W"] /= len(dy)
        return dx


@mistake("conv-dw-averaged-over-places", of="Conv2d")
class WeightGradientAveragedOverPlaces(Conv2d):
    """dW is the mean over the places of all pictures; they share the weights, so it is the sum."""

    def backward(self, dy):
        dx = super().backward(dy)
        self.grads["W"] /= dy[..., 0].size
        return dx


@mistake("conv-dw-first-picture", of="Conv2d")
class WeightGradientOfFirstPicture(Conv2d):
    """dW comes from the first picture only; it must be summed over the batch."""

    def backward(self, dy):
        (x,) = self.recall(dy)
        dx, _, db = gradients(self, x, dy)
        _, first_dW, _ = gradients(self, x[:1], dy[:1])
        self.grads = {"W": first_dW, "b": db}
        return dx


@mistake("conv-dw-no-stride", of="Conv2d")
class WeightGradientWithoutStride(Conv2d):
    """dW ignores the stride: it reads the windows of x one pixel apart."""

    def backward(self, dy):
        (x,) = self.recall(dy)
        dx, _, db = gradients(self, x, dy)
        stride, self.stride = self.stride, (1, 1)
        spread = backend.xp.zeros(self.output_shape(x.shape), dtype=dy.dtype)
        spread[:, : dy.shape[1], : dy.shape[2]] = dy
        _, wrong_dW, _ = gradients(self, x, spread)
        self.stride = stride
        self.grads = {"W": wrong_dW, "b": db}
        return dx


@mistake("conv-dw-no-padding", of="Conv2d")
class WeightGradientWithoutPadding(Conv2d):
    """dW ignores the padding at the top: it reads the windows of x one row too low."""

    def backward(self, dy):
        (x,) = self.recall(dy)
        dx, _, db = gradients(self, x, dy)
        shifted = backend.xp.zeros_like(x)
        shifted[:, :-1] = x[:, 1:]
        _, wrong_dW, _ = gradients(self, shifted, dy)
        self.grads = {"W": wrong_dW, "b": db}
        return dx


@mistake("conv-db-averaged", of="Conv2d")
class BiasGradientAveraged(Conv2d):
    """db is the mean of dy; it should be the sum."""

    def backward(self, dy):
        dx = super().backward(dy)
        self.grads["b"] = self._mean(dy)
        return dx

    def _mean(self, dy):
        return dy.mean(axis=(0, 1, 2))


@another_form(of=BiasGradientAveraged)
class BiasGradientAveragedOverPictures(BiasGradientAveraged):
    def _mean(self, dy):
        return dy.sum(axis=(1, 2)).mean(axis=0)


@another_form(of=BiasGradientAveraged)
class BiasGradientAveragedOverPlaces(BiasGradientAveraged):
    def _mean(self, dy):
        return dy.mean(axis=(1, 2)).sum(axis=0)


@mistake("conv-db-missing", of="Conv2d")
class BiasGradientMissing(Conv2d):
    """db stays zero."""

    def backward(self, dy):
        dx = super().backward(dy)
        self.grads["b"] = backend.xp.zeros_like(self.params["b"])
        return dx


@mistake("conv-bias-not-added", of="Conv2d")
class BiasNotAdded(Conv2d):
    """forward forgets to add b."""

    def forward(self, x, training: bool = False):
        return super().forward(x, training) - self.params["b"]


@mistake("conv-dw-groups-swapped", of="Conv2d")
class WeightGroupsSwapped(Conv2d):
    """dW has its groups in the wrong order: each group gets the other's gradient."""

    def backward(self, dy):
        dx = super().backward(dy)
        dW = self.grads["W"]
        grouped = dW.reshape(*dW.shape[:3], self.groups, -1)
        self.grads["W"] = grouped[:, :, :, ::-1].reshape(dW.shape)
        return dx


@mistake("conv-accumulates", of="Conv2d")
class GradientsAccumulate(Conv2d):
    """backward adds to the gradients of the previous call, as in PyTorch; it should overwrite
    them."""

    keys = ("W", "b")

    def backward(self, dy):
        before = self.grads
        dx = super().backward(dy)
        for key in self.keys:
            if before[key] is not None:
                self.grads[key] = self.grads[key] + before[key]
        return dx


@another_form(of=GradientsAccumulate)
class WeightGradientAccumulates(GradientsAccumulate):
    keys = ("W",)


@another_form(of=GradientsAccumulate)
class BiasGradientAccumulates(GradientsAccumulate):
    keys = ("b",)


@mistake("conv-changes-dy", of="Conv2d")
class UpstreamChanged(Conv2d):
    """backward divides dy by the batch size in place, but dy belongs to the caller."""

    def backward(self, dy):
        dy /= len(dy)
        return super().backward(dy)


@mistake("conv-float32", of="Conv2d")
class Float32Leaks(Conv2d):
    """dx is always float32: an array was created without dtype=x.dtype."""

    def backward(self, dy):
        return super().backward(dy).astype("float32")
