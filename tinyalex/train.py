"""python -m tinyalex.train: trains AlexNet on a folder of pictures or on the built-in ones."""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

from tinyalex.kernels.compile import start_compiling
from tinyalex.models import VARIANTS
from tinyalex.optim import SCHEDULES
from tinyalex.support.commands import Parser, run_command
from tinyalex.support.text import counted, say
from tinyalex.training.resume import resumed_settings
from tinyalex.training.settings import Settings

DESCRIPTION = """\
Trains AlexNet. Without --data, it first draws 100 classes of built-in pictures (no download).

  python -m tinyalex.train --subset 100
  python -m tinyalex.train --data imagenet --subset 10 --per-class 500
  python -m tinyalex.train --resume runs/paper-1
  python -m tinyalex.train --resume runs/paper-1 --data /new/place/of/imagenet
  python -m tinyalex.train --data pets --init alexnet.npz --freeze conv1-conv5 --reset fc8
"""
DATA_HELP = """ImageNet-style folder: DIR/train/<class>/* and DIR/val/<class>/* (or ILSVRC2012's
flat val with its label file), or DIR/<class>/*, some of which are held out for validation;
default: the built-in pictures"""
CLASSES_HELP = "text file with the classes to train on, one per line; the run keeps a copy"
LAYER_LR_HELP = "multiply the learning rate of some layers, such as fc8=10 conv1-conv5=0.1"
DROPOUT_HELP = "dropout probability in fc6 and fc7 (default: 0.5 for 30 epochs or more, else less)"
INITIALIZATION_HELP = """he: the loss falls from the first step; source: as published for the
variant; with the paper's, the loss stays at ln(classes) for a long time"""
OWN_LAYERS_HELP = """train with your own layers from DIR/NN_*/exercise.py, those that pass their
check (DIR: lessons); repeat it with --resume"""
RESUME_HELP = """resume the run in this folder; may be combined with --data and --classes (if they
have moved; the pictures must be the same), --workers and --backend"""


def parser() -> argparse.ArgumentParser:
    """The flags. Help shows the defaults of Settings; the result holds only the flags given."""
    result = Parser(prog="python -m tinyalex.train", description=DESCRIPTION)
    flags = result.add_argument_group("what to train on")
    add = _adder(flags)
    add("data", metavar="DIR", help=DATA_HELP)
    add("subset", type=int, metavar="N", help="use only the first N classes by name; default: all")
    add("classes", metavar="FILE", help=CLASSES_HELP)
    add(
        "per_class",
        type=int,
        metavar="M",
        help="at most M pictures per class for training, and M for validation",
    )
    add("val_fraction", type=float, help="share held out if there is no validation folder")
    add("strict", action="store_true", help="decode all pictures first and stop at a broken one")
    add = _adder(result.add_argument_group("the network"))
    add(
        "variant",
        choices=list(VARIANTS),
        help="which AlexNet; python -m tinyalex.summary prints its layers",
    )
    add("initialization", choices=["he", "source"], help=INITIALIZATION_HELP)
    add("dropout", type=float, metavar="P", help=DROPOUT_HELP)
    add("dtype", choices=["float32", "float64"], help="number type of weights and maps")
    add = _adder(result.add_argument_group("the recipe"))
    add("epochs", type=int, help="passes over the training pictures")
    add("batch_size", type=int, help="pictures per step")
    add("lr", type=float, help="highest learning rate")
    add("bias_lr", type=float, help="highest learning rate of the biases; default: --lr")
    schedule = "learning-rate schedule; plateau is the paper's"
    add("schedule", choices=list(SCHEDULES), help=schedule)
    add("momentum", type=float, help="momentum of section 5")
    add("weight_decay", type=float, help="weight decay of section 5")
    add("colour_noise", type=float, help="σ of the colour noise of section 4.1; 0: none")
    add("seed", type=int, help="for the initial weights, order, augmentation and dropout")
    add = _adder(result.add_argument_group("execution"))
    add("workers", type=int, help="threads that decode pictures ahead")
    add("backend", choices=["numba", "numpy", "cupy"], help="default: TINYALEX_BACKEND or numba")
    add = _adder(result.add_argument_group("starting from trained weights"))
    add("init", metavar="WEIGHTS", help="a run's folder or a file from tinyalex.convert")
    add("freeze", metavar="LAYERS", help="layers not to train, such as conv1-conv5 or conv1,conv2")
    add("reset", metavar="LAYERS", help="layers to reinitialize, such as fc8 for other classes")
    add("layer_lr", nargs="+", metavar="LAYERS=FACTOR", help=LAYER_LR_HELP)
    course = result.add_argument_group("the course")
    course.add_argument("--own-layers", nargs="?", const="", metavar="DIR", help=OWN_LAYERS_HELP)
    run = result.add_argument_group("output and resuming")
    run.add_argument("--out", metavar="DIR", help="parent folder of the runs (runs)")
    run.add_argument("--name", help="name of the run's folder (default: the variant and a number)")
    run.add_argument("--resume", metavar="RUN", help=RESUME_HELP)
    return result


