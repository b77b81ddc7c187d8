"""Wrong layers that are right for the usual dy, x and memory order only."""

import numpy as np
from gradcheck_cases import Affine, Case, Elementwise, Square, vectors


class Upstream(Square):
    """Square, or Affine, with dy passed through `change` first."""

    def __init__(self, change):
        self.change = change

    def backward(self, dy):
        return super().backward(self.change(dy))


class UpstreamAffine(Affine):
    def __init__(self, rng, change):
        super().__init__(rng)
        self.change = change

    def backward(self, dy):
        return super().backward(self.change(dy))


def clipped(limit):
    return lambda dy: np.clip(dy, -limit, limit)


def dropped(limit):
    return lambda dy: np.where(np.abs(dy) < limit, 0, dy)


def divided(dy):
    with np.errstate(all="ignore"):
        return dy * dy / dy


def shortened(dy):
    """Clipped to a norm of 100."""
    return dy * min(1.0, 100 / max(np.linalg.norm(dy), 1e-12))


def in_memory_order(array):
    return array.ravel(order="K").reshape(array.shape)


class RavelsDy(Square):
    def backward(self, dy):
        return super().backward(in_memory_order(dy))


class RavelsX(Affine):
    def forward(self, x, training=False):
        return super().forward(in_memory_order(x))


class KeepsInMemoryOrder(Square):
    def forward(self, x, training=False):
        self.x = in_memory_order(x)
        return x**2


class DxInMemoryOrder(Square):
    """Writes dx through a flat view of something that is like dy."""

    def backward(self, dy):
        dx = np.empty_like(dy)
        dx.ravel(order="K")[:] = (2 * self.x * dy).ravel()
        return dx


class GradientFromMemory(Affine):
    def backward(self, dy):
        dx = super().backward(dy)
        self.grads["W"] = self.x.T @ in_memory_order(dy)
        return dx


class Limited(Elementwise):
    """min(max(x, −limit), limit) without the limit in backward."""

    def __init__(self, limit):
        super().__init__(lambda x: np.clip(x, -limit, limit), np.ones_like)


class LimitedBelow(Elementwise):
    def __init__(self, limit):
        super().__init__(lambda x: np.minimum(np.maximum(x, 0), limit), lambda x: x > 0)


class LargeSoftplus(Elementwise):
    """log(1 + eˣ), which is x where x > 20; its slope there is given as 0."""

    def __init__(self):
        super().__init__(
            lambda x: np.where(x > 20, x, np.log1p(np.exp(np.minimum(x, 20)))),
            lambda x: np.where(x > 20, 0, 1 / (1 + np.exp(-np.minimum(x, 20)))),
        )


WRONG_UPSTREAM = {
    **{
        f"dy clipped at {limit}": lambda rng, limit=limit: Case(
            Upstream(clipped(limit)), vectors(rng)
        )
        for limit in (2, 5, 100, 1e4)
    },
    **{
        f"dy below {limit} dropped": lambda rng, limit=limit: Case(
            Upstream(dropped(limit)), vectors(rng)
        )
        for limit in (0.4, 1e-3, 1e-8)
    },
    "dy clipped in Linear": lambda rng: Case(UpstreamAffine(rng, clipped(10)), vectors(rng)),
    "dy dropped in Linear": lambda rng: Case(UpstreamAffine(rng, dropped(1e-3)), vectors(rng)),
    "dy's norm clipped": lambda rng: Case(Upstream(shortened), vectors(rng)),
    "dy of the smallest relative size dropped": lambda rng: Case(
        Upstream(lambda dy: np.where(np.abs(dy) < 1e-3 * np.abs(dy).max(), 0, dy)), vectors(rng)
    ),
    "divided by dy": lambda rng: Case(Upstream(divided), vectors(rng)),
    "zeros in dy replaced": lambda rng: Case(
        UpstreamAffine(rng, lambda dy: np.where(dy == 0, 1.0, dy)), vectors(rng)
    ),
    "dy with a small constant": lambda rng: Case(Upstream(lambda dy: dy + 1e-12), vectors(rng)),
    "dy in memory order": lambda rng: Case(RavelsDy(), vectors(rng)),
    "dy of pictures in memory order": lambda rng: Case(RavelsDy(), vectors(rng, (2, 3, 4, 2))),
    "x in memory order": lambda rng: Case(RavelsX(rng), vectors(rng)),
    "x kept in memory order": lambda rng: Case(KeepsInMemoryOrder(), vectors(rng)),
    "dx in memory order": lambda rng: Case(DxInMemoryOrder(), vectors(rng)),
    "dW in memory order": lambda rng: Case(GradientFromMemory(rng), vectors(rng)),
    **{
        f"limit of {limit} forgotten": lambda rng, limit=limit: Case(Limited(limit), vectors(rng))
        for limit in (2.5, 6, 20)
    },
    "ReLU6 without its 6": lambda rng: Case(LimitedBelow(6), vectors(rng)),
    "softplus beyond 20": lambda rng: Case(LargeSoftplus(), vectors(rng)),
}
