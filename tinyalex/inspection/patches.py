"""The patches of pictures that excite a unit most (Zeiler and Fergus 2013, figure 2)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tinyalex.data import Pictures
from tinyalex.inspection.activations import check_units, output, peaks
from tinyalex.inspection.folder import batches
from tinyalex.inspection.projection import project, start_at
from tinyalex.inspection.receptive_field import Field, cut_out, receptive_field
from tinyalex.models import Sequential
from tinyalex.weights import Preprocessing

UNITS = 6  # number of units shown by default


@dataclass(frozen=True)
class Patch:
    """Where a unit was excited: the picture's index, the unit's value and its receptive field."""

    picture: int
    value: float
    field: Field


def strongest_patches(
    net: Sequential,
    pictures: Pictures,
    preprocessing: Preprocessing,
    units: list[int] | None = None,
    count: int = 9,
    progress: bool = True,
) -> dict[int, list[Patch]]:
    """For each unit of the net's last layer, the `count` pictures that excite it most.

    Each picture counts once, where the unit's map is largest. units: None for the six with the
    highest mean over their `count` strongest patches.
    """
    shape = (1, preprocessing.crop, preprocessing.crop, 3)
    check_units(units or [], net, shape)
    chosen = slice(None) if units is None else units
    parts = []
    for batch in batches(pictures, preprocessing, net.layers[-1][0], progress):
        values, places = peaks(output(net, batch.x))
        parts.append((batch.indices, values[:, chosen], places[:, chosen].astype(np.int16)))
    found, values, places = (np.concatenate(each) for each in zip(*parts, strict=True))
    order = np.argsort(-values, axis=0, kind="stable")[:count]  # (count, units)
    if units is None:
        means = np.take_along_axis(values, order, axis=0).mean(axis=0)
        columns = np.argsort(-means, kind="stable")[:UNITS].tolist()
    else:
        columns = range(len(units))
    result = {}
    for column in columns:
        result[column if units is None else units[column]] = [
            Patch(
                int(found[row]),
                float(values[row, column]),
                receptive_field(net, tuple(places[row, column].tolist()), shape, clip=False),
            )
            for row in order[:, column]
        ]
    return result


def patch_pictures(
    net: Sequential,
    unit: int,
    patches: list[Patch],
    pictures: Pictures,
    preprocessing: Preprocessing,
    method: str = "deconvnet",
) -> list[tuple[np.ndarray, np.ndarray]]:
    """For each patch, its pixels as RGB in 0-1 and the unit's projection onto them, both (h, w, 3).

    Beyond the picture's edge the pixels are white and the projection is 0.
    """
    result = []
    for patch in patches:
        x = preprocessing.views(preprocessing.read(pictures.paths[patch.picture])[None])[0]
        back = project(net, x, start_at(output(net, x), unit), method)[0]
        shown = cut_out(preprocessing.as_picture(x[0]), patch.field)
        result.append((shown, cut_out(back, patch.field, fill=0.0)))
    return result
