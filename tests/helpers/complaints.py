"""How a test asks for an error and its one line."""

import pytest


def complaint(action, kind=ValueError):
    """The error's message, which must be one line."""
    with pytest.raises(kind) as caught:
        action()
    message = str(caught.value)
    assert "\n" not in message
    return message
