"""A run from first step to last, with everything it prints, draws and saves."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

import numpy as np

from tinyalex import backend
from tinyalex.data import BrokenPicture, Statistics
from tinyalex.figures import draw_contact_sheet, draw_curves, draw_kernels
from tinyalex.figures.optional import optional_picture
from tinyalex.support.progress import progress_bar
from tinyalex.support.text import counted, rounded, shown
from tinyalex.training.assemble import Data
from tinyalex.training.loop import Trainer
from tinyalex.training.run_folder import RunFolder
from tinyalex.training.settings import Settings
from tinyalex.weights.checkpoint import load_checkpoint, save_checkpoint

STEPS_BEFORE_ESTIMATE = 5
SAVE_EVERY_SECONDS = 600
SHOWN_PICTURES = 60
VALIDATION_SHARE = 0.35  # cost of a validation picture relative to a training one: no backward


class Session:
    """Trains in a run folder: shows progress, writes the log, saves, stops cleanly on Ctrl-C.

    started_at: when the program started (time.monotonic), to report the time to the first step.
    """

    def __init__(
        self,
        settings: Settings,
        data: Data,
        statistics: Statistics,
        trainer: Trainer,
        folder: RunFolder,
        started_at: float | None = None,
    ) -> None:
        self.settings, self.data, self.statistics = settings, data, statistics
        self.trainer, self.folder = trainer, folder
        self._first_kernels = self._kernels().copy()  # the initial ones: restore() comes later
        self.interrupted = False
        self.broken = 0
        self._undrawn: set[Path] = set()
        self._saved_at = time.monotonic()
        self._timed: list[tuple[float, int]] = []  # (seconds, pictures) of the first steps
        self._started_at = time.monotonic() if started_at is None else started_at

    def run(self) -> bool:
        """Trains to the last epoch and returns True; False if Ctrl-C stopped it (after saving)."""
        previous = signal.signal(signal.SIGINT, self._interrupt)
        total = self.trainer.epochs * len(self.data.train)
        done = self.trainer.epoch * len(self.data.train) + self.trainer.sums["pictures"]
        self.bar = progress_bar(total=total, initial=done, unit="pic", delay=0)
        try:
            while self.trainer.epoch < self.trainer.epochs:
                if not self._one_epoch():
                    with self._doing("saving"):
                        self.save()
                    return False
            return True
        finally:
            signal.signal(signal.SIGINT, previous)
            self.bar.close()
            self.folder.close()

    def _one_epoch(self) -> bool:
        trainer = self.trainer
        self._describe(f"epoch {trainer.epoch + 1}/{trainer.epochs}")
        if not trainer.train_epoch(self._on_step, stop=lambda: self.interrupted):
            return False
        measures = self._validate()
        if measures is None:
            return False
        self.folder.write("epoch", **measures)
        self.bar.write(
            "epoch {epoch}: train loss {train_loss:.3f}, top-1 {train_top1:.1%}; "
            "validation loss {val_loss:.3f}, top-1 {val_top1:.1%}, top-5 {val_top5:.1%}".format(
                **measures
            )
        )
        best = measures["val_top1"] > trainer.best_top1
        trainer.best_top1 = max(trainer.best_top1, measures["val_top1"])
        with self._doing("saving"):
            self.save()
            if best:
                groups = {"weights": trainer.net.state_dict(), "statistics": self._statistics()}
                save_checkpoint(self.folder.best, groups, {**self._about(), **measures})
        with self._doing("drawing"):
            self.draw()
        return True

    def _validate(self) -> dict | None:
        """The epoch's measures, or None if Ctrl-C stopped it. A terminal shows a second bar."""
        options = {"total": len(self.data.val), "desc": "validating", "unit": "pic"}
        # A second bar needs cursor movement, which would be garbage in a file.
        hidden = not sys.stderr.isatty()
        with progress_bar(**options, leave=False, disable=hidden) as bar:

            def on_batch(batch) -> None:
                bar.update(len(batch.labels))
                self._report_broken(batch, self.trainer.step)

            measures = self.trainer.finish_epoch(lambda: self.interrupted, on_batch)
            bar.refresh()  # show the final count even if validation was quick
            return measures

    @contextmanager
    def _doing(self, what: str) -> Iterator[None]:
        """Shows a slow task next to the epoch."""
        epoch = self.bar.desc.removesuffix(": ")
        self._describe(f"{epoch}, {what}")
        yield
        self._describe(epoch)

    def _describe(self, text: str) -> None:
        """Sets the bar's text: visible at once on a terminal, with the next line in a file."""
        self.bar.set_description(text, refresh=sys.stderr.isatty())

    def _on_step(self, measures: dict, batch) -> None:
        self.folder.write("step", **measures)
        self._report_broken(batch, measures["step"])
        self.bar.set_postfix(
            {"loss": f"{measures['loss']:.3f}", "top-1": f"{measures['top1']:.0%}"}, refresh=False
        )
        self.bar.update(measures["pictures"])
        self._estimate(measures)
        if time.monotonic() - self._saved_at > SAVE_EVERY_SECONDS:
            with self._doing("saving"):
                self.save()

    def _report_broken(self, batch, step: int) -> None:
        for line in batch.broken:
            self.broken += 1
            self.bar.write(f"skipped: {shown(line)}")
            self.folder.write("broken", step=step, message=line)

    def _estimate(self, measures: dict) -> None:
        """Prints once, after the first few steps, how long the rest will take."""
        if len(self._timed) > STEPS_BEFORE_ESTIMATE:
            return
        if not self._timed:
            self.bar.write(f"first step after {time.monotonic() - self._started_at:.0f} s")
        self._timed.append((measures["seconds"], measures["pictures"]))
        if len(self._timed) > STEPS_BEFORE_ESTIMATE:
            timed = self._timed[1:]  # the first step includes compilation
            seconds = sum(time for time, _ in timed) / sum(count for _, count in timed)
            left = self.bar.total - self.bar.n
            epochs_left = self.trainer.epochs - self.trainer.epoch
            left += VALIDATION_SHARE * epochs_left * len(self.data.val)
            rate = rounded(1 / seconds)
            self.bar.write(f"{rate} pictures/s: about {duration(left * seconds)} to go")

    def save(self) -> None:
        """Writes last.npz."""
        groups = {
            "weights": self.trainer.net.state_dict(),
            "velocity": self.trainer.optimizer.state_dict(),
            "statistics": self._statistics(),
        }
        save_checkpoint(
            self.folder.last, groups, {**self._about(), "trainer": self.trainer.state_dict()}
        )
        self._saved_at = time.monotonic()

    def restore(self) -> None:
        """Loads last.npz. Raises ValueError if it belongs to another network."""
        groups, about = load_checkpoint(self.folder.last)
        for what in ("variant", "classes"):
            if about.get(what) != self._about()[what]:
                raise ValueError(
                    f"{self.folder.last} belongs to another network: its {what} "
                    f"({_short(about.get(what))}) {'differs' if what == 'variant' else 'differ'} "
                    f"from this run's ({_short(self._about()[what])})"
                )
        self.trainer.net.load_state_dict(groups["weights"])
        self.trainer.optimizer.load_state_dict(groups["velocity"])
        self.trainer.load_state_dict(about["trainer"])
        self.folder.cut_log(self.trainer.step)

    def draw_pictures(self) -> None:
        """Draws pictures.png: evenly spaced training pictures, which cover all classes."""
        with optional_picture(self.folder.pictures, self._undrawn):
            chosen = np.linspace(0, len(self.data.train) - 1, SHOWN_PICTURES).astype(int)
            pictures = []
            for index in np.unique(chosen).tolist():
                with suppress(BrokenPicture):  # reported when training reaches it
                    pictures.append(self.data.train.load(index))
            draw_contact_sheet(pictures, self.folder.pictures)

    def draw(self) -> None:
        """Draws curves.png, filters.png and filters_change.png."""
        with optional_picture(self.folder.curves, self._undrawn):
            draw_curves(self.folder.read(), len(self.trainer.train_loader), self.folder.curves)
        with optional_picture(self.folder.filters, self._undrawn):
            draw_kernels(self._kernels(), self.folder.filters)
        with optional_picture(self.folder.filters_change, self._undrawn):
            draw_kernels(self._kernels() - self._first_kernels, self.folder.filters_change)

    def _kernels(self) -> np.ndarray:
        return backend.to_numpy(self.trainer.net["conv1"].params["W"])

    def _about(self) -> dict:
        return {
            "variant": self.settings.variant,
            "classes": self.data.classes,
            "data": self.data.record,
        }

    def _statistics(self) -> dict:
        return self.statistics.as_arrays()

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        if self.interrupted:
            raise KeyboardInterrupt  # a second Ctrl-C stops at once
        self.interrupted = True
        self.bar.write("stopping after this step (Ctrl-C again: stop now, without saving)")


def duration(seconds: float) -> str:
    """Seconds as readable text: "40 seconds", "12 minutes", "3.5 hours"."""
    if seconds < 90:
        return counted(max(1, round(seconds)), "second")
    if seconds < 90 * 60:
        return counted(round(seconds / 60), "minute")
    return f"{seconds / 3600:.1f} hours"


def _short(value) -> str:
    text = ", ".join(value) if isinstance(value, list) else str(value)
    return text if len(text) < 60 else text[:57] + "..."
