"""Times one case: all programs in turn, with the machine's rates measured before and after."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from statistics import median

from tinyalex.benchmark.cases import Case
from tinyalex.benchmark.child_process import ChildError, ChildProcess
from tinyalex.benchmark.network import direct_flops

# The previous child's threads spin for about 0.1 s waiting for more work before they sleep.
PAUSE_SECONDS = 0.2

NAMES = {
    "ours": "tinyalex",
    "eager": "PyTorch eager",
    "channels_last": "PyTorch channels_last",
    "compiled": "PyTorch compiled",
}


def turns(case: Case, programs: list[str], repeats: int, layers: bool) -> int:
    """How many times measure_case calls on_turn."""
    return 2 + len(programs) * (1 + repeats) + (repeats if _has_layers(case, layers) else 0)


def _has_layers(case: Case, layers: bool) -> bool:
    return layers and case.mode == "train" and case.image_size is None


def measure_case(
    case: Case,
    programs: list[str],
    repeats: int,
    layers: bool,
    on_turn: Callable[[str], None] = lambda text: None,
) -> dict:
    """A JSON-serializable result: the machine's rates, each program's times, the layers' times.

    programs: "ours" and any of PyTorch's modes. A PyTorch mode that fails is left out and reported
    in `notes`; if "ours" fails, ChildError is raised. on_turn is told what is about to run.
    """
    result = {"case": vars(case), "title": case.title, "programs": {}, "notes": []}
    with ExitStack() as stack:
        on_turn("the machine's rates")
        machine = stack.enter_context(ChildProcess("machine", case))
        rates = [machine.ask("measure")]
        children = _start(case, programs, stack, result["notes"], on_turn)
        seconds = _take_turns(children, repeats, result["notes"], on_turn)
        for program, child in children.items():
            result["programs"][program] = {
                "first_call_seconds": child.about["first_call"],
                "steps_a_repeat": child.about["steps"],
                "seconds_a_step": seconds[program],
                "peak_memory_bytes": child.ask("memory")["bytes"],
            }
        if _has_layers(case, layers):
            result["layers"] = _layers(children["ours"], repeats, on_turn)
        on_turn("the machine's rates")
        rates.append(_ask(machine, "measure"))
    result["machine"] = {key: rates[0][key] + rates[1][key] for key in rates[0]}
    result["direct_flops"] = direct_flops(case)
    return result


def _start(case, programs, stack, notes, on_turn) -> dict[str, ChildProcess]:
    """Starts the children one after the other and warms each up."""
    children = {}
    for program in programs:
        on_turn(f"{NAMES[program]}: first call")
        try:
            children[program] = stack.enter_context(ChildProcess(program, case))
        except ChildError as error:
            if program == "ours":
                raise
            notes.append(f"{NAMES[program]} is left out: {error}")
    return children


def _take_turns(children, repeats, notes, on_turn) -> dict[str, list[float]]:
    """Seconds per step in each repeat. Every program gets the same number of repeats."""
    seconds: dict[str, list[float]] = {program: [] for program in children}
    for repeat in range(repeats):
        for program in list(children):
            on_turn(f"{NAMES[program]}: repeat {repeat + 1}")
            try:
                seconds[program].append(_ask(children[program], "steps")["seconds"])
            except ChildError as error:
                if program == "ours":
                    raise
                notes.append(f"{NAMES[program]} is left out: {error}")
                del children[program]
    return seconds


def _layers(child: ChildProcess, repeats: int, on_turn) -> dict[str, dict[str, float]]:
    """Median seconds of each layer's forward, backward and update, timed layer by layer."""
    steps = []
    for repeat in range(repeats):
        on_turn(f"layers: repeat {repeat + 1}")
        steps.append(_ask(child, "layers"))
    return {
        name: {part: median(step[name][part] for step in steps) for part in parts}
        for name, parts in steps[0].items()
    }


def _ask(child: ChildProcess, word: str) -> dict:
    """The answer, requested once the other children are idle."""
    time.sleep(PAUSE_SECONDS)
    return child.ask(word)
