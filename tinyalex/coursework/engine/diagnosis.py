"""Recognizes a named mistake by what it computes, in whatever form it is written.

A mistake's wrong code differs from the library's in some parts of the fingerprint (y, dx, dW …).
A student's work has the mistake if its deviation from the right numbers is the mistake's in these
parts, in all cases. So it may compute in float32, or have other faults in other parts.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from tinyalex.coursework.engine.fingerprint import RAISES, TYPE, Fingerprint, cases_of
from tinyalex.coursework.engine.task import FunctionTask, LayerTask
from tinyalex.coursework.mistakes import Mistake

ITS_TEXT = "the text of what it raises"
SAME = 1e-9  # relative; the same formula in another order of additions
ROUNDED = 1e-5  # relative; the same formula in float32
LONGEST = 2.0  # seconds for a student's fingerprints
SHARE = 0.01  # of a mistake's effect that it need not explain

EQUAL, SEEN, PARTLY, FORWARD = range(4)  # how a mistake was recognized, the surest first


def diagnose(written: Any, task: LayerTask | FunctionTask) -> Mistake | None:
    """The named mistake that the student's work has, or None.

    Also None if two mistakes look the same here or the work looks right.
    """
    with np.errstate(all="ignore"):
        cases = cases_of(task)
        own = _while_quick(cases, written)
        cases = cases[: len(own)]
        right = [case(task.reference) for case in cases]
        if not any(_parts_that_differ(a, b) for a, b in zip(own, right, strict=True)):
            return None
        found = []
        for mistake in task.mistakes:
            ranks = [_rank(form, cases, right, own) for form in mistake.forms]
            ranks.append((SEEN,) if _seen(mistake, written) else None)
            found += [(rank, mistake) for rank in ranks if rank is not None]
    best = min((rank for rank, _ in found), default=None)
    same = {mistake.id: mistake for rank, mistake in found if rank == best}
    return next(iter(same.values())) if len(same) == 1 else None


def _while_quick(cases: list, written: Any) -> list[Fingerprint]:
    """The work's fingerprints, of fewer cases if it is slow."""
    own, started = [], time.monotonic()
    for case in cases:
        own.append(case(written))
        if time.monotonic() - started > LONGEST:
            break
    return own


def _seen(mistake: Mistake, written: Any) -> bool:
    """Whether the mistake's own experiment with the student's work shows it."""
    try:
        return mistake.shown_by is not None and bool(mistake.shown_by(written))
    except Exception:
        return False


def _rank(form: Any, cases: list, right: list[Fingerprint], own: list[Fingerprint]):
    """How surely the work has the mistake of this wrong code: a tuple, lower is surer, or None."""
    signature: dict[str, None] = {}  # parts in which the mistake shows, in order
    unlike: set[str] = set()  # parts in which the work is not like the mistake
    one_way = "y" in right[0]  # of layers, also what has only a forward so far is recognized
    seen = False  # whether the work has come as far as the mistake shows
    for case, good, found in zip(cases, right, own, strict=True):
        wrong = case(form)
        differs = _parts_that_differ(wrong, good)
        signature |= dict.fromkeys(differs)
        seen |= any(name in found for name in differs)
        unlike |= _unlike(found, wrong, good, one_way)
        forward = {name for name in ("y", "y again") if name in signature}
        if unlike & signature.keys() and (unlike & forward or not forward):
            return None
    if not signature or (signature.keys() == {RAISES} and ITS_TEXT in unlike):
        return None
    order = list(right[0])
    first = min((order.index(name) for name in signature if name in order), default=len(order))
    if unlike & signature.keys() or not seen:
        return (FORWARD, first, 0) if seen else None
    others = {name for name in unlike if not name.endswith(TYPE)} - {ITS_TEXT}
    kind = PARTLY if others else EQUAL
    return kind, first, -len(signature)


def _parts_that_differ(wrong: Fingerprint, right: Fingerprint) -> list[str]:
    """The parts, in order, in which two fingerprints differ by more than rounding."""
    names = [*right, *(name for name in wrong if name not in right)]
    if RAISES in wrong and RAISES not in right:  # what would have followed does not count
        names = [name for name in names if name in wrong]
    return [
        name
        for name in names
        if name not in wrong or name not in right or not _close(wrong[name], right[name])
    ]


def _unlike(found: Fingerprint, wrong: Fingerprint, right: Fingerprint, one_way: bool) -> set[str]:
    """The parts in which `found` is not what the mistake computes."""
    unlike = set()
    for name in found.keys() | wrong.keys():
        if name in found and name in wrong:
            if not _explained(found[name], wrong[name], right.get(name)):
                unlike.add(name)
        elif RAISES not in found or not one_way:
            unlike.add(name)
    if found.keys() != wrong.keys():  # it raises earlier, which may have another reason
        unlike |= {RAISES} & wrong.keys()
    if found.get(RAISES) != wrong.get(RAISES):
        unlike.add(ITS_TEXT)
    return unlike


def _close(a, b) -> bool:
    """Whether two parts are equal but for rounding, of float32 where one of them is."""
    if isinstance(a, str) or isinstance(b, str):
        return isinstance(a, str) and isinstance(b, str) and a == b
    return _within(a, b, (SAME if a.dtype == b.dtype else ROUNDED) * _size(b))


def _explained(found, wrong, right) -> bool:
    """Whether `found` is `wrong`, but for rounding and a small share of the mistake's effect."""
    if isinstance(found, str) or isinstance(wrong, str):
        kinds = [part.partition(":")[0] for part in (found, wrong) if isinstance(part, str)]
        return len(kinds) == 2 and kinds[0] == kinds[1]
    if right is None or isinstance(right, str) or right.shape != wrong.shape:
        return _within(found, wrong, ROUNDED * _size(wrong))
    if _close(wrong, right):
        return _within(found, wrong, ROUNDED * _size(wrong))
    if wrong.dtype.kind not in "fc":
        return _within(found, wrong, SAME)
    effect = _size(wrong - right) if right.dtype.kind in "fc" else _size(wrong)
    return _within(found, wrong, SHARE * effect)


def _size(array: np.ndarray) -> float:
    if array.dtype.kind not in "fciu":
        return 0.0
    return float(np.abs(array[np.isfinite(array)]).max(initial=0))


def _within(a: np.ndarray, b: np.ndarray, allowed: float) -> bool:
    if a.shape != b.shape:
        return False
    if a.dtype.kind not in "fciub" or b.dtype.kind not in "fciub":
        return bool((a == b).all())
    with np.errstate(invalid="ignore"):
        near = np.abs(a.astype(complex) - b.astype(complex)) <= allowed
    return bool((near | (a == b) | (np.isnan(a) & np.isnan(b))).all())
