"""Short runs of python -m tinyalex.train on made-up pictures."""

import json

import numpy as np
import pytest
from PIL import Image

from tinyalex import train
from tinyalex.support.commands import run_command

SMALL = ["--epochs", "2", "--batch-size", "4", "--workers", "1", "--lr", "0.001"]


def make_pictures(root):
    rng = np.random.default_rng(0)
    for split, count in (("train", 6), ("val", 3)):
        for number, name in enumerate(("ant", "bee", "cat")):
            folder = root / split / name
            folder.mkdir(parents=True)
            for index in range(count):
                pixels = rng.integers(0, 120, (60, 70, 3), dtype=np.uint8)
                pixels[..., number] += 120
                Image.fromarray(pixels).save(folder / f"{index}.jpg")
    return root


def refusal(capsys, *flags):
    """The one line that the command as a whole prints for bad input; checks its exit code."""
    with pytest.raises(SystemExit) as stopped:
        run_command(lambda: train.main(list(flags)))
    lines = [line for line in capsys.readouterr().err.splitlines() if "error" in line.lower()]
    assert stopped.value.code == 2
    assert len(lines) == 1
    assert lines[0].startswith("error: ")
    return lines[0]


def run(pictures, out, *flags):
    """Runs the command in this process."""
    return train.main(["--data", str(pictures), "--out", str(out), *SMALL, *flags])


def steps(folder):
    rows = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    return [(row["step"], row["loss"], row["top1"]) for row in rows if row["kind"] == "step"]


def epochs(folder):
    rows = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    return [row for row in rows if row["kind"] == "epoch"]
