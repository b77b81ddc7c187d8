"""python -m tinyalex.features: writes a layer's outputs for a folder of pictures to an .npz."""

from __future__ import annotations

from pathlib import Path

from tinyalex.support.commands import Parser, run_command

DESCRIPTION = """\
Writes a layer's outputs for every picture in a folder, for a linear probe or similarity search.

  python -m tinyalex.features runs/paper-1 --layer relu7 --data imagenet/val features.npz

OUT.npz holds features (n, d) float32, with maps flattened in the order H, W, C; labels (n,);
files (n,), relative to DIR; classes; and layer.
"""


def parser() -> Parser:
    result = Parser(prog="python -m tinyalex.features", description=DESCRIPTION)
    result.add_argument("weights", metavar="WEIGHTS", help="a run's folder or a weights file")
    layer = "a layer's name: pool5, fc7 (before its ReLU), relu7 (after it)"
    result.add_argument("--layer", default="relu7", help=f"{layer}; default: relu7")
    data = "folder of class folders, or of pictures"
    result.add_argument("--data", metavar="DIR", type=Path, required=True, help=data)
    limit = "use at most N pictures, evenly spaced"
    result.add_argument("--limit", type=int, metavar="N", help=limit)
    result.add_argument("out", metavar="OUT.npz", type=Path, help="the file to write")
    return result


def main(argv: list[str] | None = None) -> int:
    arguments = parser().parse_args(argv)
    # Slow imports (about a second): --help and wrong flags need not wait for them.
    import numpy as np

    from tinyalex.inspection import features, net_up_to
    from tinyalex.inspection.cli_inputs import folder_of, target
    from tinyalex.support.files import write_whole
    from tinyalex.support.process import prepare_for_training
    from tinyalex.support.text import say
    from tinyalex.weights import load_weights

    prepare_for_training()
    out = target(arguments.out, "", ".npz")
    weights = load_weights(arguments.weights)
    net = net_up_to(weights, arguments.layer, arguments.weights)
    pictures = folder_of(arguments.data, arguments.limit)
    values, indices = features(net, pictures, weights.preprocessing)
    files = [pictures.paths[k].relative_to(arguments.data).as_posix() for k in indices]
    arrays = {
        "features": values,
        "labels": pictures.labels[indices],
        "files": np.array(files),
        "classes": np.array(pictures.classes),
        "layer": np.array(arguments.layer),
    }
    write_whole(out, lambda file: np.savez(file, **arrays))
    say(f"wrote {out}: {len(values):,} pictures, {values.shape[1]:,} numbers each")
    return 0


if __name__ == "__main__":
    run_command(main)
