"""python -m tinyalex.evaluate: its numbers, its files, and how it says no."""

import json
from pathlib import Path

import numpy as np
import pytest
from complaints import evaluate_refusal as refusal
from evaluate_runs import (
    FILES,
    NAMES,
    expected,
    make_pictures,
    make_run,
    make_weights,
    p_true,
    read,
    run,
)

from tinyalex import metrics
from tinyalex.data import find_pictures
from tinyalex.training.settings import Settings
from tinyalex.weights import load_trained

pytestmark = pytest.mark.usefixtures("elsewhere")


@pytest.mark.slow
def test_numbers_and_files(weights, data, capsys):
    run(weights, "--data", data, "--batch-size", 4)
    folder = Path("evaluation-small")
    paths, labels, p = expected([load_trained(weights)], data)
    predicted = p.argmax(axis=1)
    assert 0 < (predicted == labels).sum() < 15  # else these pictures would show little
    assert {path.name for path in folder.iterdir()} == FILES | {"mistakes.png"}
    measures, per_class, predictions = read(folder)
    assert measures["pictures"] == 15
    assert (measures["classes"], measures["classes_seen"]) == (6, 3)
    assert measures["top1"] == pytest.approx((predicted == labels).mean())
    assert measures["top5_error"] == pytest.approx(metrics.top_k_error(labels, p, 5))
    matrix = metrics.confusion_matrix(labels, predicted, 6)
    seen = [0, 1, 3]
    assert measures["micro"]["recall"] == pytest.approx(measures["top1"])
    assert measures["macro"]["f1"] == pytest.approx(metrics.f1(matrix, "macro", classes=seen))
    weighted = metrics.precision(matrix, "weighted", classes=seen)
    assert measures["weighted"]["precision"] == pytest.approx(weighted)
    assert measures["hand_till"] == pytest.approx(metrics.hand_till(labels, p, "omit"))
    area = metrics.provost_domingos(labels, p, "omit")
    assert measures["provost_domingos"] == pytest.approx(area)
    assert [row["class"] for row in per_class] == ["ant", "bee", "dog"]
    recalls = [float(row["recall"]) for row in per_class]
    assert recalls == pytest.approx(metrics.recall(matrix)[seen])
    assert [row["file"] for row in predictions] == [path.as_posix() for path in paths]
    assert [row["true"] for row in predictions] == [NAMES[k] for k in labels]
    assert [row["predicted"] for row in predictions] == [NAMES[k] for k in predicted]
    assert p_true(predictions) == pytest.approx(p[np.arange(15), labels], abs=1e-4)
    assert measures["calibration"]["ece"] == pytest.approx(
        metrics.expected_calibration_error(p, labels), abs=1e-4
    )
    assert measures["calibration"]["nll"] == pytest.approx(
        -np.log(p[np.arange(15), labels]).mean(), rel=1e-4
    )
    fifth = [float(row["p5"]) for row in predictions]
    assert fifth == pytest.approx(np.sort(p)[:, 1], abs=1e-4)
    shown = capsys.readouterr().out
    for words in ("15 from", "top-1", f"{measures['top1']:.2%}", "Hand and Till's M", "pictures/s"):
        assert words in shown
    assert "3 of the network's 6 classes have no pictures here" in shown
    assert "results are in evaluation-small" in shown


@pytest.mark.slow
def test_a_never_predicted_class_is_named(weights, data, capsys):
    """Class 0, after the pictures that are taken for it are gone."""
    paths, _, p = expected([load_trained(weights)], data)
    for path, k in zip(paths, p.argmax(axis=1), strict=True):
        if k == 0:
            path.unlink()
    run(weights, "--data", data)
    measures, per_class, _ = read(Path("evaluation-small"))
    never = [row["class"] for row in per_class if row["predicted"] == "0"]
    assert never == ["ant"]
    assert measures["never_predicted"] == never
    assert f"never predicted, precision 0: {', '.join(never)}" in capsys.readouterr().out


@pytest.mark.slow
def test_an_ensemble_averages_probabilities(weights, other_weights, data):
    run(weights, other_weights, "--data", data)
    measures, _, predictions = read(Path("evaluation-ensemble"))
    networks = [load_trained(weights), load_trained(other_weights)]
    _, labels, p = expected(networks, data)
    assert p_true(predictions) == pytest.approx(p[np.arange(15), labels], abs=1e-4)
    assert measures["weights"] == [str(weights), str(other_weights)]
    assert np.abs(p - expected(networks[:1], data)[2]).max() > 0.01


