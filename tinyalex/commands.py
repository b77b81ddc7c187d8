"""What all commands share: flags, and errors in one clear line."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable


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
    try:
        sys.exit(main())
    except BrokenPipeError:  # whoever reads what we print has read enough, as `| head` has
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except (ValueError, OSError, MemoryError) as error:
        message = " ".join(str(error).split()) or type(error).__name__
        print(f"error: {message}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        sys.exit(130)
