"""Everything that decides a run, as saved in its config.json."""

from __future__ import annotations

import json
import math
import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from tinyalex.support.text_files import read_text
from tinyalex.training.start import layer_rates, layers_named
from tinyalex.weights.weights import LEARNING

PATHS = ("data", "classes", "init")  # kept absolute: a run may go on from another folder


@dataclass
class Settings:
    """The choices behind one training run: two runs with equal settings are equal.

    The fields are the flags of `python -m tinyalex.train`, whose --help explains them.
    """

    data: str | None = None
    subset: int | None = None
    classes: str | None = None
    per_class: int | None = None
    val_fraction: float = 0.1
    variant: str = "paper"
    initialization: str = "he"
    epochs: int = 7
    batch_size: int = 32
    lr: float = 0.005
    bias_lr: float | None = None
    schedule: str = "onecycle"
    momentum: float = 0.9
    weight_decay: float = 5e-4
    dropout: float | None = None
    colour_noise: float = 0.1
    seed: int = 0
    dtype: str = "float32"
    strict: bool = False
    workers: int = 2
    backend: str | None = None
    init: str | None = None
    freeze: str = ""
    reset: str = ""
    layer_lr: tuple[str, ...] = ()

    def check(self) -> None:
        """ValueError, in one line, for a number that makes no sense."""
        for name in PATHS:
            if getattr(self, name) == "":  # a shell's variable that is not set
                raise ValueError(f"--{_flag(name)} is empty: give a path, or leave it out")
        for name in ("epochs", "batch_size", "workers"):
            if getattr(self, name) < 1:
                raise ValueError(f"--{_flag(name)} must be at least 1; got {getattr(self, name)}")
        for name in ("subset", "per_class"):
            if getattr(self, name) is not None and getattr(self, name) < 1:
                raise ValueError(f"--{_flag(name)} must be at least 1; got {getattr(self, name)}")
        for name in ("lr", "bias_lr", "weight_decay", "colour_noise"):
            value = getattr(self, name)
            if value is not None and not (math.isfinite(value) and value >= 0):
                raise ValueError(f"--{_flag(name)} must be a number of at least 0; got {value}")
        for name in ("dropout", "momentum", "val_fraction"):
            if getattr(self, name) is not None and not 0 <= getattr(self, name) < 1:
                raise ValueError(f"--{_flag(name)} must be in [0, 1); got {getattr(self, name)}")
        if self.seed < 0:
            raise ValueError(f"--seed must be at least 0; got {self.seed}")
        if self.reset and not self.init:
            raise ValueError(f"--reset {self.reset} needs --init: without it all layers are new")
        if len([rate for rate in self.rates().values() if rate == 0]) == len(LEARNING):
            raise ValueError(f"--freeze {self.freeze}: all layers are frozen: nothing to train")
        layers_named(self.reset, "--reset")

    def rates(self) -> dict[str, float]:
        """The factors of the learning rate of single layers, 0 for the frozen ones."""
        return layer_rates(self.layer_lr, layers_named(self.freeze, "--freeze"))

    @property
    def dropout_probability(self) -> float:
        """`dropout`, or by the length of training: the paper's .5 from 30 epochs on, less before.

        Dropout "roughly doubles the number of iterations required" (section 4.2): it pays where
        the network would overfit, and a training of a few epochs does not get that far.
        """
        return self.dropout if self.dropout is not None else 0.5 * min(1.0, self.epochs / 30)

    def with_absolute_paths(self) -> Settings:
        """The same with its relative paths completed by the working directory; see `absolute`."""
        given = {name: getattr(self, name) for name in PATHS if getattr(self, name)}
        return replace(self, **{name: str(absolute(path)) for name, path in given.items()})

    def as_json(self) -> str:
        return json.dumps(asdict(self), indent=2) + "\n"

    @classmethod
    def from_json(cls, path: Path) -> Settings:
        """Reads a config.json. ValueError, in one line, if it is none.

        Relative paths, as earlier versions kept them, are taken from the working directory.
        """
        try:
            values = json.loads(read_text(path))
            values["layer_lr"] = tuple(values.get("layer_lr", ()))
            return cls(**values).with_absolute_paths()
        except (OSError, ValueError, TypeError) as error:
            raise ValueError(f"{path} is not a valid run configuration: {error}") from None


def absolute(path: str | Path) -> Path:
    """The path from the root on, without "..": the folder that we are in may go. Links stay."""
    plain, exact = Path(os.path.abspath(path)), Path(path).resolve()
    return plain if plain.resolve() == exact else exact  # LINK/.. need not be where LINK is


def _flag(name: str) -> str:
    return name.replace("_", "-")
