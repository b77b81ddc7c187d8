"""python -m tinyalex.coursework.lesson_11.differences: what is left of a picture, layer by layer.

At the first weights, before any training: the size (root mean square) of each layer's output after
its ReLU, and its *deviation between pictures* (over the pictures, root mean square over the units).
Only by the second can the layers above tell one picture from another. Lesson 11 quotes the table.
"""

from __future__ import annotations

import numpy as np

from tinyalex.data.builtin import CLASS_NAMES, draw_picture
from tinyalex.layers import SoftmaxCrossEntropy
from tinyalex.models import alexnet

LEARNS = ("conv", "fc")
FIRST_WEIGHTS = {
    "paper: σ .01 everywhere, five biases 1": {"variant": "paper"},
    "2012 code: σ .03 in conv3 to conv5": {"variant": "original"},
    "Caffe: biases .1, σ .005 in fc6 and fc7": {"variant": "caffe"},
    "He, biases 0, input of variance 1": {"variant": "paper", "initialization": "he"},
}


def some_pictures(count: int = 32) -> np.ndarray:
    """Built-in pictures (count, 227, 227, 3), each of another class; grey levels less their mean.

    count: at least 2.
    """
    classes = np.arange(count) * len(CLASS_NAMES) // count
    drawn = np.array([draw_picture(int(number), 0)[:227, :227] for number in classes], "float32")
    return drawn - drawn.mean(axis=(0, 1, 2))


def size(x: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(x, dtype=np.float64))))


def between(x: np.ndarray) -> float:
    """The deviation over the pictures, root mean square over all other axes."""
    return float(np.sqrt(np.mean(x.var(axis=0, dtype=np.float64))))


def passed(net, x: np.ndarray) -> dict[str, tuple[float, float, float]]:
    """For each layer with weights: its output's size and deviation, after its ReLU if it has one,
    and how many times smaller than its input's the deviation is."""
    found, before, name = {}, between(x), ""
    for layer_name, layer in net:
        if layer_name.startswith(LEARNS):
            name, before = layer_name, between(x)
        x = layer.forward(x)
        if layer_name.startswith(("relu", "fc8")):
            found[name] = size(x), between(x), before / between(x)
    return found


def first_loss(logits: np.ndarray) -> float:
    """The loss, averaged over all labels that a picture might have."""
    C = logits.shape[1]
    repeated = np.repeat(logits, C, axis=0).astype(float)
    return float(SoftmaxCrossEntropy().forward(repeated, np.tile(np.arange(C), len(logits))))


def main() -> None:
    pictures = some_pictures()
    for words, settings in FIRST_WEIGHTS.items():
        net = alexnet(**settings, rng=np.random.default_rng(0))
        x = pictures / pictures.std() if "initialization" in settings else pictures
        x = x if settings["variant"] == "caffe" else x[:, :224, :224]
        print(f"\n{words}\nlayer      size   between   falls")
        for name, (rms, differs, fall) in passed(net, x).items():
            print(f"{name:6} {rms:8.3f} {differs:9.4f} {fall:7.2f}")
        logits = net.forward(x)
        half = float(logits.var(axis=1).mean()) / 2
        print(f"first loss {first_loss(logits):.3f}, ln(1000) + {half:.3f}", end=" ")
        print(f"= {np.log(1000) + half:.3f}")


if __name__ == "__main__":
    main()
