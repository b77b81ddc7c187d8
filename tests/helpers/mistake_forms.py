"""Common mistakes, each written as several students would write it.

FORMS holds (lesson, id of the mistake, class or function); `@form(lesson, id)` adds one.
"""

from collections.abc import Callable

FORMS: list[tuple[str, str, Callable]] = []


def form(lesson: str, id: str) -> Callable:
    def add(written: Callable) -> Callable:
        FORMS.append((lesson, id, written))
        return written

    return add
