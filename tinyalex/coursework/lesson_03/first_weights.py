"""How the size of a signal changes from layer to layer of a deep stack, by the rule of its weights.

python -m tinyalex.coursework.lesson_03.first_weights prints the lesson's table.
"""

from __future__ import annotations

import numpy as np

from tinyalex.layers import Linear, ReLU, Tanh

WIDTH, DEPTH, EXAMPLES = 512, 20, 256
RULES = {
    "σ² = 1/n": (1 / WIDTH) ** 0.5,
    "σ² = 2/n": (2 / WIDTH) ** 0.5,
    "σ = 0.01": 0.01,
}
ACTIVATIONS = {"ReLU": ReLU, "tanh": Tanh}


def stack(sigma: float, activation: type, rng: np.random.Generator) -> list:
    """DEPTH fully connected layers of WIDTH units, each with its activation."""
    layers = []
    for _ in range(DEPTH):
        layers += [Linear(WIDTH, WIDTH, weight_init=sigma, rng=rng, dtype="float64"), activation()]
    return layers


def sizes(sigma: float, activation: type, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Root mean square of each layer's output, and of the gradient that reaches its input.

    Random inputs and random gradients at the end, both of size 1.
    """
    rng = np.random.default_rng(seed)
    layers = stack(sigma, activation, rng)
    x, outputs = rng.normal(size=(EXAMPLES, WIDTH)), []
    for number, layer in enumerate(layers):
        x = layer.forward(x)
        if number % 2:
            outputs.append(_size(x))
    dy, gradients = rng.normal(size=x.shape), []
    for number, layer in reversed(list(enumerate(layers))):
        dy = layer.backward(dy)
        if number % 2 == 0:
            gradients.append(_size(dy))
    return np.array(outputs), np.array(gradients[::-1])


def _size(array: np.ndarray) -> float:
    return float(np.sqrt(np.mean(array**2)))


def main() -> None:
    for name, activation in ACTIVATIONS.items():
        for rule, sigma in RULES.items():
            outputs, gradients = sizes(sigma, activation)
            shown = "  ".join(f"{outputs[layer - 1]:8.2g}" for layer in (1, 5, 10, 20))
            print(f"{name}  {rule}  {shown}  gradient at the input {gradients[0]:8.2g}")


if __name__ == "__main__":
    main()
