"""All settings of a run, as saved in its config.json."""

from __future__ import annotations

import json
import math
import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from tinyalex.support.text_files import read_text
from tinyalex.training.start import layer_rates, layers_named
from tinyalex.weights.weights import LEARNING

PATHS = ("data", "classes", "init")  # kept absolute: a run may be resumed from another folder


@dataclass
class Settings:
    """The settings of one training run: equal settings give equal runs.

    The fields are the flags of `python -m tinyalex.train`; its --help explains them.
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
        """Raises ValueError for a value out of range or flags that contradict each other."""
        for name in PATHS:
            if getattr(self, name) == "":  # an unset shell variable
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
            raise ValueError(f"--reset {self.reset} needs --init: without it, all layers are new")
        if len([rate for rate in self.rates().values() if rate == 0]) == len(LEARNING):
            raise ValueError(f"--freeze {self.freeze}: all layers are frozen, nothing to train")
        layers_named(self.reset, "--reset")

    def rates(self) -> dict[str, float]:
        """Learning-rate factors by layer name, 0 for frozen layers."""
        return layer_rates(self.layer_lr, layers_named(self.freeze, "--freeze"))

    @property
    def dropout_probability(self) -> float:
        """`dropout` if given, else 0.5 · min(1, epochs / 30): the paper's .5 from 30 epochs on.

        Dropout "roughly doubles the number of iterations required" (section 4.2). It pays off when
        the network would overfit, which does not happen within a few epochs.
        """
        return self.dropout if self.dropout is not None else 0.5 * min(1.0, self.epochs / 30)

    def with_absolute_paths(self) -> Settings:
        """The same settings with absolute paths; see `absolute`."""
        given = {name: getattr(self, name) for name in PATHS if getattr(self, name)}
        return replace(self, **{name: str(absolute(path)) for name, path in given.items()})

    def as_json(self) -> str:
        return json.dumps(asdict(self), indent=2) + "\n"

    @classmethod
    def from_json(cls, path: Path) -> Settings:
        """Reads a config.json. Raises ValueError if it is invalid.

        Relative paths, which earlier versions saved, are resolved against the working directory.
        """
        try:
            values = json.loads(read_text(path))
            values["layer_lr"] = tuple(values.get("layer_lr", ()))
            return cls(**values).with_absolute_paths()
        except (OSError, ValueError, TypeError) as error:
            raise ValueError(f"{path} is not a valid run configuration: {error}") from None


def absolute(path: str | Path) -> Path:
    """The absolute path without "..", independent of the working directory. Symbolic links are
    kept, except where removing ".." would change the target (LINK/.. is not LINK's folder)."""
    plain, exact = Path(os.path.abspath(path)), Path(path).resolve()
    return plain if plain.resolve() == exact else exact


def _flag(name: str) -> str:
    return name.replace("_", "-")
