"""Shared by all commands: the flag parser, and errors as one line."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Callable
from contextlib import suppress

from tinyalex.support.text import READABLE, shown


class Parser(argparse.ArgumentParser):
    """An argument parser that keeps the layout of descriptions and reports errors as one line."""

    def __init__(self, **options) -> None:
        options.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        super().__init__(allow_abbrev=False, **options)

    def error(self, message: str) -> None:
        self.exit(2, f"error: {message}; see {self.prog} --help\n")


def run_command(main: Callable[[], int | None]) -> None:
    """Runs a command's main and exits: 2 and one line on bad input, 130 on Ctrl-C, no traceback.

    ValueError, OSError and MemoryError count as bad input. Any other exception is a bug in tinyalex
    and keeps its traceback.
    """
    _print_anything()
    try:
        sys.exit(_run(main))
    except BrokenPipeError:  # the reader closed the pipe, as `| head` does
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
    """Runs main, flushes standard output and returns the exit code."""
    try:
        code = main()
    except SystemExit as end:  # --help
        code = end.code
    if sys.stdout is not None:
        sys.stdout.flush()
    return code


def _print_anything() -> None:
    """Prints characters that the output's encoding lacks as similar ones or as escapes."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=READABLE)


def _print_no_more() -> None:
    """Discards what could not be printed, so that Python does not try again when it exits."""
    with suppress(OSError, ValueError, AttributeError):  # in a test, stdout may not be a file
        try:
            sys.stdout.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
