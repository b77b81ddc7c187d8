"""python -m tinyalex.evaluate: its numbers, its files, and how it says no."""

import csv
import json
import subprocess
import sys
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from complaints import complaint
from PIL import Image

from tinyalex import evaluate, metrics
from tinyalex.data import Pictures, find_pictures
from tinyalex.evaluation import match_classes
from tinyalex.models import alexnet
from tinyalex.support.commands import run_command
from tinyalex.training.picture_record import record
from tinyalex.training.settings import Settings
from tinyalex.weights import Preprocessing, Weights, load_trained
from tinyalex.weights.checkpoint import load_checkpoint, save_checkpoint

CROP, SIZE = 67, 80
NAMES = ["ant", "bee", "cat, or kitten", "dog", "eel", "fox"]
FILES = {"metrics.json", "per_class.csv", "predictions.csv", "confusion.png", "roc.png"}


def make_weights(path, seed=3, names=NAMES, about=None, size=SIZE):
    net = alexnet(6, image_size=CROP, initialization="he", rng=np.random.default_rng(seed))
    preprocessing = Preprocessing.of_colours(CROP, (120, 110, 100), 1 / 60, size=size)
    # Answers that differ from picture to picture: logits of mean 0 and deviation 2 in each class.
    noise = np.random.default_rng(0).integers(0, 256, (16, 5, 5, 3), dtype=np.uint8)
    x = preprocessing.views(noise.repeat(size // 5, axis=1).repeat(size // 5, axis=2))[0]
    logits, fc8 = net.predict(x), net["fc8"].params
    fc8["W"] *= 2 / logits.std(axis=0)
    fc8["b"] -= 2 * logits.mean(axis=0) / logits.std(axis=0)
    Weights("paper", net.state_dict(), preprocessing, names, about or {}).save(path)
    return path


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    return make_weights(tmp_path_factory.mktemp("weights") / "small.npz")


@pytest.fixture(scope="module")
def other_weights(tmp_path_factory):
    """Of other answers, and reading pictures at another size."""
    return make_weights(tmp_path_factory.mktemp("other") / "other.npz", seed=4, size=90)


@pytest.fixture
def data(tmp_path):
    """train and val folders of three of the six classes, 2 and 5 pictures of each."""
    return make_pictures(tmp_path / "data", ["ant", "bee", "dog"], {"train": 2, "val": 5})


def make_pictures(root, names, counts):
    rng = np.random.default_rng(0)
    for split, count in counts.items():
        for number, name in enumerate(names):
            folder = root / split / name
            folder.mkdir(parents=True)
            for index in range(count):
                coarse = rng.integers(0, 256, (6, 7, 3), dtype=np.uint8)
                coarse[..., number % 3] //= 4
                Image.fromarray(coarse).resize((110, 100)).save(folder / f"{index}.png")
    return root


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def run(*flags):
    assert evaluate.main([str(flag) for flag in flags]) == 0


def refusal(capsys, *flags):
    """The one line that the command as a whole prints for bad input; nothing is written."""
    before = sorted(Path.cwd().rglob("*"))
    with pytest.raises(SystemExit) as stopped:
        run_command(lambda: evaluate.main([str(flag) for flag in flags]))
    lines = capsys.readouterr().err.splitlines()
    assert stopped.value.code == 2
    assert len(lines) == 1
    assert lines[0].startswith("error: ")
    assert sorted(Path.cwd().rglob("*")) == before
    return lines[0]


def read(folder):
    """The measures, and the rows of both tables."""
    tables = []
    for name in ("per_class.csv", "predictions.csv"):
        with open(folder / name, newline="") as file:
            tables.append(list(csv.DictReader(file)))
    return json.loads((folder / "metrics.json").read_text()), *tables


def expected(networks, data, split=1, crops=1):
    """Paths, labels and mean probabilities, all pictures at once."""
    pictures = find_pictures(data)[split]
    labels = [NAMES.index(pictures.classes[k]) for k in pictures.labels]
    each = []
    for net in networks:
        read = np.stack([net.preprocessing.read(path) for path in pictures.paths])
        each.append(net.probabilities(read, crops))
    return pictures.paths, np.array(labels), np.mean(each, axis=0)


def p_true(rows):
    return [float(row["p_true"]) for row in rows]


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
    fifth = [float(row["p5"]) for row in predictions]
    assert fifth == pytest.approx(np.sort(p)[:, 1], abs=1e-4)
    shown = capsys.readouterr().out
    for words in ("15 from", "top-1", f"{measures['top1']:.2%}", "Hand and Till's M", "pictures/s"):
        assert words in shown
    assert "3 of the network's 6 classes have no pictures here" in shown
    assert "results are in evaluation-small" in shown


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


def test_ten_crops_are_averaged(weights, tmp_path):
    data = make_pictures(tmp_path / "data", ["ant", "bee"], {"train": 1, "val": 2})
    run(weights, "--data", data, "--crops", 10, "--out", "results")
    measures, _, predictions = read(Path("results"))
    _, labels, p = expected([load_trained(weights)], data, crops=10)
    assert p_true(predictions) == pytest.approx(p[np.arange(4), labels], abs=1e-4)
    assert measures["crops"] == 10
    assert np.abs(p - expected([load_trained(weights)], data)[2]).max() > 0.01


def test_json_is_all_that_standard_output_has(weights, data, capsys):
    run(weights, "--data", data, "--json")
    seen = capsys.readouterr()
    assert json.loads(seen.out) == read(Path("evaluation-small"))[0]
    assert "results are in evaluation-small" in seen.err


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


def make_run(folder, weights, settings):
    """A run's folder as training leaves it: these weights, and the record of its pictures."""
    train, val, _ = find_pictures(
        settings.data,
        per_class=settings.per_class,
        val_fraction=settings.val_fraction,
        seed=settings.seed,
    )
    numbers = np.array([NAMES.index(name) for name in train.classes])
    splits = [Pictures(some.paths, numbers[some.labels], NAMES) for some in (train, val)]
    groups, about = load_checkpoint(weights)
    del about["format"]
    folder.mkdir(parents=True)
    save_checkpoint(folder / "best.npz", groups, about | {"data": record(*splits)})
    (folder / "config.json").write_text(settings.as_json())
    return folder


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
    assert f"note: {c} held out other pictures than these" in shown
    assert shown.count("note:") == 1
    (flat / "ant" / "new.png").hardlink_to(flat / "ant" / "0.png")
    (flat / "ant" / "new2.png").hardlink_to(flat / "ant" / "1.png")
    assert "val/ant has" in refusal(capsys, a)
    run(a, "--data", flat)
    assert f"note: {a} held out other pictures than these" in capsys.readouterr().out


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


class TestMatching:
    def test_by_name_or_wordnet_id(self):
        wnids = [f"n0000000{k}" for k in range(6)]
        assert match_classes(["fox", "ant"], NAMES, wnids)[0].tolist() == [5, 0]
        assert match_classes(["n00000003", "gnu"], NAMES, wnids)[0].tolist() == [3, -1]

    def test_numbers_by_position(self):
        numbers, notes = match_classes(["ant", "bee", "cat"], ["0", "1", "2"])
        assert numbers.tolist() == [0, 1, 2]
        assert "sorted order" in notes[0]
        assert match_classes(["1", "2"], ["0", "1", "2"])[0].tolist() == [1, 2]  # names, after all
        assert match_classes(["0", "1", "2"], ["0", "1", "2"])[0].tolist() == [0, 1, 2]

    @pytest.mark.parametrize("first", [0, 1])
    @pytest.mark.parametrize("count", [2, 3, 11])
    def test_numbers_with_two_readings(self, first, count):
        folders = sorted(str(first + k) for k in range(count))
        classes = [str(k) for k in range(count)]
        if folders == classes:
            assert match_classes(folders, classes)[0].tolist() == list(range(count))
            return
        message = complaint(lambda: match_classes(folders, classes))
        assert "is ambiguous: by name" in message

    def test_accents_may_be_written_in_two_ways(self):
        decomposed = unicodedata.normalize("NFD", "café")
        assert match_classes([decomposed], ["bar", "café"])[0].tolist() == [1]
        assert match_classes(["café"], ["bar", decomposed])[0].tolist() == [1]

    def test_two_of_a_name(self):
        classes = ["crane", "dog", "crane"]
        assert match_classes(["dog"], classes)[0].tolist() == [1]
        with pytest.raises(ValueError, match="two of the network's classes are named crane"):
            match_classes(["crane", "dog"], classes)

    def test_the_command_uses_wordnet_ids(self, tmp_path):
        wnids = [f"n0000000{k}" for k in range(6)]
        data = make_pictures(tmp_path / "data", wnids[3:5], {"train": 1, "val": 2})
        run(make_weights(tmp_path / "w.npz", about={"wnids": wnids}), "--data", data)
        assert [row["class"] for row in read(Path("evaluation-w"))[1]] == ["dog", "eel"]


class TestBadInput:
    """One clear line, exit code 2, nothing written."""

    def test_no_such_folder(self, weights, tmp_path, capsys):
        message = refusal(capsys, weights, "--data", tmp_path / "nowhere")
        assert f"there is no folder {tmp_path / 'nowhere'}" in message

    def test_no_classes_in_the_folder(self, weights, tmp_path, capsys):
        (tmp_path / "empty").mkdir()
        assert "no class folders" in refusal(capsys, weights, "--data", tmp_path / "empty")
        flags = ("--data", tmp_path / "empty", "--split", "all")
        assert "no class folders" in refusal(capsys, weights, *flags)

    def test_all_of_a_folder_with_splits(self, weights, data, capsys):
        message = refusal(capsys, weights, "--data", data, "--split", "all")
        assert "use --split train or val" in message

    def test_unknown_classes(self, weights, data, capsys):
        make_pictures(data, ["gnu", "hen"], {"train": 1, "val": 1})
        message = refusal(capsys, weights, "--data", data)
        assert "does not know: gnu, hen" in message
        assert "--known" in message
        run(weights, "--data", data, "--known")
        assert "left out 2 classes" in capsys.readouterr().out
        assert len(read(Path("evaluation-small"))[2]) == 15

    def test_no_known_class(self, weights, tmp_path, capsys):
        data = make_pictures(tmp_path / "gnus", ["gnu", "hen"], {"train": 1, "val": 1})
        message = refusal(capsys, weights, "--data", data, "--known")
        assert "knows none of the classes" in message

    def test_numbered_classes_and_another_count(self, tmp_path, data, capsys):
        numbered = make_weights(tmp_path / "numbered.npz", names=None)
        message = refusal(capsys, numbered, "--data", data)
        assert "6 classes have numbers as names, and the data has 3 folders" in message

    def test_no_data(self, weights, capsys):
        message = refusal(capsys, weights)
        assert "not those of the built-in pictures: give --data" in message

    @pytest.mark.slow
    def test_networks_of_different_classes(self, weights, tmp_path, data, capsys):
        other = make_weights(tmp_path / "other.npz", names=list("abcdef"))
        message = refusal(capsys, weights, other, "--data", data)
        assert f"{other} has other classes (a, b, c and 3 more)" in message

    def test_all_pictures_broken(self, weights, tmp_path, capsys):
        data = make_pictures(tmp_path / "data", ["ant"], {"train": 1, "val": 2})
        for path in (data / "val" / "ant").iterdir():
            path.write_text("no picture")
        with pytest.raises(ValueError, match="none of the pictures could be read; cannot read"):
            run(weights, "--data", data)

    def test_outputs_that_are_no_numbers(self, weights, data, monkeypatch):
        from tinyalex.weights import Trained

        nothing = np.full((64, 6), np.nan)
        monkeypatch.setattr(Trained, "probabilities", lambda self, x, crops: nothing[: len(x)])
        with pytest.raises(ValueError, match=r"outputs for .*ant/0.png are NaN or infinite"):
            run(weights, "--data", data)

    @pytest.mark.parametrize(
        ("flags", "message"),
        [
            (["--batch-size", "0"], "--batch-size must be at least 1; got 0"),
            (["--crops", "5"], "--crops"),
            (["--split", "test"], "--split"),
            (["--backend", "torch"], "--backend"),
            (["--out", "file"], "cannot write file"),
        ],
    )
    def test_wrong_flags(self, weights, data, capsys, flags, message):
        Path("file").write_text("")
        assert message in refusal(capsys, weights, "--data", data, *flags)

    def test_no_weights(self, tmp_path, data, capsys):
        assert "none.npz" in refusal(capsys, tmp_path / "none.npz", "--data", data)
        (tmp_path / "text.npz").write_text("no weights")
        assert "text.npz" in refusal(capsys, tmp_path / "text.npz", "--data", data)
        assert "no best.npz in" in refusal(capsys, data, "--data", data)


def test_help_needs_no_slow_imports():
    code = (
        "import sys; from tinyalex.evaluate import parser; parser().format_help(); "
        "print([name for name in ('numba', 'matplotlib', 'PIL', 'tqdm') if name in sys.modules])"
    )
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", code]
    shown = subprocess.run(command, capture_output=True, text=True, check=True, cwd=root).stdout
    assert shown.strip() == "[]"
