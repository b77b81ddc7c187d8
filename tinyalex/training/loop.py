"""The training loop."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from tinyalex import backend
from tinyalex.gradcheck.randomness import find_generators
from tinyalex.layers import SoftmaxCrossEntropy
from tinyalex.optim import SGD, Schedule


class Diverged(ValueError):
    """The loss is NaN or infinite."""


class Trainer:
    """Runs epochs over batches and measures them; its exact state can be saved and restored.

    train_loader, val_loader: `epoch(number, start=0)` yields batches with `x`, `labels`, `step`
    and `broken`; `len()` is the number of batches per epoch.
    schedule: the factor of the optimizer's rates: a `Schedule`, or a function of progress.
    Raises ValueError for an object with only some of a schedule's methods.
    """

    def __init__(self, net, optimizer: SGD, schedule, train_loader, val_loader, epochs: int):
        self.net, self.optimizer = net, optimizer
        self.schedule = _as_schedule(schedule)
        self.train_loader, self.val_loader, self.epochs = train_loader, val_loader, epochs
        self.loss = SoftmaxCrossEntropy()
        self.base_lr, self.base_bias_lr = optimizer.lr, optimizer.bias_lr
        self.epoch, self.batch = 0, 0  # the next batch to train on
        self.best_top1 = -1.0
        self.sums = {"loss": 0.0, "correct": 0, "pictures": 0}  # over the epoch so far

    @property
    def step(self) -> int:
        """The number of steps since the start of training."""
        return self.epoch * len(self.train_loader) + self.batch

    @property
    def total_steps(self) -> int:
        return self.epochs * len(self.train_loader)

    def train_epoch(
        self,
        on_step: Callable[[dict, Any], None],
        stop: Callable[[], bool] = lambda: False,
    ) -> bool:
        """Trains from the current batch to the end of the epoch; returns False if `stop` ended it.

        on_step is called with each step's measures and its batch. Raises Diverged if the loss is
        not finite.
        """
        for batch in self.train_loader.epoch(self.epoch, start=self.batch):
            measures = self.train_step(batch)
            on_step(measures, batch)
            if stop():
                return self.batch == len(self.train_loader)
        self.batch = len(self.train_loader)
        return True

    @np.errstate(over="ignore", invalid="ignore")  # non-finite losses are reported below
    def train_step(self, batch) -> dict:
        """One step: forward, backward, update. Returns the step's measures."""
        started = time.perf_counter()
        x, labels = backend.from_numpy(batch.x), backend.from_numpy(batch.labels)
        self._set_rates()
        loss = float(self.loss.forward(self.net.forward(x, training=True), labels))
        if not math.isfinite(loss):
            raise Diverged(
                f"the loss is {loss} at step {self.step + 1} (epoch {self.epoch + 1}): "
                f"training stopped; try a smaller --lr than {self.base_lr:g}"
            )
        self.net.backward(self.loss.backward(), input_gradient=False)
        self.optimizer.step()
        correct = int((self.loss.probabilities.argmax(axis=1) == labels).sum())
        self.batch = batch.step + 1
        self.sums["loss"] += loss * len(batch.labels)
        self.sums["correct"] += correct
        self.sums["pictures"] += len(batch.labels)
        return {
            "step": self.step,
            "epoch": self.epoch + 1,
            "loss": loss,
            "top1": correct / len(batch.labels),
            "lr": self.optimizer.lr,
            "pictures": len(batch.labels),
            "seconds": time.perf_counter() - started,
        }

    def finish_epoch(
        self,
        stop: Callable[[], bool] = lambda: False,
        on_batch: Callable[[Any], None] = lambda batch: None,
    ) -> dict | None:
        """Validates, ends the epoch and returns its measures; None, changing nothing, if stopped.

        on_batch is called with each batch once it is measured. Raises Diverged if the validation
        loss is not finite.
        """
        validation = evaluate(self.net, self.val_loader, stop, on_batch)
        if validation is None:
            return None
        pictures = max(1, self.sums["pictures"])
        measures = {
            "step": self.step,
            "epoch": self.epoch + 1,
            "train_loss": self.sums["loss"] / pictures,
            "train_top1": self.sums["correct"] / pictures,
            **validation,
        }
        if not math.isfinite(measures["val_loss"]):
            raise Diverged(
                f"the validation loss is {measures['val_loss']} after step {self.step}: "
                f"training stopped; try a smaller --lr than {self.base_lr:g}"
            )
        self.schedule.update(1 - measures["val_top1"])
        self.epoch, self.batch = self.epoch + 1, 0
        self.sums = {"loss": 0.0, "correct": 0, "pictures": 0}
        return measures

    def _set_rates(self) -> None:
        factor = self.schedule(self.step / self.total_steps)
        self.optimizer.lr = self.base_lr * factor
        if self.base_bias_lr is not None:
            self.optimizer.bias_lr = self.base_bias_lr * factor

    def state_dict(self) -> dict:
        """The state of training without weights and velocities, JSON-serializable."""
        return {
            "epoch": self.epoch,
            "batch": self.batch,
            "best_top1": self.best_top1,
            "sums": self.sums,
            "schedule": self.schedule.state_dict(),
            "dropout": [rng.bit_generator.state for rng in self._dropout_generators()],
        }

    def load_state_dict(self, state: dict) -> None:
        self.epoch, self.batch = state["epoch"], state["batch"]
        self.best_top1, self.sums = state["best_top1"], dict(state["sums"])
        if schedule := state.get("schedule") or state.get("plateau"):  # its former name
            self.schedule.load_state_dict(schedule)
        for rng, saved in zip(self._dropout_generators(), state["dropout"], strict=True):
            rng.bit_generator.state = saved

    def _dropout_generators(self) -> list[np.random.Generator]:
        """Each generator in the network once: dropout layers may share one."""
        return [g for g in find_generators(self.net) if isinstance(g, np.random.Generator)]


