"""`python -m tinyalex.look` on one picture or none: computes, draws a PNG and prints the findings.

weights: a run's folder or a weights file. out: the file to write, by default in the current folder.
All functions raise ValueError for arguments that do not fit.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tinyalex import figures
from tinyalex.figures.projections import Row
from tinyalex.inspection.activations import check_units, output, peaks, strongest_units
from tinyalex.inspection.cli_inputs import class_number, classes_of, input_of, target
from tinyalex.inspection.cut import net_up_to
from tinyalex.inspection.kernels import kernel_groups
from tinyalex.inspection.occlusion import occlude
from tinyalex.inspection.projection import RELU_RULES, project, start_at
from tinyalex.inspection.projection import saliency as saliency_map
from tinyalex.inspection.receptive_field import Field, receptive_field
from tinyalex.models import VARIANTS, Sequential
from tinyalex.support.text import cut, say
from tinyalex.weights import Weights, load_weights, softmax

NAME_WIDTH = 40  # characters of a name in a title


def kernels(weights: str, out: Path | None = None) -> None:
    """conv1's kernels by the group of conv2 that reads them."""
    out = target(out, "kernels.png")
    read = load_weights(weights)
    net_up_to(read, "conv1", weights)  # raises if there is no conv1
    W = read.arrays["conv1.W"]
    groups = kernel_groups(W, VARIANTS[read.variant].groups[1])
    figures.draw_kernel_groups(W, groups, out, f"conv1 of {_title(weights)}")
    for run, colour in groups:
        which = f"kernels {run.start} to {run.stop - 1}"
        say(f"{which}: colour makes up {colour:.0%} of their squared weights")
    say(f"wrote {out}")


def maps(weights: str, picture: str, layer: str = "conv1", out: Path | None = None) -> None:
    """A layer's feature maps of a picture."""
    out = target(out, f"maps-{layer}.png")
    read = load_weights(weights)
    net = net_up_to(read, layer, weights)
    x, shown = input_of(read, picture)
    figures.draw_feature_maps(shown, output(net, x)[0], layer, out)
    say(f"wrote {out}")


def deconvnet(
    weights: str,
    picture: str,
    layer: str = "conv5",
    unit: list[int] | None = None,
    class_name: str | None = None,
    count: int = 4,
    whole_map: bool = False,
    out: Path | None = None,
) -> None:
    """The pixels that excite a layer's units, or a class (`class_name`), by all three methods."""
    layer = layer if class_name is None else "fc8"
    out = target(out, f"deconvnet-{layer}.png")
    if count < 1:
        raise ValueError(f"--count must be at least 1; got {count}")
    read = load_weights(weights)
    net = net_up_to(read, layer, weights)
    x, shown = input_of(read, picture)
    y = output(net, x)
    if class_name is not None:
        unit = [class_number(class_name, classes_of(read))]
    units = unit or strongest_units(y, count)
    check_units(units, net, x.shape)
    values, places = peaks(y)
    rows = []
    for k in units:
        start = start_at(y, k, whole_map)
        back = {method: project(net, x, start, method)[0] for method in RELU_RULES}
        place = tuple(places[0, k].tolist())
        name = f"{layer} unit {k}" if layer != "fc8" else classes_of(read)[k]
        where = "" if y.ndim == 2 else f" at row {place[0]}, column {place[1]}"
        say(f"{name}: {values[0, k]:.4g}{where}")
        field = receptive_field(net, place, x.shape)
        if whole_map:
            field = Field(0, x.shape[1], 0, x.shape[2])
        rows.append(Row(f"{name}: {values[0, k]:.3g}", field, back))
    figures.draw_projections(
        shown, rows, out, f"{_title(picture)}: what {layer} of {_title(weights)} sees"
    )
    say(f"wrote {out}")


def occlusion(
    weights: str,
    picture: str,
    class_name: str | None = None,
    size: int = 32,
    stride: int = 8,
    out: Path | None = None,
) -> None:
    """A class's probability while a grey square hides each part of the picture."""
    out = target(out, "occlusion.png")
    read = load_weights(weights)
    net = net_up_to(read, "fc8", weights)
    x, shown = input_of(read, picture)
    chosen, name, whole = _class(read, net, x, class_name)
    found = occlude(net, x[0], size, stride, progress=True)
    values = found.probabilities[..., chosen]
    row, column = np.unravel_index(values.argmin(), values.shape)
    place = f"row {found.tops[row]}, column {found.lefts[column]}"
    say(f"{name}: probability {whole:.3f}; {values.min():.3f} with the square at {place}")
    middles = (found.tops + (size - 1) / 2, found.lefts + (size - 1) / 2)
    title = f"{_title(picture)}: {cut(name, NAME_WIDTH)}, probability {whole:.3f}"
    title += f"; hidden: {size} × {size} pixels"
    figures.draw_occlusion(
        shown, found.probabilities, middles, chosen, classes_of(read), out, title
    )
    say(f"wrote {out}")


def saliency(
    weights: str, picture: str, class_name: str | None = None, out: Path | None = None
) -> None:
    """|∂ logit / ∂x|: which pixels a class depends on."""
    out = target(out, "saliency.png")
    read = load_weights(weights)
    net = net_up_to(read, "fc8", weights)
    x, shown = input_of(read, picture)
    chosen, name, whole = _class(read, net, x, class_name)
    title = f"{_title(picture)}: {cut(name, NAME_WIDTH)}, probability {whole:.3f}"
    figures.draw_saliency(shown, saliency_map(net, x, chosen)[0], out, title)
    say(f"{name}: probability {whole:.3f}")
    say(f"wrote {out}")


def _class(
    weights: Weights, net: Sequential, x: np.ndarray, class_name: str | None
) -> tuple[int, str, float]:
    """Number, name and probability of the given class, or of the most likely one."""
    probabilities = softmax(output(net, x))[0]
    classes = classes_of(weights)
    chosen = (
        int(probabilities.argmax()) if class_name is None else class_number(class_name, classes)
    )
    return chosen, classes[chosen], float(probabilities[chosen])


def _title(path: str) -> str:
    return cut(Path(path).name, NAME_WIDTH)
