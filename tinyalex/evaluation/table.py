"""The measures as text for the terminal."""

from __future__ import annotations

from tinyalex.metrics.calibration import LARGEST, SMALLEST
from tinyalex.support.text import columns, cut, shown

SHOWN_CLASSES = 20
NAME_WIDTH = 28
HEADS = {
    "accuracy": "accuracy",
    "recall": "recall",
    "precision": "precision",
    "specificity": "specificity",
    "f1": "F1",
    "youden_j": "Youden's J",
    "false_positive_rate": "false pos. rate",
}


def table(measures: dict) -> str:
    """The output of `measure` in about 40 lines; of many classes, those with the lowest recall."""
    tops = [
        (f"top-{k}", f"{measures[f'top{k}']:.2%}", f"{measures[f'top{k}_error']:.2%}")
        for k in (1, 5)
    ]
    rates = [
        (average, *(_number(measures[average][name]) for name in HEADS))
        for average in ("micro", "macro", "weighted")
    ]
    areas = [
        ("mean, each class against the rest", _area(measures["mean_auc"])),
        ("Hand and Till's M, all pairs equal", _area(measures["hand_till"])),
        ("Provost and Domingos, by class size", _area(measures["provost_domingos"])),
    ]
    parts = [
        columns(("", "right", "error"), tops),
        columns(("class against rest", *HEADS.values()), rates),
        columns(("area under the ROC curve", ""), areas),
        _calibration(measures["calibration"]),
        *_notes(measures),
        _classes(measures["per_class"]),
    ]
    return "\n\n".join(parts)


def _calibration(found: dict) -> str:
    """ECE and NLL; and what the temperature that was fitted on one half does to the other."""
    rows = [("all pictures", found)]
    if found["temperature"] is not None:
        name, T = f"the {found['held_out']:,} pictures held out", found["temperature"]
        rows += [
            (name, found["held_out_before"]),
            (f"the same at temperature {T:.3g} *", found["held_out_after"]),
        ]
    heads = ("calibration", "ECE", "loss (NLL)")
    text = columns(heads, [(name, f"{of['ece']:.4f}", f"{of['nll']:.4f}") for name, of in rows])
    if found["temperature"] is not None:
        text += f"\n* fitted on the other {found['fitted_on']:,}: {_advice(T)}"
    return text


def _advice(T: float) -> str:
    if T <= SMALLEST:
        return "all of its answers there are right, so no temperature is the best"
    if T >= LARGEST:
        return "the network's confidences there are no better than a guess"
    if 0.95 < T < 1.05:
        return "the confidences need no mending"
    return f"the network is {'over' if T > 1 else 'under'}confident; divide its logits by {T:.3g}"


def _notes(measures: dict) -> list[str]:
    notes = []
    unseen = measures["classes"] - measures["classes_seen"]
    if unseen:
        verb = "has" if unseen == 1 else "have"
        notes.append(
            f"{unseen} of the network's {measures['classes']} classes {verb} no pictures here: "
            "macro and weighted means and the areas exclude them"
        )
    never = measures["never_predicted"]
    if never:
        more = f" and {len(never) - 5} more" if len(never) > 5 else ""
        notes.append(f"never predicted, precision 0: {shown(', '.join(never[:5]))}{more}")
    if measures["classes_seen"] == 1:
        notes.append("-: undefined, because all pictures are of one class")
    return ["\n".join(notes)] if notes else []


def _classes(rows: list[dict]) -> str:
    heads = ("class", "most often taken for", "times", "pictures", "recall", "precision", "F1")
    listed = rows
    if len(rows) > SHOWN_CLASSES:
        listed = sorted(rows, key=lambda row: (row["recall"], row["precision"]))[:SHOWN_CLASSES]
        heads = (f"the {SHOWN_CLASSES} lowest recalls of {len(rows)}", *heads[1:])
    lines = [
        (
            cut(shown(row["class"]), NAME_WIDTH),
            cut(shown(row["most_often_taken_for"] or ""), NAME_WIDTH),
            str(row["times"] or ""),
            f"{row['pictures']:,}",
            *(_number(row[name]) for name in ("recall", "precision", "f1")),
            _area(row["auc"]),
        )
        for row in listed
    ]
    return columns((*heads, "area"), lines, left=2)


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"


def _area(value: float | None) -> str:
    """More digits than other measures: good networks have areas above .999."""
    return "-" if value is None else f"{value:.5f}"
