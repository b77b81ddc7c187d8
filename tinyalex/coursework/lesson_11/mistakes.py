"""Lesson 11: wrong updates and schedules. Each docstring is what the student reads."""

from __future__ import annotations

from tinyalex import optim
from tinyalex.coursework.mistakes.mistake import another_form, mistake


class _Sgd(optim.SGD):
    """The correct step, in parts that the mistakes can replace."""

    def step(self) -> None:
        gradients = self.net.gradients()
        for name, w in self.moving().items():
            if gradients[name] is None:
                raise ValueError(f"{name} has no gradient yet")
            decay = self.decay_of(name)
            self.move(w, self.velocity[name], gradients[name], self.rate_of(name), decay)

    def rate_of(self, name):
        own = name.endswith(".b") and self.bias_lr is not None
        return (self.bias_lr if own else self.lr) * self.layer_rate(name)

    def decay_of(self, name):
        return 0.0 if name.endswith(".b") else self.weight_decay

    def move(self, w, v, g, lr, decay):
        v[...] = self.momentum * v - lr * decay * w - lr * g
        w += v


@mistake("11-SgdDecaysBiases", of="SGD")
class SgdDecaysBiases(_Sgd):
    """biases decay too; only weights should."""

    def decay_of(self, name):
        return self.weight_decay


@mistake("11-SgdDecayWithoutRate", of="SGD")
class SgdDecayWithoutRate(_Sgd):
    """the decay is λ·w; in section 5 it is ε·λ·w, a hundred times less at ε = .01."""

    def move(self, w, v, g, lr, decay):
        v[...] = self.momentum * v - decay * w - lr * g
        w += v


@mistake("11-SgdNoDecay", of="SGD")
class SgdNoDecay(_Sgd):
    """weight decay is missing."""

    def decay_of(self, name):
        return 0.0


@mistake("11-SgdDecayGrows", of="SGD")
class SgdDecayGrows(_Sgd):
    """the decay has the wrong sign, so weights grow."""

    def move(self, w, v, g, lr, decay):
        v[...] = self.momentum * v + lr * decay * w - lr * g
        w += v


@mistake("11-SgdDecayOutside", of="SGD")
class SgdDecayOutside(_Sgd):
    """the decay is applied to w directly; in section 5 it is part of v, so it has momentum too."""

    def move(self, w, v, g, lr, decay):
        v[...] = self.momentum * v - lr * g
        w += v - lr * decay * w


@mistake("11-SgdRateOutside", of="SGD")
class SgdRateOutside(_Sgd):
    """v is multiplied by the rate only when w moves, as in PyTorch; here the rate belongs in v."""

    def move(self, w, v, g, lr, decay):
        v[...] = self.momentum * v - decay * w - g
        w += lr * v


@mistake("11-SgdNoMomentum", of="SGD")
class SgdNoMomentum(_Sgd):
    """there is no momentum: μ times the last v is missing, or v is not stored in self.velocity."""

    def move(self, w, v, g, lr, decay):
        v[...] = -lr * decay * w - lr * g
        w += v


@mistake("11-SgdAverages", of="SGD")
class SgdAverages(_Sgd):
    """v is an average, μ·v − (1 − μ)·ε·(…); in section 5 the new gradient has full weight."""

    def move(self, w, v, g, lr, decay):
        v[...] = self.momentum * v - (1 - self.momentum) * lr * (decay * w + g)
        w += v


@mistake("11-SgdNesterov", of="SGD")
class SgdNesterov(_Sgd):
    """the step looks ahead, as in Nesterov's form; in section 5 w moves by v itself."""

    def move(self, w, v, g, lr, decay):
        change = lr * (decay * w + g)
        v[...] = self.momentum * v - change
        w += self.momentum * v - change


@mistake("11-SgdClimbs", of="SGD")
class SgdClimbs(_Sgd):
    """the gradient is added, which increases the loss; subtract it."""

    def move(self, w, v, g, lr, decay):
        v[...] = self.momentum * v - lr * decay * w + lr * g
        w += v


