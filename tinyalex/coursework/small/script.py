"""The command line of a lesson's measurement: files that must be there, errors as one line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from tinyalex.support.commands import Parser, run_command


def run_on_files(
    main: Callable[..., None],
    about: str | None,
    names: Sequence[str],
    counts: Sequence[int] | None = None,
) -> None:
    """Runs main(*paths) with a path for each of `names`, such as PICTURES, and exits.

    counts: how many paths may be given; by default just as many as there are names.
    """

    def run() -> None:
        parser = Parser(prog=f"python -m {main.__globals__['__spec__'].name}", description=about)
        parser.add_argument("paths", nargs="*", type=Path, metavar=" ".join(names))
        paths = parser.parse_args().paths
        if len(paths) not in (counts or (len(names),)):
            parser.error(f"expected {' '.join(names)}; got {len(paths)} arguments")
        for path in paths:
            if not path.exists():
                raise ValueError(f"there is no {path}")
        main(*paths)

    run_command(run)
