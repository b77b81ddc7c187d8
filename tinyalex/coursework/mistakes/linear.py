"""Wrong fully connected layers."""

from __future__ import annotations

from tinyalex import backend
from tinyalex.coursework.mistakes.mistake import Example, another_form, mistake
from tinyalex.layers import Linear

# As many outputs as inputs, so that a forgotten transpose does not change the shape.
EXAMPLE = Example(
    lambda rng: {"in_features": 4, "out_features": 4, "dtype": "float64", "rng": rng},
    shape=(3, 4),
)


@mistake("linear-dw-transposed", of="Linear")
class WeightGradientTransposed(Linear):
    """dW is dyᵀ · x; it should be xᵀ · dy."""

    def backward(self, dy):
        dx = super().backward(dy)
        self.grads["W"] = self.grads["W"].T.copy()
        return dx


@mistake("linear-dw-averaged", of="Linear")
class WeightGradientAveraged(Linear):
    """dW is divided by the batch size, but the loss has already done that."""

    def backward(self, dy):
        dx = super().backward(dy)
        self.grads["W"] = self.grads["W"] / len(dy)
        return dx


@mistake("linear-dw-mean-input", of="Linear")
class WeightGradientFromMeanInput(Linear):
    """dW is the mean of x times the sum of dy; multiply example by example, then sum."""

    def backward(self, dy):
        (x,) = self._memory
        dx = super().backward(dy)
        self.grads["W"] = backend.xp.outer(x.mean(axis=0), dy.sum(axis=0))
        return dx


@mistake("linear-dx-no-transpose", of="Linear")
class InputGradientWithoutTranspose(Linear):
    """dx is dy · W; it should be dy · Wᵀ."""

    def backward(self, dy):
        super().backward(dy)
        return backend.xp.matmul(dy, self.params["W"])


@mistake("linear-db-averaged", of="Linear")
class BiasGradientAveraged(Linear):
    """db is the mean of dy over the batch; it should be the sum."""

    def backward(self, dy):
        dx = super().backward(dy)
        self.grads["b"] = dy.mean(axis=0)
        return dx


@mistake("linear-db-not-summed", of="Linear")
class BiasGradientNotSummed(Linear):
    """db is dy itself, with one row per example; it must be summed over the batch."""

    def backward(self, dy):
        dx = super().backward(dy)
        self.grads["b"] = dy + 0
        return dx


@mistake("linear-db-missing", of="Linear")
class BiasGradientMissing(Linear):
    """db stays zero."""

    def backward(self, dy):
        dx = super().backward(dy)
        self.grads["b"] = backend.xp.zeros_like(self.params["b"])
        return dx


@mistake("linear-accumulates", of="Linear")
class GradientsAccumulate(Linear):
    """backward adds to the gradients of the previous call, as in PyTorch; it should overwrite
    them."""

    def backward(self, dy):
        before = self.grads
        dx = super().backward(dy)
        if before["W"] is not None:
            self.grads["W"] = self.grads["W"] + before["W"]
        return dx


@another_form(of=GradientsAccumulate)
class BiasGradientAccumulates(Linear):
    def backward(self, dy):
        before = self.grads
        dx = super().backward(dy)
        if before["b"] is not None:
            self.grads["b"] = self.grads["b"] + before["b"]
        return dx


@another_form(of=GradientsAccumulate)
class BothAccumulate(Linear):
    def backward(self, dy):
        before = self.grads
        dx = super().backward(dy)
        if before["W"] is not None:
            self.grads = {key: self.grads[key] + before[key] for key in self.grads}
        return dx


@mistake("linear-dw-not-stored", of="Linear")
class GradientNotStored(Linear):
    """backward forgets to store dW in grads."""

    def backward(self, dy):
        dx = super().backward(dy)
        del self.grads["W"]
        return dx


@mistake("linear-updates-weights", of="Linear")
class WeightsUpdatedInBackward(Linear):
    """backward updates the weights, W ← W − 0.01 · dW; that is the optimizer's job."""

    def backward(self, dy):
        dx = super().backward(dy)
        self.params["W"] -= 0.01 * self.grads["W"]
        return dx
