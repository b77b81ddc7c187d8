"""python -m tinyalex.predict: classifies pictures with a trained network."""

from __future__ import annotations

import argparse
import io
import json
import sys
from pathlib import Path

import numpy as np

from tinyalex.support.commands import Parser, run_command
from tinyalex.support.files import destination
from tinyalex.support.text import say, shown
from tinyalex.support.text_files import composed

DESCRIPTION = """\
Classifies pictures. Prints the most likely classes and draws them like Figure 4 (left).

  python -m tinyalex.predict runs/paper-1 cat.jpg dogs/
  python -m tinyalex.predict alexnet.npz - < cat.jpg

If a picture's folder is named after a class, that is its true class, and its bar is drawn in red.
"""
BATCH = 32
DRAWN = 24
BAR = 30  # characters


def parser() -> argparse.ArgumentParser:
    result = Parser(prog="python -m tinyalex.predict", description=DESCRIPTION)
    result.add_argument("weights", metavar="WEIGHTS", help="a run's folder or a weights file")
    result.add_argument(
        "pictures",
        nargs="+",
        metavar="PICTURE",
        help="picture files, folders of them, or - (standard input)",
    )
    result.add_argument("--top", type=int, default=5, metavar="K", help="classes to show (5)")
    result.add_argument(
        "--crops", type=int, default=1, choices=[1, 10], help="views averaged per picture (1)"
    )
    result.add_argument("--json", action="store_true", help="print JSON; draw only with --image")
    result.add_argument("--image", metavar="FILE", help="the PNG to draw (predictions.png)")
    return result


def main(argv: list[str] | None = None) -> int:
    arguments = parser().parse_args(argv)
    if arguments.top < 1:
        raise ValueError(f"--top must be at least 1; got {arguments.top}")
    from tinyalex.support.process import prepare_for_training
    from tinyalex.weights import load_trained

    image = arguments.image or (None if arguments.json else "predictions.png")
    if image:
        destination(Path(image))  # a wrong name fails before the work
    names = find(arguments.pictures)
    prepare_for_training()
    trained = load_trained(arguments.weights)
    results, pictures, broken = classify(trained, names, arguments.top, arguments.crops)
    for line in broken:
        say(f"skipped: {line}", file=sys.stderr)
    if not results:
        raise ValueError("none of the pictures could be read")
    print(json.dumps(results, indent=2) if arguments.json else as_text(results))
    if arguments.image:
        draw(results, pictures, Path(image), quiet=arguments.json)
    elif image:
        from tinyalex.figures.optional import optional_picture

        with optional_picture(Path(image)):  # the default drawing may fail: it was not asked for
            draw(results, pictures, Path(image), quiet=False)
    return 1 if broken else 0


def find(names: list[str]) -> list[str]:
    """The files to read; for a folder, all pictures in it and its subfolders."""
    from tinyalex.data.left_out import notes_on_unreadable
    from tinyalex.data.listing import list_pictures, refuse_broken_link, walk

    found: list[str] = []
    for name in names:
        refuse_broken_link(Path(name))
        if name != "-" and not Path(name).exists():
            raise ValueError(f"there is no picture {name}")
        if name == "-" or not Path(name).is_dir():
            found.append(name)
            continue
        folders = list(walk(Path(name)))
        for note in notes_on_unreadable(folders):
            print(note, file=sys.stderr)
        inside = [str(path) for folder in folders for path in list_pictures(folder)]
        if not inside:
            raise ValueError(f"no pictures in the folder {name}")
        found += inside
    return found


def classify(trained, names: list[str], top: int, crops: int) -> tuple[list, list, list]:
    """The results of all files, the first pictures (to draw), and a line for each broken file."""
    from tinyalex.data import BrokenPicture
    from tinyalex.data.threads import map_in_threads
    from tinyalex.support.progress import progress_bar

    def read(name: str):
        try:
            source = io.BytesIO(sys.stdin.buffer.read()) if name == "-" else name
            return trained.preprocessing.read(source)
        except BrokenPicture as error:
            return str(error)

    results, drawn, broken = [], [], []
    with progress_bar(total=len(names), unit="pic", disable=len(names) <= BATCH) as bar:
        for start in range(0, len(names), BATCH):
            some = names[start : start + BATCH]
            read_ones = map_in_threads(read, some, description="", progress=False)
            broken += [line for line in read_ones if isinstance(line, str)]
            good = [i for i, picture in enumerate(read_ones) if not isinstance(picture, str)]
            if good:
                pictures = np.stack([read_ones[i] for i in good])
                probabilities = trained.probabilities(pictures, crops)
                results += [
                    _result(trained, some[i], row, top)
                    for i, row in zip(good, probabilities, strict=True)
                ]
                drawn += list(pictures[: DRAWN - len(drawn)])
            bar.update(len(some))
    return results, drawn, broken


def _result(trained, name: str, probabilities: np.ndarray, top: int) -> dict:
    order = np.argsort(-probabilities, kind="stable")[:top]
    return {
        "picture": name,
        "true": None if name == "-" else _true_class(name, trained.classes),
        "top": [
            {"class": trained.classes[k], "probability": float(probabilities[k])} for k in order
        ],
    }


def _true_class(picture: str, classes: list[str]) -> str | None:
    """The class with the name of the picture's folder, or None."""
    folder = composed(Path(picture).absolute().parent.name)
    return next((name for name in classes if composed(name) == folder), None)


def as_text(results: list[dict]) -> str:
    """One line per class, with a bar."""
    lines = []
    for result in results:
        lines.append(shown(result["picture"]))
        for row in result["top"]:
            bar = "█" * round(BAR * row["probability"])
            mark = " ←" if row["class"] == result["true"] else ""
            lines.append(f"  {row['probability']:6.1%} {bar:<{BAR}} {shown(row['class'])}{mark}")
    known = [result for result in results if result["true"]]
    if len(known) > 1:
        right = sum(result["true"] == result["top"][0]["class"] for result in known)
        lines.append(f"{right} of {len(known)} correct (true class from the folder's name)")
    return "\n".join(lines)


def draw(results: list[dict], pictures: list, path: Path, quiet: bool) -> None:
    from tinyalex.figures.predictions import Prediction, draw_predictions

    rows = [
        Prediction(
            picture,
            [row["class"] for row in result["top"]],
            [row["probability"] for row in result["top"]],
            result["true"],
        )
        for picture, result in zip(pictures, results, strict=False)
    ]
    draw_predictions(rows, path)
    if not quiet:
        more = f" (the first {len(rows)} of {len(results)})" if len(rows) < len(results) else ""
        say(f"drew {path}{more}")


if __name__ == "__main__":
    run_command(main)
