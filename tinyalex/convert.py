"""python -m tinyalex.convert: imports published weights and exports ours to other programs."""

from __future__ import annotations

import argparse
from pathlib import Path

from tinyalex.models import VARIANTS
from tinyalex.support.commands import Parser, run_command
from tinyalex.support.files import destination
from tinyalex.support.text import say

DESCRIPTION = """\
Converts weights from PyTorch (.pth, all three formats), Caffe (.caffemodel), ONNX, safetensors,
bvlc_alexnet.npy or a training run to a weights file, PyTorch or safetensors. The format is detected
from the contents. No code in a file is executed, and none of those programs is needed.

  python -m tinyalex.convert bvlc_alexnet.caffemodel alexnet.npz --classes synset_words.txt
  python -m tinyalex.convert --download torchvision alexnet.npz
  python -m tinyalex.convert runs/paper-1 mine.pth --to pytorch
"""
CONVENTIONS = ("torchvision", "caffe")  # a test compares them with weights.sources
FOREIGN = ("variant", "conventions", "crop", "key")


def parser() -> argparse.ArgumentParser:
    result = Parser(prog="python -m tinyalex.convert", description=DESCRIPTION)
    result.add_argument("files", nargs="*", metavar="FILE OUT", help="file to read, file to write")
    add = result.add_argument
    add("--to", choices=["npz", "pytorch", "safetensors"], default="npz", help="default: npz")
    add("--force", action="store_true", help="overwrite OUT if it exists")
    add("--classes", metavar="TEXT", help="class names: one per line, after the wnid if any")
    group = result.add_argument_group("if the file does not say")
    add = group.add_argument
    add("--variant", choices=list(VARIANTS), help="default: detected from shapes and graph")
    conventions = "how pictures are prepared; default: as is usual for the format"
    add("--conventions", choices=CONVENTIONS, help=conventions)
    add("--crop", type=int, metavar="S", help="input side; default: the variant's 224 or 227")
    add("--key", metavar="KEY", help="which network, if a checkpoint holds several")
    add = result.add_argument_group("from the web").add_argument
    add("--download", choices=["torchvision"], help="download published weights instead of FILE")
    add("--out", metavar="PATH", help="where to keep the download (~/.cache/tinyalex)")
    return result


def main(argv: list[str] | None = None) -> int:
    arguments = parser().parse_args(argv)
    source, out = _files(arguments)
    if out is not None and destination(out).exists() and not arguments.force:
        raise ValueError(f"{out} already exists: choose another name, or add --force")
    about = {}
    if arguments.download:
        source, about = _download(arguments.download, arguments.out)
        if out is None:
            say(f"convert it with: python -m tinyalex.convert {source} OUT.npz")
            return 0
    # Slow imports (about a second): --help and wrong flags need not wait for them.
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
        raise ValueError("--out is where --download keeps its file; write OUT after FILE")
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
    say(f"{'downloaded to' if fetched else 'already at'} {path}; its SHA-256 matches")
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
            raise ValueError(f"{source} is a tinyalex file, which needs no --{name}: leave it out")
    return load_weights(source)


def _name_classes(weights, path: str) -> None:
    """Names the outputs, with wnids if the file has any. Raises ValueError if the counts differ."""
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
