"""What a check found: how far a task got, and what stopped it."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

from tinyalex.support.text import cut

STAGES = (
    "contract",
    "shapes",
    "worked example",
    "specification",
    "side effects",
    "gradients",
    "integration",
    "reward",
)
LONGEST = 2000  # characters of a message


class Failed(Exception):
    """A stage's complaint. `diagnose` says whether to compare with the named mistakes."""

    def __init__(self, message: str, diagnose: bool = True) -> None:
        super().__init__(message)
        self.diagnose = diagnose


class Open(Exception):
    """The student has not written this part yet."""


class Ended(BaseException):
    """The process with the student's code has ended. No stage may take this for an answer."""


@dataclass
class Verdict:
    """One task's outcome. stage: the one it stopped at, or the last one if it passed.

    mistake: the id of the named mistake that it equals, if it equals exactly one.
    library: what of the library's own code did the work when the student's ran; "" for nothing.
    untouched: nothing of the task is written, which is worth as much as an empty file.
    stages: those that the task has. A function has no gradients.
    """

    task: str
    name: str
    stage: str
    passed: bool
    message: str
    mistake: str | None = None
    seconds: float = 0.0
    open: bool = False
    untouched: bool = False
    library: str = ""
    stages: tuple[str, ...] = STAGES

    def __post_init__(self) -> None:
        self.message = cut(self.message, LONGEST)

    @property
    def stages_passed(self) -> int:
        if self.untouched:
            return 0
        return len(self.stages) if self.passed else self.stages.index(self.stage)

    def as_dict(self) -> dict[str, Any]:
        """The fields as JSON has them, with the stages counted."""
        every = {field.name: getattr(self, field.name) for field in fields(self)}
        return {**every, "stages_passed": self.stages_passed, "stages": len(self.stages)}

    def __str__(self) -> str:
        if self.passed:
            head = f"{self.task} {self.name}: right, all stages passed ({self.seconds:.1f} s)"
        elif self.open:
            head = f"{self.task} {self.name}: still to be written"
        else:
            number = self.stages.index(self.stage)
            head = f"{self.task} {self.name}: stopped at stage {number}, {self.stage}"
        lines = self.message.splitlines()
        if self.library:
            lines.append(f"The library's own code does the work: {self.library}")
        return "\n".join([head, *("  " + line for line in lines)])


def in_one(verdicts: list[Verdict]) -> list[Verdict]:
    """Verdicts that stopped at the contract for the same reason, such as a file that does not run,
    as one: the reason is said once."""
    first = verdicts[0]
    same = all((one.stage, one.message) == ("contract", first.message) for one in verdicts)
    if first.passed or first.open or len(verdicts) < 2 or not same:
        return verdicts
    tasks = ", ".join(one.task for one in verdicts)
    return [replace(first, task=tasks, name=", ".join(one.name for one in verdicts))]