def _adder(group):
    """add_argument for a field of Settings: absent unless given; the help shows its default."""

    def add(name: str, help: str = "", **options) -> None:
        default = getattr(Settings, name)
        hidden = default is None or default is False or default in ("", ())
        text = help if hidden else f"{help} ({default})".strip()
        flag = "--" + name.replace("_", "-")
        group.add_argument(
            flag, dest=name, default=argparse.SUPPRESS, help=text.replace("%", "%%"), **options
        )

    return add


def settings_from(arguments: argparse.Namespace) -> Settings:
    """The settings of a new run, or of the run to resume. Raises ValueError for flags that
    contradict it."""
    given = {
        name: value
        for name, value in vars(arguments).items()
        if name not in ("out", "name", "resume", "own_layers")
    }
    if "layer_lr" in given:
        given["layer_lr"] = tuple(given["layer_lr"])
    if arguments.resume is None:
        settings = Settings(**given)
        settings.check()
        return settings.with_absolute_paths()
    if not arguments.resume:  # an unset shell variable
        raise ValueError("--resume is empty: give a run's folder, or leave it out")
    for name in ("out", "name"):
        if getattr(arguments, name) is not None:
            raise ValueError(
                f"--{name} cannot be combined with --resume: the run continues in "
                f"{arguments.resume}; leave it out"
            )
    return resumed_settings(Path(arguments.resume), given)


def main(argv: list[str] | None = None) -> int:
    started_at = time.monotonic()
    arguments = parser().parse_args(argv)
    settings = settings_from(arguments)
    if arguments.own_layers and not Path(arguments.own_layers).is_dir():
        raise ValueError(f"--own-layers {arguments.own_layers}: no such folder")
    compiling = None
    try:
        if (settings.backend or os.environ.get("TINYALEX_BACKEND", "numba")) == "numba":
            compiling = start_compiling(settings.dtype)
        session = _session(arguments, settings, started_at)
        if arguments.own_layers is not None:
            from tinyalex.coursework.engine.lessons import FOLDER
            from tinyalex.coursework.engine.own_layers import swap_in

            say(*swap_in(session.trainer.net, Path(arguments.own_layers or FOLDER)))
        from tinyalex.training.plan import plan

        print(plan(session), flush=True)
        if compiling is not None:
            compiling.wait()
    finally:
        if compiling is not None:
            compiling.kill()  # still running only after an error
    finished = session.run()
    folder = session.folder.path
    if session.broken:
        print(f"skipped {counted(session.broken, 'broken picture')}, listed above and in the log")
    if finished:
        say(f"best validation top-1 {session.trainer.best_top1:.1%}; results are in {folder}")
        return 0
    say(f"saved; resume with: python -m tinyalex.train --resume {folder}")
    return 130


def _session(arguments: argparse.Namespace, settings: Settings, started_at: float):
    """The run, ready to start or resume."""
    # A slow import (about a second): --help and wrong flags need not wait for it.
    from tinyalex.training.begin import new_session, resumed_session

    if arguments.resume:
        run, new_class_file = Path(arguments.resume), "classes" in arguments
        return resumed_session(settings, run, new_class_file, say, started_at)
    parent = Path(arguments.out or "runs")
    return new_session(settings, vars(arguments), parent, arguments.name, say, started_at)


if __name__ == "__main__":
    run_command(main)
