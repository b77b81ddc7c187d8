"""The files that an evaluation writes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tinyalex.data import Pictures, read_picture
from tinyalex.evaluation.ensemble import Answers
from tinyalex.figures.captioned_sheet import Line, draw_captioned_sheet
from tinyalex.figures.confusion import draw_confusion
from tinyalex.figures.lettering import first_name
from tinyalex.figures.optional import optional_picture
from tinyalex.figures.reliability import draw_reliability
from tinyalex.figures.roc import Curve, draw_roc
from tinyalex.metrics import confusion_matrix, expected_calibration_error, reliability, roc_curve
from tinyalex.support.files import write_text
from tinyalex.support.text import as_csv

SHOWN_MISTAKES = 24


def write_results(folder: Path, measures: dict, pictures: Pictures, answers: Answers) -> None:
    """Writes these files into `folder`:

    metrics.json     all measures
    per_class.csv    the measures of each class
    predictions.csv  each picture's true class, its probability, and the five most likely classes
    confusion.png    which classes were confused with which
    roc.png          each class against the rest; only if there are pictures of several classes
    reliability.png  how often answers are right at each confidence
    mistakes.png     the most confident mistakes; only if there are any

    Names with control characters are exact in the JSON, and escaped in the CSV as on the terminal.
    Drawing errors are reported on standard error. Pictures not drawn now are removed, so none
    remain from an earlier evaluation.
    """
    labels, p = pictures.labels[answers.indices], answers.probabilities
    write_text(folder / "metrics.json", json.dumps(measures, indent=2) + "\n")
    rows = measures["per_class"]
    write_text(folder / "per_class.csv", as_csv(rows[0], (row.values() for row in rows)))
    _write_predictions(folder / "predictions.csv", pictures, answers)
    names = [first_name(name) for name in pictures.classes]
    areas = [row["auc"] for row in rows]
    for name, draw, about in (
        ("confusion.png", _draw_confusion, (labels, p, names)),
        ("roc.png", _draw_roc, (labels, p, names, areas)),
        ("reliability.png", _draw_reliability, (labels, p)),
        ("mistakes.png", _draw_mistakes, (pictures, answers, names)),
    ):
        with optional_picture(folder / name):
            try:
                draw(folder / name, *about)
            except Exception:
                (folder / name).unlink(missing_ok=True)
                raise


def _write_predictions(path: Path, pictures: Pictures, answers: Answers) -> None:
    names, count = pictures.classes, min(5, len(pictures.classes))
    heads = ["file", "true", "predicted", "p_true"]
    heads += [f"{what}{k}" for k in range(1, count + 1) for what in ("class", "p")]

    def rows():
        for index, p in zip(answers.indices, answers.probabilities, strict=True):
            top, true = np.argsort(-p, kind="stable")[:count], pictures.labels[index]
            likeliest = [cell for k in top for cell in (names[k], f"{p[k]:.6g}")]
            file = pictures.paths[index].as_posix()
            yield [file, names[true], names[top[0]], f"{p[true]:.6g}", *likeliest]

    write_text(path, as_csv(heads, rows()))


def _draw_confusion(path: Path, labels: np.ndarray, p: np.ndarray, names: Sequence[str]) -> None:
    matrix = confusion_matrix(labels, p.argmax(axis=1), len(names))
    seen = matrix.any(axis=1)
    rows = [name for name, is_seen in zip(names, seen, strict=True) if is_seen]
    columns = list(rows)
    shown = matrix[seen][:, seen]
    others = matrix[seen][:, ~seen].sum(axis=1, keepdims=True)
    if others.any():
        shown, columns = np.hstack([shown, others]), [*rows, "(other classes)"]
    draw_confusion(shown, rows, columns, path)


def _draw_roc(
    path: Path, labels: np.ndarray, p: np.ndarray, names: Sequence[str], areas: Sequence
) -> None:
    """areas: one for each class that has pictures; [None] if there is only one."""
    seen = np.unique(labels)
    if len(seen) == 1:
        path.unlink(missing_ok=True)
        return
    curves = []
    for k, area in zip(seen, areas, strict=True):
        fpr, tpr, _ = roc_curve(labels == k, p[:, k])
        corner = _corners(fpr, tpr)
        curves.append(Curve(names[k], fpr[corner], tpr[corner], area))
    draw_roc(curves, path)


def _draw_reliability(path: Path, labels: np.ndarray, p: np.ndarray) -> None:
    draw_reliability(reliability(p, labels), expected_calibration_error(p, labels), path)


def _corners(fpr: np.ndarray, tpr: np.ndarray) -> np.ndarray:
    """Mask (n,) of a curve's corners and ends: a few hundred of 50,000 points."""
    x, y = np.diff(fpr), np.diff(tpr)
    turns = x[:-1] * y[1:] != x[1:] * y[:-1]
    return np.concatenate([[True], turns, [True]])


def _draw_mistakes(path: Path, pictures: Pictures, answers: Answers, names: Sequence[str]) -> None:
    labels, p = pictures.labels[answers.indices], answers.probabilities
    predicted = p.argmax(axis=1)
    wrong = np.flatnonzero(predicted != labels)
    if len(wrong) == 0:
        path.unlink(missing_ok=True)
        return
    worst = wrong[np.argsort(-p[wrong, predicted[wrong]], kind="stable")][:SHOWN_MISTAKES]
    shown = [read_picture(pictures.paths[answers.indices[i]]) for i in worst]
    captions = [
        [
            Line(f"true {p[i, labels[i]]:.0%} {names[labels[i]]}"),
            Line(f"predicted {p[i, predicted[i]]:.0%} {names[predicted[i]]}", "#b00020"),
        ]
        for i in worst
    ]
    draw_captioned_sheet(shown, captions, path)
