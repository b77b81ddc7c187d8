"""python -m tinyalex.train: trains AlexNet on a folder of pictures, or on the built-in ones."""

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
Trains AlexNet. Without --data it draws 100 classes of built-in pictures first (no download).

  python -m tinyalex.train --subset 100
  python -m tinyalex.train --data imagenet --subset 10 --per-class 500
  python -m tinyalex.train --resume runs/paper-1
  python -m tinyalex.train --resume runs/paper-1 --data /new/place/of/imagenet
  python -m tinyalex.train --data pets --init alexnet.npz --freeze conv1-conv5 --reset fc8
"""
DATA_HELP = """ImageNet-style folder: DIR/train/<class>/* and DIR/val/<class>/* (or the flat val of
ILSVRC2012 with its label file), or DIR/<class>/*, of which a part is held out; default: the
built-in pictures"""
CLASSES_HELP = "the classes named in a text file, one a line; the run keeps a copy"
LAYER_LR_HELP = "learning rate of single layers by a factor, such as fc8=10 conv1-conv5=0.1"
DROPOUT_HELP = "probability of dropping in fc6 and fc7 (.5 from 30 epochs on, less before)"
INITIALIZATION_HELP = """he: learns from the first step; source: as the variant was published, of
which the paper's own waits long at loss ln(classes)"""
OWN_LAYERS_HELP = """train with the layers written in DIR/NN_*/exercise.py that pass their check
(DIR: lessons); give it again with --resume"""
RESUME_HELP = """go on with the run in this folder; of the other flags it takes --data and --classes
(where they are now, if moved: the pictures must be the same), --workers and --backend"""


def parser() -> argparse.ArgumentParser:
    """The flags. Those of Settings show its defaults; only the given ones are in the result."""
    result = Parser(prog="python -m tinyalex.train", description=DESCRIPTION)
    flags = result.add_argument_group("what to train on")
    add = _adder(flags)
    add("data", metavar="DIR", help=DATA_HELP)
    add("subset", type=int, metavar="N", help="the first N classes by name; default: all")
    add("classes", metavar="FILE", help=CLASSES_HELP)
    add(
        "per_class",
        type=int,
        metavar="M",
        help="at most M pictures of each class to train on, and to validate on",
    )
    add("val_fraction", type=float, help="held out where there is no validation folder")
    add("strict", action="store_true", help="decode every picture first; stop at a broken one")
    add = _adder(result.add_argument_group("the network"))
    add(
        "variant",
        choices=list(VARIANTS),
        help="which AlexNet; python -m tinyalex.summary shows them",
    )
    add("initialization", choices=["he", "source"], help=INITIALIZATION_HELP)
    add("dropout", type=float, metavar="P", help=DROPOUT_HELP)
    add("dtype", choices=["float32", "float64"])
    add = _adder(result.add_argument_group("the recipe"))
    add("epochs", type=int)
    add("batch_size", type=int)
    add("lr", type=float, help="learning rate at its highest")
    add("bias_lr", type=float, help="learning rate of the biases, if another")
    add("schedule", choices=list(SCHEDULES), help="of the learning rate; plateau is the paper's")
    add("momentum", type=float)
    add("weight_decay", type=float)
    add("colour_noise", type=float, help="σ of the colour noise of section 4.1; 0 for none")
    add("seed", type=int, help="of first weights, order, augmentation and dropout")
    add = _adder(result.add_argument_group("how"))
    add("workers", type=int, help="threads that decode pictures ahead")
    add("backend", choices=["numba", "numpy", "cupy"], help="default: TINYALEX_BACKEND or numba")
    add = _adder(result.add_argument_group("starting from trained weights"))
    add("init", metavar="WEIGHTS", help="a run's folder, or what tinyalex.convert wrote")
    add("freeze", metavar="LAYERS", help="left as they are, such as conv1-conv5 or conv1,conv2")
    add("reset", metavar="LAYERS", help="reinitialized, such as fc8 for other classes")
    add("layer_lr", nargs="+", metavar="LAYERS=FACTOR", help=LAYER_LR_HELP)
    course = result.add_argument_group("the course")
    course.add_argument("--own-layers", nargs="?", const="", metavar="DIR", help=OWN_LAYERS_HELP)
    run = result.add_argument_group("where")
    run.add_argument("--out", metavar="DIR", help="parent of run folders (runs)")
    run.add_argument("--name", help="the run folder's name (default: the variant and a number)")
    run.add_argument("--resume", metavar="RUN", help=RESUME_HELP)
    return result


def _adder(group):
    """add_argument for a field of Settings: absent unless given, its default in the help."""

    def add(name: str, help: str = "", **options) -> None:
        default = getattr(Settings, name)
        text = help if default is None or default is False else f"{help} ({default})".strip()
        flag = "--" + name.replace("_", "-")
        group.add_argument(
            flag, dest=name, default=argparse.SUPPRESS, help=text.replace("%", "%%"), **options
        )

    return add


def settings_from(arguments: argparse.Namespace) -> Settings:
    """Of a new run, or of the run to resume. ValueError where a flag contradicts the latter."""
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
    if not arguments.resume:  # a shell's variable that is not set
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
        raise ValueError(f"--own-layers {arguments.own_layers}: there is no such folder")
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
            compiling.kill()  # only after an error is it still running
    finished = session.run()
    folder = session.folder.path
    if session.broken:
        print(f"skipped {counted(session.broken, 'broken picture')}, named above and in the log")
    if finished:
        say(f"best validation top-1 {session.trainer.best_top1:.1%}; everything is in {folder}")
        return 0
    say(f"saved; go on with: python -m tinyalex.train --resume {folder}")
    return 130


def _session(arguments: argparse.Namespace, settings: Settings, started_at: float):
    """The run, ready to start or to go on."""
    # This takes a second to import: --help and wrong flags need not wait for it.
    from tinyalex.training.begin import new_session, resumed_session

    if arguments.resume:
        run, new_class_file = Path(arguments.resume), "classes" in arguments
        return resumed_session(settings, run, new_class_file, say, started_at)
    parent = Path(arguments.out or "runs")
    return new_session(settings, vars(arguments), parent, arguments.name, say, started_at)


if __name__ == "__main__":
    run_command(main)
