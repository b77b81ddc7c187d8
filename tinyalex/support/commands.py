"""What all commands share: flags, and errors in one clear line."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Callable
from contextlib import suppress

from tinyalex.support.text import READABLE, shown


class Parser(argparse.ArgumentParser):
    """argparse with the layout of descriptions kept and wrong flags in one line, exit code 2."""

    def __init__(self, **options) -> None:
        options.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        super().__init__(allow_abbrev=False, **options)

    def error(self, message: str) -> None:
        self.exit(2, f"error: {message}; see {self.prog} --help\n")


def run_command(main: Callable[[], int | None]) -> None:
    """Runs a command's main and exits: 2 and one line on bad input, 130 on Ctrl-C, no traceback.

    Bad input is what ValueError and OSError tell of; anything else is a mistake of ours, and its
    traceback is wanted.
    """
    _print_anything()
    try:
        sys.exit(_run(main))
    except BrokenPipeError:  # whoever reads what we print has read enough, as `| head` has
        _print_no_more()
        sys.exit(1)
    except (ValueError, OSError, MemoryError) as error:
        message = shown(" ".join(str(error).split())) or type(error).__name__
        print(f"error: {message}", file=sys.stderr)
        _print_no_more()
        sys.exit(2)
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        sys.exit(130)


def _run(main: Callable[[], int | None]) -> int | str | None:
    """The exit code, after all that was printed has arrived."""
    try:
        code = main()
    except SystemExit as end:  # --help
        code = end.code
    if sys.stdout is not None:
        sys.stdout.flush()
    return code


def _print_anything() -> None:
    """Letters that a terminal's or a pipe's encoding lacks are printed as near ones, or escapes."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=READABLE)


def _print_no_more() -> None:
    """What could not be printed is not tried again as Python ends."""
    with suppress(OSError, ValueError, AttributeError):  # in a test, it may be no file at all
        try:
            sys.stdout.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
