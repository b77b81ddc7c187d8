"""The memory of a training step, as lesson 15 gives it.

python -m tinyalex.coursework.lesson_15.memory 128 prints it for a batch of 128. One batch size per
process: the library keeps its workspaces, so a second one would be measured too low.
"""

from __future__ import annotations

import tracemalloc

import numpy as np

from tinyalex.layers import SoftmaxCrossEntropy
from tinyalex.models import alexnet
from tinyalex.optim import SGD
from tinyalex.support.commands import Parser, run_command


def peak_bytes(batch: int, steps: int = 2) -> int:
    """The most that NumPy's arrays take together during `steps` steps of the `paper` network."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(batch, 224, 224, 3)).astype("float32")
    labels = rng.integers(0, 1000, batch)
    tracemalloc.start()
    net, loss = alexnet(rng=rng), SoftmaxCrossEntropy()
    optimizer = SGD(net, lr=0.01)
    for _ in range(steps):
        loss.forward(net.forward(x, training=True), labels)
        net.backward(loss.backward(), input_gradient=False)
        optimizer.step()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak + x.nbytes


def main(argv: list[str] | None = None) -> int:
    parser = Parser(prog="python -m tinyalex.coursework.lesson_15.memory", description=__doc__)
    parser.add_argument("batch", type=int, nargs="?", default=128, help="pictures per step (128)")
    batch = parser.parse_args(argv).batch
    if batch < 1:
        raise ValueError(f"the batch must be at least 1; got {batch}")
    print(f"batch {batch:3}  {peak_bytes(batch) / 1e9:.2f} GB")
    return 0


if __name__ == "__main__":
    run_command(main)
