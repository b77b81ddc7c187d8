"""What a check found: how far a task got, and what stopped it."""

from __future__ import annotations

from dataclasses import asdict, dataclass

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


class Failed(Exception):
    """A stage's complaint. `diagnose` says whether to compare with the named mistakes."""

    def __init__(self, message: str, diagnose: bool = True) -> None:
        super().__init__(message)
        self.diagnose = diagnose


class Open(Exception):
    """The student has not written this part yet."""


@dataclass
class Verdict:
    """One task's outcome. stage: the one it stopped at, or the last one if it passed.

    mistake: the id of the named mistake that it equals, if it equals exactly one.
    """

    task: str
    name: str
    stage: str
    passed: bool
    message: str
    mistake: str | None = None
    seconds: float = 0.0
    open: bool = False

    def as_dict(self) -> dict:
        reached = len(STAGES) if self.passed else STAGES.index(self.stage)
        return {**asdict(self), "stages_passed": reached, "stages": len(STAGES)}

    def __str__(self) -> str:
        if self.passed:
            head = f"{self.task} {self.name}: right, all stages passed ({self.seconds:.1f} s)"
        elif self.open:
            head = f"{self.task} {self.name}: still to be written"
        else:
            number = STAGES.index(self.stage)
            head = f"{self.task} {self.name}: stopped at stage {number}, {self.stage}"
        return "\n".join([head, *("  " + line for line in self.message.splitlines())])