@pytest.mark.slow
def test_ten_crops_are_averaged(weights, tmp_path):
    data = make_pictures(tmp_path / "data", ["ant", "bee"], {"train": 1, "val": 2})
    run(weights, "--data", data, "--crops", 10, "--out", "results")
    measures, _, predictions = read(Path("results"))
    _, labels, p = expected([load_trained(weights)], data, crops=10)
    assert p_true(predictions) == pytest.approx(p[np.arange(4), labels], abs=1e-4)
    assert measures["crops"] == 10
    assert np.abs(p - expected([load_trained(weights)], data)[2]).max() > 0.01


@pytest.mark.slow
def test_json_is_all_that_standard_output_has(weights, data, capsys):
    run(weights, "--data", data, "--json")
    seen = capsys.readouterr()
    assert json.loads(seen.out) == read(Path("evaluation-small"))[0]
    assert "results are in evaluation-small" in seen.err


@pytest.mark.slow
def test_broken_pictures_are_named_and_left_out(weights, data, capsys):
    (data / "val" / "bee" / "1.png").write_text("no picture")
    whole = (data / "val" / "dog" / "4.png").read_bytes()
    (data / "val" / "dog" / "4.png").write_bytes(whole[: len(whole) // 2])
    run(weights, "--data", data)
    measures, _, predictions = read(Path("evaluation-small"))
    assert (measures["pictures"], measures["broken"]) == (13, 2)
    assert len(predictions) == 13
    files = [row["file"] for row in predictions]
    assert not any(file.endswith(("bee/1.png", "dog/4.png")) for file in files)
    seen = capsys.readouterr()
    skipped = [line for line in seen.err.splitlines() if line.startswith("skipped: ")]
    assert len(skipped) == 2
    assert str(data / "val" / "bee" / "1.png") in skipped[0]
    assert "2 broken pictures skipped" in seen.out


@pytest.mark.slow
def test_the_splits(weights, data):
    run(weights, "--data", data, "--split", "train", "--out", "train")
    _, labels, p = expected([load_trained(weights)], data, split=0)
    rows = read(Path("train"))[2]
    assert p_true(rows) == pytest.approx(p[np.arange(6), labels], abs=1e-4)
    run(weights, "--data", data / "val", "--split", "all", "--out", "all")
    assert len(read(Path("all"))[2]) == 15
    run(weights, "--data", data / "val", "--out", "held")
    assert len(read(Path("held"))[2]) == 3


@pytest.mark.slow
def test_a_run_is_measured_on_what_it_held_out(weights, data, capsys):
    folder = Path("runs") / "first"
    folder.mkdir(parents=True)
    (folder / "best.npz").hardlink_to(weights)
    settings = Settings(data=str(data / "val"), val_fraction=0.4, seed=7)
    (folder / "config.json").write_text(settings.as_json())
    held_out = find_pictures(data / "val", val_fraction=0.4, seed=7)[1]
    for given, out in ((folder, folder / "evaluation"), (folder / "best.npz", "evaluation-best")):
        run(given)
        rows = read(Path(out))[2]
        assert [row["file"] for row in rows] == [path.as_posix() for path in held_out.paths]


@pytest.mark.slow
def test_the_training_split_is_what_the_run_was_trained_on(weights, tmp_path):
    data = make_pictures(tmp_path / "many", ["ant", "bee"], {"train": 6, "val": 2})
    settings = Settings(data=str(data), per_class=2, seed=5)
    run(make_run(tmp_path / "a", weights, settings), "--split", "train", "--out", "own")
    trained_on = find_pictures(data, per_class=2, seed=5)[0]
    files = [row["file"] for row in read(Path("own"))[2]]
    assert files == [path.as_posix() for path in trained_on.paths]


@pytest.mark.slow
def test_pictures_that_a_run_may_have_been_trained_on(weights, data, tmp_path, capsys):
    """Held out by the first run, perhaps not by the others."""
    flat = data / "val"
    a, b, c = (
        make_run(tmp_path / name, weights, Settings(data=str(flat), val_fraction=0.4, seed=seed))
        for name, seed in (("a", 1), ("b", 1), ("c", 2))
    )
    run(a, b)
    assert "note:" not in capsys.readouterr().out
    run(a, b, c)
    shown = capsys.readouterr().out
    assert f"note: {c} held out different pictures" in shown
    assert shown.count("note:") == 1
    (flat / "ant" / "new.png").hardlink_to(flat / "ant" / "0.png")
    (flat / "ant" / "new2.png").hardlink_to(flat / "ant" / "1.png")
    assert "val/ant has" in refusal(capsys, a)
    run(a, "--data", flat)
    assert f"note: {a} held out different pictures" in capsys.readouterr().out


def test_unknown_classes_of_its_own_data_are_left_out(weights, data):
    """As --subset did in training."""
    folder = Path("run")
    folder.mkdir()
    (folder / "best.npz").hardlink_to(weights)
    (folder / "config.json").write_text(Settings(data=str(data), subset=3).as_json())
    make_pictures(data, ["gnu"], {"train": 1, "val": 1})
    run(folder)
    assert len(read(folder / "evaluation")[2]) == 15


@pytest.mark.slow
def test_the_built_in_pictures_are_the_default_for_their_classes(tmp_path, monkeypatch):
    names = ["blue-dots", "red-dots", "red-rings", "blue-rings", "pink-dots", "cyan-grid"]
    drawn = make_pictures(
        tmp_path / "drawn", sorted([*names, "white-grid"]), {"train": 1, "val": 2}
    )
    monkeypatch.setattr("tinyalex.evaluation.pictures.builtin_pictures", lambda: drawn)
    run(make_weights(tmp_path / "dots.npz", names=names))
    _, per_class, rows = read(Path("evaluation-dots"))
    assert [row["class"] for row in per_class] == names  # in the network's order
    assert len(rows) == 12
    assert all(Path(row["file"]).parent.name == row["true"] for row in rows)


def test_one_class_has_no_areas(weights, tmp_path, capsys):
    data = make_pictures(tmp_path / "one", ["bee"], {"train": 1, "val": 4})
    Path("results").mkdir()
    Path("results/roc.png").write_text("of an earlier evaluation")
    run(weights, "--data", data, "--out", "results")
    measures, per_class, _ = read(Path("results"))
    assert measures["hand_till"] is measures["provost_domingos"] is None
    assert measures["macro"]["specificity"] is None
    assert per_class[0]["auc"] == per_class[0]["youden_j"] == ""
    assert measures["micro"]["specificity"] > 0
    assert not Path("results/roc.png").exists()
    assert "-: undefined, because all pictures are of one class" in capsys.readouterr().out


@pytest.mark.slow
def test_without_mistakes_none_are_drawn(weights, tmp_path, data):
    _, _, p = expected([load_trained(weights)], data)
    paths = find_pictures(data)[1].paths
    for path, k in zip(paths, p.argmax(axis=1), strict=True):
        folder = tmp_path / "right" / NAMES[k]
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{path.parent.name}-{path.name}").write_bytes(path.read_bytes())
    Path("results").mkdir()
    Path("results/mistakes.png").write_text("of an earlier evaluation")
    run(weights, "--data", tmp_path / "right", "--split", "all", "--out", "results")
    measures = read(Path("results"))[0]
    assert measures["top1"] == measures["hand_till"] == 1
    assert not Path("results/mistakes.png").exists()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["confusion", "roc", "captioned_sheet"])
def test_a_picture_that_cannot_be_drawn_loses_no_numbers(weights, data, capsys, monkeypatch, name):
    def fail(*arguments):
        raise RuntimeError("no picture today")

    run(weights, "--data", data, "--out", "out")
    before = capsys.readouterr().out
    monkeypatch.setattr(f"tinyalex.evaluation.results.draw_{name}", fail)
    run(weights, "--data", data, "--out", "out")
    after = capsys.readouterr()
    assert after.out.splitlines()[:-1] == before.splitlines()[:-1]  # the last has the time taken
    (line,) = [line for line in after.err.splitlines() if "no picture today" in line]
    assert line.startswith("note: ")
    file = {"captioned_sheet": "mistakes"}.get(name, name) + ".png"
    assert FILES - {file} <= {path.name for path in Path("out").iterdir()}
    assert not (Path("out") / file).exists()


def test_results_that_cannot_be_written_are_printed_all_the_same(
    weights, data, capsys, monkeypatch
):
    def full(path, text):
        raise ValueError(f"cannot write {path}: No space left on device")

    monkeypatch.setattr("tinyalex.evaluation.results.write_text", full)
    with pytest.raises(ValueError, match=r"metrics\.json: No space"):
        run(weights, "--data", data, "--out", "out")
    assert "top-1" in capsys.readouterr().out
