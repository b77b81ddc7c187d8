"""python -m tinyalex.convert: published weights in, our own out to PyTorch."""

from __future__ import annotations

import argparse
from pathlib import Path

from tinyalex.models import VARIANTS
from tinyalex.support.commands import Parser, run_command
from tinyalex.support.files import destination
from tinyalex.support.text import say

DESCRIPTION = """\
Converts weights: from PyTorch (.pth, all three formats), Caffe (.caffemodel), ONNX, safetensors,
bvlc_alexnet.npy and a training's run to a weights file, or to PyTorch. The format is told by the
contents. Nothing in a file is run, and none of those programs is needed.

  python -m tinyalex.convert bvlc_alexnet.caffemodel alexnet.npz --classes synset_words.txt
  python -m tinyalex.convert --download torchvision alexnet.npz
  python -m tinyalex.convert runs/paper-1 mine.pth --to pytorch
"""
CONVENTIONS = ("torchvision", "caffe")  # a test holds them equal to weights.sources
FOREIGN = ("variant", "conventions", "crop", "key")


def parser() -> argparse.ArgumentParser:
    result = Parser(prog="python -m tinyalex.convert", description=DESCRIPTION)
    result.add_argument("files", nargs="*", metavar="FILE OUT", help="what to read, what to write")
    add = result.add_argument
    add("--to", choices=["npz", "pytorch", "safetensors"], default="npz", help="default: npz")
    add("--force", action="store_true", help="write OUT even where it is there already")
    add("--classes", metavar="TEXT", help="names of the classes: one a line, wnid first if any")
    group = result.add_argument_group("where the file leaves it open")
    add = group.add_argument
    add("--variant", choices=list(VARIANTS), help="default: by shapes, and by its graph if any")
    add("--conventions", choices=CONVENTIONS, help="how pictures are prepared: default, as usual")
    add("--crop", type=int, metavar="S", help="side of the input, if not 224 (Caffe's: 227)")
    add("--key", metavar="KEY", help="which network of a checkpoint that holds several")
    add = result.add_argument_group("from the web").add_argument
    add("--download", choices=["torchvision"], help="fetch published weights in place of FILE")
    add("--out", metavar="PATH", help="where the fetched file is kept (~/.cache/tinyalex)")
    return result


def main(argv: list[str] | None = None) -> int:
    arguments = parser().parse_args(argv)
    source, out = _files(arguments)
    if out is not None and destination(out).exists() and not arguments.force:
        raise ValueError(f"{out} is there already: choose another name, or add --force")
    about = {}
    if arguments.download:
        source, about = _download(arguments.download, arguments.out)
        if out is None:
            say(f"convert it with: python -m tinyalex.convert {source} OUT.npz")
            return 0
    # These take a second to import: --help and wrong flags need not wait for them.
    from tinyalex.weights.describe import describe
    from tinyalex.weights.export import export

    weights = _read(source, arguments)
    weights.about |= about
    if arguments.classes:
        _name_classes(weights, arguments.classes)
    print(describe(weights))
    if arguments.to == "npz":
        weights.save(out)
    else:
        export(weights, out, arguments.to)
    say(f"wrote {out}, {out.stat().st_size / 1e6:,.1f} MB")
    return 0


def _files(arguments: argparse.Namespace) -> tuple[Path | None, Path | None]:
    """FILE and OUT; with --download there is no FILE, and OUT may be left out."""
    files = [Path(name) for name in arguments.files]
    if arguments.out and not arguments.download:
        raise ValueError("--out is where --download keeps what it fetched; OUT stands after FILE")
    if arguments.download and len(files) <= 1:
        return None, files[0] if files else None
    if arguments.download or len(files) != 2:
        raise ValueError("give FILE and OUT, or --download and OUT; see --help")
    return files[0], files[1]


def _download(name: str, place: str | None) -> tuple[Path, dict]:
    from tinyalex.weights.download import PUBLISHED, cache_file, download

    published = PUBLISHED[name]
    path = Path(place) if place else cache_file(published)
    print(f"{published.url}, {published.size / 1e6:.0f} MB: {published.licence}", flush=True)
    fetched = download(published, path)
    say(f"{'fetched to' if fetched else 'already in'} {path}, SHA-256 as published")
    return path, {"source": published.url, "licence": published.licence, **published.about}


def _read(source: Path, arguments: argparse.Namespace):
    from tinyalex.weights.foreign import is_ours, read_foreign
    from tinyalex.weights.trained import load_weights, weights_file

    given = {name: getattr(arguments, name) for name in FOREIGN}
    source = weights_file(source)
    if not is_ours(source):
        return read_foreign(source, **given)
    for name, value in given.items():
        if value is not None:
            raise ValueError(f"{source} is tinyalex's own and needs no --{name}")
    return load_weights(source)


def _name_classes(weights, path: str) -> None:
    """Puts the names, and wnids if there are any, to the outputs. ValueError for another number."""
    from tinyalex.weights.class_names import read_class_names

    names, wnids = read_class_names(path)
    outputs = len(weights.arrays.get("fc8.b", ()))
    if len(names) != outputs:
        raise ValueError(f"{path} names {len(names)} classes, but the network has {outputs}")
    weights.classes = names
    if wnids is not None:
        weights.about["wnids"] = wnids


if __name__ == "__main__":
    run_command(main)
