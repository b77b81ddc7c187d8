"""python -m tinyalex.look: shows what a trained network has learned and what it responds to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tinyalex.support.commands import Parser, run_command

DESCRIPTION = """\
Looks inside a trained network, complete or without its fully connected layers.

  python -m tinyalex.look kernels runs/paper-1
  python -m tinyalex.look maps runs/paper-1 cat.jpg --layer conv3
  python -m tinyalex.look patches runs/paper-1 --data imagenet/val --layer conv5 --unit 12 40
  python -m tinyalex.look neighbours runs/paper-1 --data imagenet/val cat.jpg
  python -m tinyalex.look adversarial runs/paper-1 cat.jpg dog.jpg --epsilon 2

Options of one view: python -m tinyalex.look maps --help
"""
LAYER_HELP = "a layer's name: conv1 relu1 norm1 pool1 ... fc7 (before its ReLU) relu7 (after it)"
CLASS_HELP = "a class's name or number (default: the predicted class)"
SEVERAL_PICTURES = ("neighbours", "adversarial")
ON_A_FOLDER = ("patches", "neighbours", "statistics")


def parser() -> Parser:
    result = Parser(prog="python -m tinyalex.look", description=DESCRIPTION)
    subparsers = result.add_subparsers(dest="what", required=True, metavar="WHAT")

    def command(name: str, help: str, out: str) -> Callable:
        one = subparsers.add_parser(name, help=help, description=help)
        one.add_argument("weights", metavar="WEIGHTS", help="a run's folder or a weights file")
        one.add_argument("--out", type=Path, metavar="FILE", help=f"default: {out}")
        return one.add_argument

    command("kernels", "conv1's kernels, grouped by GPU (Figure 3)", "kernels.png")
    _add_pictures(command)
    _add_adversarial(command)
    _add_folders(command)
    return result


def _add_pictures(command: Callable) -> None:
    """The subcommands that take one picture."""

    def with_picture(*texts: str) -> Callable:
        add = command(*texts)
        add("picture", metavar="PICTURE", help="a picture file")
        return add

    add = with_picture("maps", "a layer's feature maps", "maps-LAYER.png")
    add("--layer", default="conv1", help=f"{LAYER_HELP}; default: conv1")
    summary = "the pixels that excite a unit: deconvnet, gradient and guided backpropagation"
    add = with_picture("deconvnet", summary, "deconvnet-LAYER.png")
    add("--layer", default="conv5", help=f"{LAYER_HELP}; default: conv5")
    add("--unit", type=int, nargs="+", metavar="K", help="units; default: the strongest")
    add("--class", dest="class_name", metavar="CLASS", help="a class instead of a layer's units")
    add("--count", type=int, default=4, metavar="N", help="number of strongest units (4)")
    whole = "project a unit's whole map instead of its largest value"
    add("--whole-map", action="store_true", help=whole)
    summary = "a class's probability while a grey square hides each part of the picture"
    add = with_picture("occlusion", summary, "occlusion.png")
    add("--class", dest="class_name", metavar="CLASS", help=CLASS_HELP)
    add("--size", type=int, default=32, metavar="PIXELS", help="the square's side (32)")
    add("--stride", type=int, default=8, metavar="PIXELS", help="the square's step (8)")
    summary = "|d logit / d x|: which pixels a class depends on"
    add = with_picture("saliency", summary, "saliency.png")
    add("--class", dest="class_name", metavar="CLASS", help=CLASS_HELP)


def _add_adversarial(command: Callable) -> None:
    """The subcommand that takes several pictures."""
    summary = "changes too small to see that change the answer (fast gradient sign method)"
    add = command("adversarial", summary, "adversarial.png")
    add("pictures", nargs="+", metavar="PICTURE", help="picture files")
    most = "the largest change of a pixel, in grey levels of 255 (2)"
    add("--epsilon", type=float, default=2, metavar="E", help=most)
    each = "steps of E / N, rounded up to whole levels, with a gradient each (1)"
    add("--steps", type=int, default=1, metavar="N", help=each)
    aim = "step towards this class (name or number), not away from the most likely one"
    add("--target", metavar="CLASS", help=aim)


def _add_folders(command: Callable) -> None:
    """The subcommands that take a folder of pictures."""

    def with_folder(*texts: str, required: bool = True) -> Callable:
        add = command(*texts)
        place = "folder of class folders, or of pictures"
        add("--data", metavar="DIR", required=required, help=place)
        add("--limit", type=int, metavar="N", help="use at most N pictures, evenly spaced")
        return add

    summary = "the nine patches of a folder's pictures that excite each unit most"
    add = with_folder("patches", summary, "patches-LAYER.png")
    add("--layer", default="conv5", help=f"{LAYER_HELP}; default: conv5")
    add("--unit", type=int, nargs="+", metavar="K", help="default: the six strongest")
    summary = "the nearest pictures by the last hidden layer's features (Figure 4, right)"
    add = with_folder("neighbours", summary, "neighbours.png")
    add("pictures", nargs="*", metavar="PICTURE", help="default: five random pictures of DIR")
    add("--layer", help=f"{LAYER_HELP}; default: relu7, or pool5 without fc7")
    add("--count", type=int, default=6, metavar="N", help="neighbours per picture (6)")
    add("--seed", type=int, default=0, help="for the random choice of pictures (0)")
    help = "normalize each picture's features to length 1 first"
    add("--unit-length", dest="unit", action="store_true", help=help)
    summary = "each layer's mean |W| and mean |dW|, and with --data its activations"
    with_folder("statistics", summary, "none; a .json file gets all numbers", required=False)


def main(argv: list[str] | None = None) -> int:
    every = parser()
    arguments, rest = every.parse_known_args(argv)
    # argparse does not join pictures after an option to those before it.
    if rest and (
        arguments.what not in SEVERAL_PICTURES or any(word.startswith("-") for word in rest)
    ):
        every.error(f"unrecognized arguments: {' '.join(rest)}")
    if rest:
        arguments.pictures += rest
    # Slow imports (about a second): --help and wrong flags need not wait for them.
    from tinyalex.inspection import show, show_adversarial, show_folder
    from tinyalex.support.process import prepare_for_training

    prepare_for_training()
    options = vars(arguments)
    what = options.pop("what")
    elsewhere = {**dict.fromkeys(ON_A_FOLDER, show_folder), "adversarial": show_adversarial}
    getattr(elsewhere.get(what, show), what)(**options)
    return 0


if __name__ == "__main__":
    run_command(main)
