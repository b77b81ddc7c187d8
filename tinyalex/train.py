"""python -m tinyalex.train: trains AlexNet on a folder of pictures, or on the built-in ones."""

from __future__ import annotations

import argparse
import os
import time
from dataclasses import replace
from pathlib import Path

from tinyalex.commands import Parser, run_command
from tinyalex.kernels.compile import start_compiling
from tinyalex.models import VARIANTS
from tinyalex.optim import SCHEDULES
from tinyalex.text import counted, rounded, say, shown
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
        if name not in ("out", "name", "resume")
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
                f"--{name} cannot be combined with --resume: it continues {arguments.resume}; "
                "leave it out"
            )
    return resumed_settings(Path(arguments.resume), given)


def main(argv: list[str] | None = None) -> int:
    started_at = time.monotonic()
    arguments = parser().parse_args(argv)
    settings = settings_from(arguments)
    use = os.environ.get("TINYALEX_USE", "")
    if use not in ("", "mine"):
        raise ValueError(f"TINYALEX_USE must be mine, or not be set; got {use!r}")
    compiling = None
    try:
        if (settings.backend or os.environ.get("TINYALEX_BACKEND", "numba")) == "numba":
            compiling = start_compiling(settings.dtype)
        session = _session(arguments, settings, started_at)
        if use == "mine":
            from tinyalex.coursework.engine.own_layers import swap_in

            _say(swap_in(session.trainer.net))
        print(_plan(session), flush=True)
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
    # These take a second to import: --help and wrong flags need not wait for them.
    from tinyalex.process import prepare_for_training
    from tinyalex.training.run_folder import RunFolder
    from tinyalex.training.session import Session

    prepare_for_training()
    if arguments.resume:
        folder = RunFolder(Path(arguments.resume))
        data, statistics, trainer = _saved(settings, folder, "classes" in arguments)
        session = Session(settings, data, statistics, trainer, folder, started_at)
        session.restore()
        folder.write_config(settings.as_json())
        return session
    settings, data, statistics, trainer = _new(settings, arguments)
    space = 5 * sum(array.nbytes for array in trainer.net.parameters().values())
    parent = Path(arguments.out or "runs")
    folder = RunFolder.create(parent, arguments.name, settings.variant, space)
    folder.write_config(settings.as_json())
    if settings.classes:
        folder.write_classes(data.classes)
    session = Session(settings, data, statistics, trainer, folder, started_at)
    session.draw_pictures()
    return session


def _saved(settings: Settings, folder, new_class_file: bool) -> tuple:
    """What a run to be resumed is made of: its pictures, their statistics and a trainer.

    new_class_file: take the classes from settings.classes, not from the run's own copy.
    """
    from tinyalex.data import Statistics
    from tinyalex.training.assemble import build_trainer, load_data
    from tinyalex.training.resume import check_pictures, existing_data
    from tinyalex.weights import load_checkpoint

    groups, about = load_checkpoint(folder.last)
    if "statistics" not in groups:
        raise ValueError("the checkpoint holds no picture statistics: is it a training checkpoint?")
    statistics = Statistics.from_arrays(groups["statistics"])
    existing_data(settings, folder.path)
    chosen = settings
    if settings.classes and not new_class_file:
        if not folder.classes.is_file():  # a run of an earlier version
            folder.write_classes(about.get("classes") or [])
        chosen = replace(settings, classes=str(folder.classes))
    data = load_data(
        chosen,
        size=statistics.mean.shape[0],
        warp=statistics.warp,
        check=lambda record, source: check_pictures(about, record, source, folder.path),
    )
    _say(data.notes)
    return data, statistics, build_trainer(settings, data, statistics)


def _new(settings: Settings, arguments: argparse.Namespace) -> tuple:
    """The same for a new run, from first weights or from trained ones."""
    from tinyalex.data import compute_statistics
    from tinyalex.training.assemble import build_trainer, load_data
    from tinyalex.training.start import layers_named, take_over
    from tinyalex.weights import load_weights

    if not settings.init:
        data = load_data(settings)
        _say(data.notes)
        statistics = compute_statistics(data.train)
        # What the network's first weights are made for: see models/alexnet.py.
        if settings.initialization == "he" or settings.variant == "torchvision":
            statistics = statistics.standardized()
        return settings, data, statistics, build_trainer(settings, data, statistics)
    weights = load_weights(settings.init)
    if getattr(arguments, "variant", weights.variant) != weights.variant:
        raise ValueError(
            f"--variant {arguments.variant} does not fit {settings.init}, which is of "
            f"{weights.variant}: leave it out"
        )
    # New layers as published: they are made for the values that such features have.
    initialization = getattr(arguments, "initialization", "source")
    settings = replace(settings, variant=weights.variant, initialization=initialization)
    prepared = weights.preprocessing
    data = load_data(settings, size=prepared.size, warp=prepared.warp)
    _say(data.notes)
    statistics = replace(
        compute_statistics(data.train),
        mean=prepared.mean,
        scale=prepared.scale,
        warp=prepared.warp,
    )
    trainer = build_trainer(settings, data, statistics)
    take_over(trainer.net, weights, layers_named(settings.reset, "--reset"), data.classes)
    return settings, data, statistics, trainer


def _say(notes: list[str]) -> None:
    for note in notes:
        say(note)


def _plan(session) -> str:
    """What will happen, in a few lines."""
    settings = session.settings
    data, trainer, folder = session.data, session.trainer, session.folder
    parameters = sum(array.size for array in trainer.net.parameters().values())
    dropout = rounded(settings.dropout_probability)
    if settings.dropout is not None:
        dropout = f"{settings.dropout:g}"
    lines = [
        f"network:  {settings.variant} AlexNet, {counted(len(data.classes), 'class')}, "
        f"{parameters:,} parameters, {settings.dtype}, {_computed_by()}",
        f"pictures: {len(data.train):,} to train on and {len(data.val):,} to validate on, "
        f"from {data.source}",
        f"recipe:   {counted(settings.epochs, 'epoch')} of "
        f"{counted(len(trainer.train_loader), 'step')}, batch "
        f"{settings.batch_size}, rate {settings.lr:g} ({settings.schedule}), momentum "
        f"{settings.momentum:g}, decay {settings.weight_decay:g}, dropout "
        f"{dropout}, initialization {settings.initialization}, "
        f"seed {settings.seed}",
        f"results:  {folder.path}",
    ]
    if settings.init:
        kept = f"start:    {settings.init}; new: {settings.reset or 'nothing'}"
        lines.append(f"{kept}; frozen: {settings.freeze or 'nothing'}")
    elif settings.initialization == "source" and settings.variant != "torchvision":
        lines.append(
            "warning:  the published initialization often waits at loss ln(classes) for "
            "thousands of steps; --initialization he does not"
        )
    if trainer.step:
        lines.append(f"resuming: after step {trainer.step} of {trainer.total_steps}")
    return "\n".join(map(shown, lines))


def _computed_by() -> str:
    """The backend, and how many threads compute where they are ours."""
    from tinyalex import backend
    from tinyalex.kernels.workers import thread_count

    name = backend.current_backend()
    return f"{name} on {counted(thread_count(), 'thread')}" if name == "numba" else name


if __name__ == "__main__":
    run_command(main)
