"""PyTorch's files since version 1.6: a zip with a pickle of the names and one entry per storage.

    <folder>/data.pkl    pickle: {"features.0.weight": tensor in storage "0", ...}
    <folder>/data/0 ...  the storages' numbers, uncompressed
    <folder>/byteorder   "little" or "big"; absent in older files

Neither PyTorch nor Python's `pickle` is used: see `pickles.py`.
Source: torch/serialization.py, `_save`.
"""

from __future__ import annotations

import numpy as np

from tinyalex.weights.formats.archive import Entry
from tinyalex.weights.formats.checkpoints import state_dict
from tinyalex.weights.formats.order import layers_of_state_dict
from tinyalex.weights.formats.parsed_file import ParsedFile, shown
from tinyalex.weights.formats.pickles import read_pickle
from tinyalex.weights.formats.tensors import NAMES, sized, storages

LONGEST_PICKLE = 2**20  # bytes; AlexNet's takes about 2,000
OWN_METADATA = "tinyalex.json"


def read_zip(entries: dict[str, Entry], key: str | None = None) -> ParsedFile:
    """The network in a zip. Raises ValueError if it is damaged or something else.

    key: which network, if there are several: see `checkpoints.py`.
    """
    pickles = [name for name in entries if name.endswith("/data.pkl")]
    if len(pickles) != 1:
        raise ValueError(f"a zip file with {len(pickles)} entries named data.pkl, not one")
    folder = pickles[0].removesuffix("data.pkl")
    byteorder = entries.get(f"{folder}byteorder")
    if byteorder is not None and byteorder.stored() != b"little":
        raise ValueError("its numbers are big-endian, which is not supported")

    def storage(key: str, kind: str, count: int) -> np.ndarray:
        entry = entries.get(f"{folder}data/{key}")
        if entry is None:
            raise ValueError(f"storage {shown(key)} is missing")
        return sized(entry.stored(), kind, count, key)

    pickle = entries[pickles[0]].stored()
    if len(pickle) > LONGEST_PICKLE:
        raise ValueError(f"its data.pkl takes {len(pickle):,} bytes; AlexNet's takes 2,000")
    value, end = read_pickle(pickle, NAMES, persistent=storages(storage))
    if end != len(pickle):
        raise ValueError("its data.pkl has bytes after its end")
    own_metadata = entries.get(folder + OWN_METADATA)
    return ParsedFile(
        "PyTorch zip",
        layers_of_state_dict(state_dict(value, key)),
        conventions="torchvision",
        own_metadata=str(own_metadata.stored(), "utf-8", "replace") if own_metadata else None,
    )
