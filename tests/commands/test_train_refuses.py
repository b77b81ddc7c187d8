"""python -m tinyalex.train: bad input, broken pictures, and runs that must not be overwritten."""

import json
import shutil

import pytest
from train_runs import SMALL, epochs, make_pictures, refusal, run

from tinyalex.training.settings import Settings


@pytest.fixture
def pictures(tmp_path):
    """A folder of three classes: six training and three validation pictures each."""
    return make_pictures(tmp_path / "pictures")


class TestBadInput:
    """One clear line, exit code 2, nothing written."""

    @pytest.fixture(autouse=True)
    def _nothing_is_written(self, tmp_path):
        yield
        assert not (tmp_path / "runs").exists()

    def flags(self, pictures, tmp_path, *more):
        return ["--data", str(pictures), "--out", str(tmp_path / "runs"), *SMALL, *more]

    def test_no_such_folder(self, tmp_path, capsys):
        flags = self.flags(tmp_path / "missing", tmp_path)
        assert str(tmp_path / "missing") in refusal(capsys, *flags)

    def test_empty_class(self, pictures, tmp_path, capsys):
        (pictures / "train" / "dog").mkdir()
        assert "dog" in refusal(capsys, *self.flags(pictures, tmp_path))

    def test_text_named_jpg(self, pictures, tmp_path, capsys):
        (pictures / "train" / "bee" / "note.jpg").write_text("no picture")
        assert "note.jpg" in refusal(capsys, *self.flags(pictures, tmp_path))

    def test_truncated_picture_with_strict(self, pictures, tmp_path, capsys):
        truncate(pictures / "train" / "bee" / "3.jpg")
        flags = self.flags(pictures, tmp_path, "--strict")
        assert "3.jpg" in refusal(capsys, *flags)

    def test_batch_larger_than_the_set(self, pictures, tmp_path, capsys):
        flags = self.flags(pictures, tmp_path, "--batch-size", "19")
        message = refusal(capsys, *flags)
        assert "19" in message
        assert "18" in message

    @pytest.mark.parametrize(
        ("flag", "value"),
        [
            ("--subset", "0"),
            ("--subset", "-3"),
            ("--epochs", "0"),
            ("--per-class", "0"),
            ("--lr", "nan"),
            ("--dropout", "1"),
            ("--seed", "-1"),
            ("--batch-size", "x"),
            ("--variant", "vgg"),
            ("--learning", "3"),
        ],
    )
    def test_wrong_flags(self, pictures, tmp_path, capsys, flag, value):
        assert flag in refusal(capsys, *self.flags(pictures, tmp_path, flag, value))

    @pytest.mark.slow
    def test_full_disk(self, pictures, tmp_path, capsys, monkeypatch):
        usage = shutil.disk_usage(tmp_path)
        monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=10**8))
        message = refusal(capsys, *self.flags(pictures, tmp_path))
        assert "0.1 GB free" in message

    @pytest.mark.slow
    def test_out_that_cannot_be_written(self, pictures, tmp_path, capsys):
        (tmp_path / "file").write_text("")
        flags = ["--data", str(pictures), "--out", str(tmp_path / "file"), *SMALL]
        assert str(tmp_path / "file") in refusal(capsys, *flags)

    def test_no_run_to_resume(self, tmp_path, capsys):
        assert "config.json" in refusal(capsys, "--resume", str(tmp_path / "nowhere"))


def truncate(path):
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


@pytest.mark.slow
def test_truncated_picture_is_skipped_counted_and_named(pictures, tmp_path, capsys):
    truncate(pictures / "train" / "bee" / "3.jpg")
    run(pictures, tmp_path, "--name", "a", "--epochs", "1")
    seen = capsys.readouterr()
    assert "3.jpg" in seen.out + seen.err
    assert "1 broken picture" in seen.out
    rows = [json.loads(line) for line in (tmp_path / "a" / "log.jsonl").read_text().splitlines()]
    assert sum(row["pictures"] for row in rows if row["kind"] == "step") == 17


@pytest.mark.slow
def test_truncated_validation_picture_is_skipped_counted_and_named(pictures, tmp_path, capsys):
    truncate(pictures / "val" / "bee" / "2.jpg")
    run(pictures, tmp_path, "--name", "a")
    seen = capsys.readouterr()
    assert (seen.out + seen.err).count("bee/2.jpg") == 1  # not in every epoch
    assert "skipped 1 broken picture, listed above" in seen.out
    assert [row["val_pictures"] for row in epochs(tmp_path / "a")] == [8, 8]


@pytest.mark.slow
def test_a_run_is_not_resumed_as_another(pictures, tmp_path, capsys):
    run(pictures, tmp_path, "--name", "a", "--epochs", "1")
    folder = tmp_path / "a"
    message = refusal(capsys, "--resume", str(folder), "--variant", "caffe")
    assert "--variant caffe does not fit" in message
    settings = Settings.from_json(folder / "config.json")
    settings.variant = "torchvision"
    (folder / "config.json").write_text(settings.as_json())
    message = refusal(capsys, "--resume", str(folder))
    assert "its variant (paper)" in message
    (folder / "last.npz").write_bytes(b"PK not really")
    assert "damaged" in refusal(capsys, "--resume", str(folder))


@pytest.mark.slow
def test_a_taken_name_is_refused(pictures, tmp_path, capsys):
    (tmp_path / "a").mkdir()
    flags = ["--data", str(pictures), "--out", str(tmp_path), "--name", "a", *SMALL]
    assert "--resume" not in refusal(capsys, *flags)  # it is no run's folder
    (tmp_path / "a" / "config.json").touch()
    assert f"--resume {tmp_path / 'a'}" in refusal(capsys, *flags)
