"""LeNet-5's output: how far the features are from each class's picture, and the loss for it."""

from __future__ import annotations

from tinyalex import backend
from tinyalex.kernels.underflow import allow_underflow
from tinyalex.layers.base import Layer
from tinyalex.layers.labels import own_labels


class RBFOutput(Layer):
    """y[n, i] = Σ_j (x[n, j] − centers[i, j])²: the smallest y is the answer.

    x: (N, features). centers: (classes, features), fixed. y: (N, classes).
    Backward: dx[n] = 2 Σ_i dy[n, i] · (x[n] − centers[i]).
    """

    def __init__(self, centers) -> None:
        super().__init__()
        self.centers = backend.from_numpy(centers).copy()

    @allow_underflow
    def forward(self, x, training: bool = False):
        self.check_input(x, channels=self.centers.shape[1], dimensions=2)
        away = x[:, None, :] - self.centers.astype(x.dtype)
        return self.remember((away * away).sum(axis=2), away)

    @allow_underflow
    def backward(self, dy):
        (away,) = self.recall(dy)
        return 2 * (dy[:, :, None] * away).sum(axis=1)

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        return (shape[0], len(self.centers))

    def multiply_adds(self, shape: tuple[int, ...]) -> int:
        return shape[0] * self.centers.size


class RBFLoss:
    """loss = (1/N) Σ_n ( y[n, label_n] + log(e^−j + Σ_i e^−y[n, i]) ), y: (N, classes) distances.

    The first term pulls the right class closer, the second pushes the others away; e^−j stands for
    "none of them" and stops pushing when they are far enough away (LeCun et al. 1998, equation 9,
    where j is a positive constant). `probabilities` are those of the last forward; their sum is
    below 1, and the rest is the probability of "none of them".
    """

    def __init__(self, j: float = 1.0) -> None:
        if not j > 0:
            raise ValueError(f"RBFLoss: j must be positive; got {j}")
        self.j = j
        self.probabilities = None
        self._labels = None

    @allow_underflow
    def forward(self, y, labels):
        """The mean loss, a scalar. y: (N, classes). labels: (N,), ints from 0; a copy is kept.

        ValueError for labels that are not classes."""
        labels = own_labels("RBFLoss", "y", y, labels)
        xp = backend.xp
        nearest = xp.minimum(y.min(axis=1, keepdims=True), self.j)  # exp cannot overflow
        close = xp.exp(nearest - y)
        total = close.sum(axis=1, keepdims=True) + xp.exp(nearest - self.j)
        self.probabilities, self._labels = close / total, labels
        own = y[xp.arange(len(labels)), labels]
        # In this order no term is below 0, and neither is the sum.
        return (own - nearest[:, 0] + xp.log(total)[:, 0]).mean()

    @allow_underflow
    def backward(self):
        """dy = (onehot(labels) − probabilities) / N."""
        if self._labels is None:
            raise ValueError("RBFLoss.backward: call forward(y, labels) first")
        labels, self._labels = self._labels, None
        dy = -self.probabilities
        dy[backend.xp.arange(len(labels)), labels] += 1
        return dy / len(labels)
