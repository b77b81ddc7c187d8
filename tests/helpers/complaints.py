"""How a test asks for an error and its one line."""

from pathlib import Path

import pytest

from tinyalex import evaluate
from tinyalex.support.commands import run_command


def complaint(action, kind=ValueError):
    """The error's message, which must be one line."""
    with pytest.raises(kind) as caught:
        action()
    message = str(caught.value)
    assert "\n" not in message
    return message


def evaluate_refusal(capsys, *flags):
    """The one line that the command as a whole prints for bad input; nothing is written."""
    before = sorted(Path.cwd().rglob("*"))
    with pytest.raises(SystemExit) as stopped:
        run_command(lambda: evaluate.main([str(flag) for flag in flags]))
    lines = capsys.readouterr().err.splitlines()
    assert stopped.value.code == 2
    assert len(lines) == 1
    assert lines[0].startswith("error: ")
    assert sorted(Path.cwd().rglob("*")) == before
    return lines[0]