def _as_schedule(schedule) -> Schedule:
    """A function of progress becomes a Schedule. ValueError if some of its methods are missing."""
    methods = ("update", "state_dict", "load_state_dict")
    missing = [name for name in methods if not callable(getattr(schedule, name, None))]
    if not missing:
        return schedule
    if len(missing) < len(methods):
        raise ValueError(
            f"Trainer: the schedule {type(schedule).__name__} has no {' or '.join(missing)}, which "
            "checkpoints need: add it, or derive from Schedule"
        )
    return Schedule(schedule)


def evaluate(
    net,
    loader,
    stop: Callable[[], bool] = lambda: False,
    on_batch: Callable[[Any], None] = lambda batch: None,
) -> dict | None:
    """Mean loss, top-1 and top-5 accuracy over all batches, from each picture's central crop.

    Ties count as errors. Pictures that cannot be read are left out. Returns None if stopped.
    Raises ValueError if no picture can be read.
    """
    loss_function = SoftmaxCrossEntropy()
    loss, top1, top5, pictures = 0.0, 0, 0, 0
    for batch in loader.epoch(0):
        if stop():
            return None
        logits = net.predict(backend.from_numpy(batch.x))
        labels = backend.from_numpy(batch.labels)
        loss += float(loss_function.forward(logits, labels)) * len(batch.labels)
        own = logits[backend.xp.arange(len(batch.labels)), labels]
        # The number of classes that score at least as high as the true one, including it.
        rank = (logits >= own[:, None]).sum(axis=1)
        top1, top5 = top1 + int((rank <= 1).sum()), top5 + int((rank <= 5).sum())
        pictures += len(batch.labels)
        on_batch(batch)
    if pictures == 0:
        raise ValueError("none of the validation pictures could be read")
    return {
        "val_loss": loss / pictures,
        "val_top1": top1 / pictures,
        "val_top5": top5 / pictures,
        "val_pictures": pictures,
    }
