"""Lesson 11: wrong updates and schedules, each with one mistake, which its docstring tells."""

from __future__ import annotations

from tinyalex import optim
from tinyalex.coursework.mistakes.mistake import mistake


class _Sgd(optim.SGD):
    """The right step, with its parts to be replaced one at a time."""

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
    """it lets biases decay too; only weights do."""

    def decay_of(self, name):
        return self.weight_decay


@mistake("11-SgdDecayWithoutRate", of="SGD")
class SgdDecayWithoutRate(_Sgd):
    """it takes λ·w off; section 5 takes ε·λ·w off, a hundred times less at ε = .01."""

    def move(self, w, v, g, lr, decay):
        v[...] = self.momentum * v - decay * w - lr * g
        w += v


@mistake("11-SgdNoDecay", of="SGD")
class SgdNoDecay(_Sgd):
    """it has no weight decay."""

    def decay_of(self, name):
        return 0.0


@mistake("11-SgdDecayGrows", of="SGD")
class SgdDecayGrows(_Sgd):
    """the decay has the wrong sign: it lets weights grow."""

    def move(self, w, v, g, lr, decay):
        v[...] = self.momentum * v + lr * decay * w - lr * g
        w += v


@mistake("11-SgdDecayOutside", of="SGD")
class SgdDecayOutside(_Sgd):
    """it takes the decay from w and not into v: section 5's decay has momentum too."""

    def move(self, w, v, g, lr, decay):
        v[...] = self.momentum * v - lr * g
        w += v - lr * decay * w


@mistake("11-SgdRateOutside", of="SGD")
class SgdRateOutside(_Sgd):
    """it multiplies by the rate outside of v, as PyTorch does; v must keep each step's own rate."""

    def move(self, w, v, g, lr, decay):
        v[...] = self.momentum * v - decay * w - g
        w += lr * v


@mistake("11-SgdNoMomentum", of="SGD")
class SgdNoMomentum(_Sgd):
    """it has no momentum: μ times the last v is missing, or v is not kept in self.velocity."""

    def move(self, w, v, g, lr, decay):
        v[...] = -lr * decay * w - lr * g
        w += v


@mistake("11-SgdAverages", of="SGD")
class SgdAverages(_Sgd):
    """it averages, v ← μ·v − (1 − μ)·ε·(…); in section 5 the new gradient has its whole weight."""

    def move(self, w, v, g, lr, decay):
        v[...] = self.momentum * v - (1 - self.momentum) * lr * (decay * w + g)
        w += v


@mistake("11-SgdNesterov", of="SGD")
class SgdNesterov(_Sgd):
    """it looks ahead (Nesterov's form); section 5 moves by v itself."""

    def move(self, w, v, g, lr, decay):
        change = lr * (decay * w + g)
        v[...] = self.momentum * v - change
        w += self.momentum * v - change


@mistake("11-SgdClimbs", of="SGD")
class SgdClimbs(_Sgd):
    """it adds the gradient and so climbs: the loss falls against it."""

    def move(self, w, v, g, lr, decay):
        v[...] = self.momentum * v - lr * decay * w + lr * g
        w += v


@mistake("11-SgdOldVelocity", of="SGD")
class SgdOldVelocity(_Sgd):
    """it moves w by the old v, before v has seen the new gradient."""

    def move(self, w, v, g, lr, decay):
        old = v.copy()
        v[...] = self.momentum * v - lr * decay * w - lr * g
        w += old


@mistake("11-SgdOneRate", of="SGD")
class SgdOneRate(_Sgd):
    """it gives biases the weights' rate, though they have one of their own (bias_lr)."""

    def rate_of(self, name):
        return self.lr * self.layer_rate(name)


@mistake("11-SgdNoLayerRates", of="SGD")
class SgdNoLayerRates(_Sgd):
    """it leaves the factors of single layers out (self.layer_rate(name))."""

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
    """it adds the decay to the gradient's own array, which belongs to the layer: use g + λ·w."""

    def move(self, w, v, g, lr, decay):
        g += decay * w
        v[...] = self.momentum * v - lr * g
        w += v


@mistake("11-PlateauLast", of="Plateau")
class PlateauLast(optim.Plateau):
    """it compares with the last epoch's error; it is the lowest so far that must be beaten."""

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
    """it counts all epochs without progress; a new lowest error starts the count again."""

    def update(self, error: float) -> None:
        waited = self.waited
        better = error < self.best
        super().update(error)
        if better:
            self.waited = waited


@mistake("11-PlateauDropsOn", of="Plateau")
class PlateauDropsOn(optim.Plateau):
    """after a drop it does not wait again: the new rate gets one epoch instead of `patience`."""

    def update(self, error: float) -> None:
        drops = self.drops
        super().update(error)
        if self.drops > drops:
            self.waited = self.patience


@mistake("11-PlateauEndless", of="Plateau")
class PlateauEndless(optim.Plateau):
    """it drops without end; `most` is how often it may."""

    def update(self, error: float) -> None:
        self.most = float("inf")
        super().update(error)


@mistake("11-PlateauOneLater", of="Plateau")
class PlateauOneLater(optim.Plateau):
    """it waits one epoch too long: waited >= patience, not >."""

    def update(self, error: float) -> None:
        self.patience += 1
        super().update(error)
        self.patience -= 1


@mistake("11-PlateauHighest", of="Plateau")
class PlateauHighest(optim.Plateau):
    """it looks for the highest number; an error is good when it is low."""

    def update(self, error: float) -> None:
        super().update(-error)


@mistake("11-PlateauForgetsBest", of="Plateau")
class PlateauForgetsBest(optim.Plateau):
    """it never notes the new lowest error, so that every epoch looks like progress."""

    def update(self, error: float) -> None:
        super().update(error)
        self.best = float("inf")
