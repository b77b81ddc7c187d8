"""Checkpoints: one .npz with all arrays, and a JSON string for everything else. No pickles."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from tinyalex.support.files import write_whole

FORMAT = "tinyalex checkpoint 1"


def save_checkpoint(path: Path, groups: dict[str, dict[str, np.ndarray]], about: dict) -> None:
    """Writes groups of arrays, such as {"weights": net.state_dict()}, and JSON-serializable facts.

    Raises ValueError if the file cannot be written, or if an array holds a NaN or an infinity: a
    broken network never replaces a good checkpoint.
    """
    arrays: dict[str, Any] = {}
    for group, members in groups.items():
        for name, array in members.items():
            if not np.isfinite(array).all():
                raise ValueError(f"{path} not written: {group} {name} holds a NaN or an infinity")
            arrays[f"{group}/{name}"] = array
    arrays["about"] = np.array(json.dumps({"format": FORMAT, **about}))
    write_whole(path, lambda file: np.savez(file, **arrays))


def load_facts(path: Path) -> dict:
    """Only the facts of a checkpoint, without reading its arrays; {} if there are none."""
    try:
        with open(path, "rb") as opened, np.load(opened, allow_pickle=False) as file:
            about = json.loads(str(file["about"]))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return {}
    return about if isinstance(about, dict) and about.get("format") == FORMAT else {}


def load_checkpoint(path: Path) -> tuple[dict[str, dict[str, np.ndarray]], dict]:
    """Reads a file from save_checkpoint: the groups of arrays, and the facts.

    Raises ValueError for a missing or damaged file, or one that is not a checkpoint.
    """
    if not path.is_file():
        raise ValueError(f"no checkpoint at {path}")
    try:
        with open(path, "rb") as opened, np.load(opened, allow_pickle=False) as file:
            about = json.loads(str(file["about"]))
            groups: dict[str, dict[str, np.ndarray]] = {}
            for key in file.files:
                if key != "about":
                    group, name = key.split("/", 1)
                    groups.setdefault(group, {})[name] = file[key]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path} is damaged or not a tinyalex checkpoint ({error})") from None
    if not isinstance(about, dict) or about.get("format") != FORMAT:
        raise ValueError(f"{path} is not a tinyalex checkpoint: its format is not {FORMAT!r}")
    return groups, about
