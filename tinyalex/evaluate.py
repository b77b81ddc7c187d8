"""python -m tinyalex.evaluate: measures how good a trained network is."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from tinyalex.support.commands import Parser, run_command
from tinyalex.support.files import destination, make_folder
from tinyalex.support.text import counted, rounded, say

DESCRIPTION = """\
Measures a trained network, or an ensemble of several, on pictures of known classes.

  python -m tinyalex.evaluate runs/paper-1
  python -m tinyalex.evaluate runs/paper-1 --data imagenet --crops 10
  python -m tinyalex.evaluate runs/a runs/b runs/c --data imagenet --out evaluation-of-three

Writes metrics.json, per_class.csv, predictions.csv, confusion.png, roc.png, reliability.png and
mistakes.png.
"""
DATA_HELP = """ImageNet-style folder whose class names are among the network's; default: the run's
own pictures (an error if they have changed), or the built-in ones"""
SPLIT_HELP = """val (default) or train: the run's own split, or with --data all pictures of that
split (of DIR/<class>/*, the same share is held out as in training); all: every picture in
DIR/<class>"""
OUT_HELP = "default: evaluation in the run's folder, or ./evaluation-NAME for other weights"


def parser() -> argparse.ArgumentParser:
    result = Parser(prog="python -m tinyalex.evaluate", description=DESCRIPTION)
    add = result.add_argument
    weights = "a run's folder or a weights file; the probabilities of several are averaged"
    add("weights", nargs="+", metavar="WEIGHTS", help=weights)
    add("--data", metavar="DIR", help=DATA_HELP)
    add("--split", choices=["val", "train", "all"], default="val", help=SPLIT_HELP)
    add("--known", action="store_true", help="leave out classes that the network does not know")
    crops = "views averaged per picture: the centre (1), or corners, centre and reflections (10)"
    add("--crops", type=int, choices=[1, 10], default=1, help=crops)
    add("--batch-size", type=int, default=64, metavar="N", help="pictures per batch (64)")
    add("--backend", choices=["numba", "numpy", "cupy"], help="default: TINYALEX_BACKEND or numba")
    add("--out", type=Path, metavar="DIR", help=OUT_HELP)
    add("--json", action="store_true", help="print the measures as JSON instead of a table")
    return result


def main(argv: list[str] | None = None) -> int:
    arguments = parser().parse_args(argv)
    if arguments.batch_size < 1:
        raise ValueError(f"--batch-size must be at least 1; got {arguments.batch_size}")
    # Slow imports (about a second): --help and wrong flags need not wait for them.
    from tinyalex import evaluation, use_backend
    from tinyalex.support.process import prepare_for_training

    if arguments.backend:
        use_backend(arguments.backend)
    prepare_for_training()
    ensemble = evaluation.Ensemble(arguments.weights)
    chosen = evaluation.choose_pictures(
        ensemble.classes,
        ensemble.wnids,
        data=arguments.data,
        split=arguments.split,
        runs=[evaluation.training_run(path) for path in arguments.weights],
        known=arguments.known,
    )
    folder = _folder(arguments.out, arguments.weights)
    texts = sys.stderr if arguments.json else sys.stdout
    say(*_plan(arguments, ensemble, chosen), *chosen.notes, file=texts)
    answers = ensemble.answer(chosen.pictures, arguments.crops, arguments.batch_size)
    for line in answers.broken:
        say(f"skipped: {line}", file=sys.stderr)
    labels = chosen.pictures.labels[answers.indices]
    measures = {
        **_circumstances(arguments, chosen.source, answers),
        **evaluation.measure(labels, answers.probabilities, ensemble.classes),
    }
    # Printed first, so nothing is lost if the files cannot be written.
    print(json.dumps(measures, indent=2) if arguments.json else "\n" + evaluation.table(measures))
    evaluation.write_results(folder, measures, chosen.pictures, answers)
    say("", _farewell(measures, folder), file=texts)
    return 0


def _circumstances(arguments: argparse.Namespace, source: str, answers) -> dict:
    """What was measured, how, and how long it took."""
    from tinyalex.training.settings import absolute

    return {
        "weights": [str(absolute(path)) for path in arguments.weights],
        "data": source,
        "split": arguments.split,
        "crops": arguments.crops,
        "broken": len(answers.broken),
        "seconds": answers.seconds,
        "pictures_per_second": len(answers.indices) / answers.seconds,
    }


def _folder(out: Path | None, weights: list[str]) -> Path:
    """The folder for the results, created early so a wrong name fails before any work is done."""
    if out is None:
        first = Path(weights[0])
        if len(weights) > 1:
            out = Path("evaluation-ensemble")
        elif first.is_dir():
            out = first / "evaluation"
        else:
            out = Path(f"evaluation-{first.stem}")
    make_folder(out, "--out")
    destination(out / "metrics.json")  # raises if the folder is not writable
    return out


def _plan(arguments: argparse.Namespace, ensemble, chosen) -> list[str]:
    networks = ", ".join(f"{net.source} ({net.variant})" for net in ensemble.networks)
    return [
        f"network:  {networks}, {counted(len(ensemble.classes), 'class')}",
        f"pictures: {len(chosen.pictures):,} from {chosen.source} ({arguments.split}), "
        f"{'ten crops' if arguments.crops == 10 else 'the centre'} of each",
    ]


def _farewell(measures: dict, folder: Path) -> str:
    broken = measures["broken"]
    skipped = f", {counted(broken, 'broken picture')} skipped" if broken else ""
    return (
        f"{counted(measures['pictures'], 'picture')} in {measures['seconds']:.1f} s "
        f"({rounded(measures['pictures_per_second'])} pictures/s){skipped}; "
        f"results are in {folder}"
    )


if __name__ == "__main__":
    run_command(main)
