"""Names that a file system can hold, and a small network that was trained on classes of them."""

import os

import numpy as np
from hypothesis import strategies as st
from PIL import Image

from tinyalex.models import alexnet
from tinyalex.weights import Preprocessing, Weights

NAMES = [
    r"price $\foo{ 5$", "$a_b^c$", "a$", r"\$", "_hidden", "a\nb", "tab\tbed", "\r\x1b[31mred",
    os.fsdecode(b"\xff\xfe"), os.fsdecode("ü".encode("latin-1")), "line\u2028separator", "\x85",
    "ü" * 120, "w" * 250, "שלום עולם", "قط", "\u202egnp.exe", "猫", "ネコ", "🐱",
    "👨\u200d👩\u200d👧", "❤\ufe0f", ", comma", " spaces ", "-dash", "%s {0} %",
    "a'b\"c;d", "\U000e0100", "हिन्दी", "\ue000", "<b>&amp;",
]  # fmt: skip


def names(most=40):
    """Drawn names: any letters, bytes that are no UTF-8, and what has a meaning somewhere."""
    letters = st.characters(exclude_characters="/\0", exclude_categories=("Cs",))
    stray = st.integers(0x80, 0xFF).map(lambda byte: chr(0xDC00 + byte))
    special = st.sampled_from("$\\{}_^%,\"'\n\t\r\x1b\u2028\u202e猫🐱\ufe0f\u200d אب")
    return st.lists(letters | stray | special, min_size=1, max_size=most).map("".join)


def make_class_folders(root, count=2):
    """A folder for each of the names that this file system takes, with pictures; those names."""
    rng = np.random.default_rng(0)
    made = []
    for name in NAMES:
        try:
            (root / name).mkdir(parents=True)
        except (OSError, ValueError):  # macOS and Windows allow less
            continue
        made.append(name)
        for index in range(count):
            pixels = rng.integers(0, 256, (70, 80, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(root / name / f"{index}.png")
    return sorted(made)


def save_weights(path, classes):
    net = alexnet(len(classes), image_size=67, initialization="he", rng=np.random.default_rng(3))
    preprocessing = Preprocessing.of_colours(67, (120, 110, 100), 1 / 60, size=80)
    Weights("paper", net.state_dict(), preprocessing, classes).save(path)
    return path
