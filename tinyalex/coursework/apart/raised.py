"""What the student's code raised, as an exception of the judge's."""

from __future__ import annotations

import builtins
import sys

from tinyalex.coursework.engine.verdict import LONGEST, Failed, Open
from tinyalex.support.text import cut

# The first two would end a loop of the judge's in silence; the others need arguments.
SPECIAL = (StopIteration, StopAsyncIteration, UnicodeError) + (
    (ExceptionGroup,) if sys.version_info >= (3, 11) else ()  # noqa: F821
)
COMPLAINTS = {"Failed": Failed, "Open": Open}


def exception(name: str, builtin: str, text: str, place: str) -> Exception:
    """An exception like the one that was raised over there; always one that can be caught."""
    text = cut(str(text), 2 * LONGEST)
    if name in COMPLAINTS:
        return COMPLAINTS[name](text)
    base = getattr(builtins, str(builtin), None)
    if not isinstance(base, type) or not issubclass(base, Exception) or issubclass(base, SPECIAL):
        base = Exception
    error = type(str(name)[:100], (base,), {"__str__": lambda error: text})()
    error.place = cut(str(place), 400)
    return error
