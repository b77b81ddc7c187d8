"""`python -m tinyalex.look` on a folder of pictures; arguments as in show.py."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np

from tinyalex import figures
from tinyalex.data import Pictures
from tinyalex.figures.neighbours import Neighbour, Query
from tinyalex.figures.projections import Excited
from tinyalex.inspection.activations import output
from tinyalex.inspection.cli_inputs import folder_of, input_of, target
from tinyalex.inspection.cut import deepest, net_up_to
from tinyalex.inspection.folder import batches, features
from tinyalex.inspection.neighbours import nearest, unit_length
from tinyalex.inspection.patches import patch_pictures, strongest_patches
from tinyalex.inspection.statistics import activation_statistics, as_text, weight_statistics
from tinyalex.support.files import write_text
from tinyalex.support.text import say
from tinyalex.weights import Weights, load_checkpoint, load_weights
from tinyalex.weights.foreign import is_ours
from tinyalex.weights.trained import weights_file

QUERIES = 5


def patches(
    weights: str,
    data: str,
    layer: str = "conv5",
    unit: list[int] | None = None,
    limit: int | None = None,
    out: Path | None = None,
) -> None:
    """The nine patches of a folder's pictures that excite each unit most."""
    out = target(out, f"patches-{layer}.png")
    read = load_weights(weights)
    net = net_up_to(read, layer, weights)
    pictures = folder_of(data, limit)
    found = strongest_patches(net, pictures, read.preprocessing, unit)
    units = []
    for k, best in found.items():
        span = f"{best[0].value:.4g} to {best[-1].value:.4g}"
        shown = patch_pictures(net, k, best, pictures, read.preprocessing)
        units.append(Excited(f"{layer} unit {k}: {span}", shown))
        counts = np.bincount([pictures.labels[patch.picture] for patch in best])
        common = f"{counts.max()} of {len(best)} are of {pictures.classes[counts.argmax()]}"
        say(f"{layer} unit {k}: {span}; {common}")
    top, bottom, left, right = next(iter(found.values()))[0].field
    title = f"{layer}: the strongest patches ({bottom - top} × {right - left} pixels)"
    title += f" in {len(pictures):,} pictures, and their deconvnet projections"
    figures.draw_patches(units, out, title)
    say(f"wrote {out}")


def neighbours(
    weights: str,
    data: str,
    pictures: list[str] | None = None,
    layer: str | None = None,
    count: int = 6,
    seed: int = 0,
    unit: bool = False,
    limit: int | None = None,
    out: Path | None = None,
) -> None:
    """The nearest pictures in a folder by Euclidean distance between a layer's outputs.

    unit: normalize the outputs to length 1 first.
    """
    out = target(out, "neighbours.png")
    read = load_weights(weights)
    layer = layer or ("pool5" if "fc7" in read.missing else "relu7")
    net = net_up_to(read, layer, weights)
    given = [input_of(read, name) for name in pictures or []]  # unreadable files fail early
    folder = folder_of(data, limit)
    if not 1 <= count < len(folder):
        raise ValueError(f"--count {count}: must be from 1 to {len(folder) - 1} for this folder")
    values, indices = features(net, folder, read.preprocessing)
    kept = Pictures([folder.paths[k] for k in indices], folder.labels[indices], folder.classes)
    if given:
        own = np.array([_row_of(name, kept) for name in pictures])
        wanted = np.concatenate([output(net, x).reshape(1, -1) for x, _ in given])
    else:
        own = np.sort(np.random.default_rng(seed).permutation(len(values))[:QUERIES])
        wanted = values[own]
    if unit:
        wanted, values = unit_length(wanted), unit_length(values)
    near, distances = nearest(wanted, values, count, own)
    queries = []
    for q, row in enumerate(own):
        query = _member(read, kept, row) if row >= 0 else (given[q][1], "")
        found = zip(near[q], distances[q], strict=True)
        queries.append(Query(*query, [Neighbour(*_member(read, kept, k), d) for k, d in found]))
    _tell(queries, unit or np.bincount(near.ravel()).max() < max(3, len(own)))
    title = f"nearest in {layer} ({values.shape[1]:,} features) among {len(values):,} pictures"
    title += ", normalized to length 1; below: distance" if unit else "; below: distance"
    figures.draw_neighbours(queries, out, title)
    say(f"wrote {out}")


def _row_of(name: str, kept: Pictures) -> int:
    """The index of this file among the folder's pictures, or −1."""
    same = [row for row, path in enumerate(kept.paths) if path.resolve() == Path(name).resolve()]
    return same[0] if same else -1


def _member(weights: Weights, kept: Pictures, row: int) -> tuple[np.ndarray, str]:
    """One of the folder's pictures as pixels, and its class."""
    return weights.preprocessing.read(kept.paths[row]), kept.classes[kept.labels[row]]


def _tell(queries: list[Query], well_spread: bool) -> None:
    """Prints how many neighbours have their query's class, if known; a hint if one dominates."""
    pairs = [(own, other) for _, own, others in queries if own for _, other, _ in others]
    if pairs:
        same = sum(own == other for own, other in pairs)
        print(f"{same} of {len(pairs)} neighbours have their query's class")
    if not well_spread:
        print("one picture is near every query: try --unit-length, which compares directions only")


def statistics(
    weights: str, data: str | None = None, limit: int | None = None, out: Path | None = None
) -> None:
    """Statistics of each layer's activations, and of its weights, as the 2012 program printed them.

    From a run's folder, the newest checkpoint is read: only it has the velocity, the last ΔW.
    """
    out = None if out is None else target(out, "", ".json")
    newest = Path(weights) / "last.npz"
    path = newest if newest.is_file() else weights_file(weights)
    read = load_weights(path)
    velocity = load_checkpoint(path)[0].get("velocity") if is_ours(path) else None
    tables = {"weights": weight_statistics(read.arrays, velocity)}
    say(str(path))
    print(as_text(tables["weights"]))
    if velocity is None:
        print("no mean |dW|: only a run's last.npz has the velocity")
    if data is not None:
        print()
        pictures = folder_of(data, limit)
        net = net_up_to(read, deepest(read), path)
        inputs = (batch.x for batch in batches(pictures, read.preprocessing, "activations"))
        tables["activations"] = activation_statistics(net, inputs)
        print(as_text(tables["activations"]))
    if out is not None:
        facts = {what: [asdict(row) for row in rows] for what, rows in tables.items()}
        write_text(out, json.dumps(facts, indent=2) + "\n")
        say(f"wrote {out}")