@another_form(of=SgdClimbs)
class SgdClimbsWithDecay(_Sgd):
    def move(self, w, v, g, lr, decay):
        v[...] = self.momentum * v + lr * (g + decay * w)
        w += v


@another_form(of=SgdClimbs)
class SgdSubtractsTheStep(_Sgd):
    def move(self, w, v, g, lr, decay):
        v[...] = self.momentum * v - lr * decay * w - lr * g
        w -= v


@mistake("11-SgdOldVelocity", of="SGD")
class SgdOldVelocity(_Sgd):
    """w moves by the old v, before the new gradient is added to it."""

    def move(self, w, v, g, lr, decay):
        old = v.copy()
        v[...] = self.momentum * v - lr * decay * w - lr * g
        w += old


@mistake("11-SgdOneRate", of="SGD")
class SgdOneRate(_Sgd):
    """biases use the weights' rate; they must use bias_lr where it is given."""

    def rate_of(self, name):
        return self.lr * self.layer_rate(name)


@mistake("11-SgdNoLayerRates", of="SGD")
class SgdNoLayerRates(_Sgd):
    """the factors of single layers, self.layer_rate(name), are ignored."""

    def rate_of(self, name):
        return super().rate_of(name) / self.layer_rate(name)


@mistake("11-SgdCopies", of="SGD")
class SgdCopies(_Sgd):
    """the network's arrays never change: w = w + v makes a new array, w += v changes the old."""

    def move(self, w, v, g, lr, decay):
        v[...] = self.momentum * v - lr * decay * w - lr * g
        w = w + v


@mistake("11-SgdChangesGradients", of="SGD")
class SgdChangesGradients(_Sgd):
    """the decay is added to the gradient array itself, which belongs to the layer: use g + λ·w."""

    def move(self, w, v, g, lr, decay):
        g += decay * w
        v[...] = self.momentum * v - lr * g
        w += v


@mistake("11-PlateauLast", of="Plateau")
class PlateauLast(optim.Plateau):
    """the error is compared with the last epoch's; compare it with the lowest so far."""

    def update(self, error: float) -> None:
        last, self.last = getattr(self, "last", float("inf")), error
        self.best = last
        super().update(error)


@mistake("11-PlateauTies", of="Plateau")
class PlateauTies(optim.Plateau):
    """an equal error counts as progress; only a lower one does."""

    def update(self, error: float) -> None:
        if error == self.best:
            self.waited = 0
            return
        super().update(error)


@mistake("11-PlateauNeverResets", of="Plateau")
class PlateauNeverResets(optim.Plateau):
    """all epochs without progress are counted; a new lowest error must reset the count."""

    def update(self, error: float) -> None:
        waited = self.waited
        better = error < self.best
        super().update(error)
        if better:
            self.waited = waited


@mistake("11-PlateauDropsOn", of="Plateau")
class PlateauDropsOn(optim.Plateau):
    """the count is not reset after a drop, so the new rate gets one epoch instead of `patience`."""

    def update(self, error: float) -> None:
        drops = self.drops
        super().update(error)
        if self.drops > drops:
            self.waited = self.patience


@mistake("11-PlateauEndless", of="Plateau")
class PlateauEndless(optim.Plateau):
    """the rate drops without limit; `most` is the largest number of drops."""

    def update(self, error: float) -> None:
        self.most = float("inf")
        super().update(error)


@mistake("11-PlateauOneLater", of="Plateau")
class PlateauOneLater(optim.Plateau):
    """the drop comes one epoch too late: use waited >= patience, not >."""

    def update(self, error: float) -> None:
        self.patience += 1
        super().update(error)
        self.patience -= 1


@mistake("11-PlateauHighest", of="Plateau")
class PlateauHighest(optim.Plateau):
    """a higher error counts as progress; lower is better."""

    def update(self, error: float) -> None:
        super().update(-error)


@mistake("11-PlateauForgetsBest", of="Plateau")
class PlateauForgetsBest(optim.Plateau):
    """the new lowest error is never stored, so every epoch looks like progress."""

    def update(self, error: float) -> None:
        super().update(error)
        self.best = float("inf")
