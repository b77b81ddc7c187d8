"""Times one case: every program in turn, repeat after repeat, between two looks at the machine."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from statistics import median

from tinyalex.benchmark.cases import Case
from tinyalex.benchmark.network import direct_flops
from tinyalex.benchmark.worker_process import Worker, WorkerError

# The last worker's threads look out for more work for about a tenth of a second before they sleep.
PAUSE_SECONDS = 0.2

NAMES = {
    "ours": "tinyalex",
    "eager": "PyTorch eager",
    "channels_last": "PyTorch channels_last",
    "compiled": "PyTorch compiled",
}


def turns(case: Case, programs: list[str], repeats: int, layers: bool) -> int:
    """How often measure_case calls on_turn."""
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
    """A JSON-able result: the machine's rates, each program's times, the layers' times.

    programs: "ours" and any of PyTorch's modes. One of PyTorch's that fails is left out and said
    so in `notes`; where ours fails, that is an error. on_turn hears what is about to be done.
    """
    result = {"case": vars(case), "title": case.title, "programs": {}, "notes": []}
    with ExitStack() as stack:
        on_turn("the machine's rates")
        machine = stack.enter_context(Worker("machine", case))
        rates = [machine.ask("measure")]
        workers = _start(case, programs, stack, result["notes"], on_turn)
        seconds = _take_turns(workers, repeats, result["notes"], on_turn)
        for program, worker in workers.items():
            result["programs"][program] = {
                "first_call_seconds": worker.about["first_call"],
                "steps_a_repeat": worker.about["steps"],
                "seconds_a_step": seconds[program],
                "peak_memory_bytes": worker.ask("memory")["bytes"],
            }
        if _has_layers(case, layers):
            result["layers"] = _layers(workers["ours"], repeats, on_turn)
        on_turn("the machine's rates")
        rates.append(_ask(machine, "measure"))
    result["machine"] = {key: rates[0][key] + rates[1][key] for key in rates[0]}
    result["direct_flops"] = direct_flops(case)
    return result


def _start(case, programs, stack, notes, on_turn) -> dict[str, Worker]:
    """Workers that have warmed up, one after the other."""
    workers = {}
    for program in programs:
        on_turn(f"{NAMES[program]}: first call")
        try:
            workers[program] = stack.enter_context(Worker(program, case))
        except WorkerError as error:
            if program == "ours":
                raise
            notes.append(f"{NAMES[program]} is left out: {error}")
    return workers


def _take_turns(workers, repeats, notes, on_turn) -> dict[str, list[float]]:
    """Seconds a step of each repeat. Every program has the same number of repeats."""
    seconds: dict[str, list[float]] = {program: [] for program in workers}
    for repeat in range(repeats):
        for program in list(workers):
            on_turn(f"{NAMES[program]}: repeat {repeat + 1}")
            try:
                seconds[program].append(_ask(workers[program], "steps")["seconds"])
            except WorkerError as error:
                if program == "ours":
                    raise
                notes.append(f"{NAMES[program]} is left out: {error}")
                del workers[program]
    return seconds


def _layers(worker: Worker, repeats: int, on_turn) -> dict[str, dict[str, float]]:
    """Median seconds of each layer's forward, backward and update, each step timed in parts."""
    steps = []
    for repeat in range(repeats):
        on_turn(f"layers: repeat {repeat + 1}")
        steps.append(_ask(worker, "layers"))
    return {
        name: {part: median(step[name][part] for step in steps) for part in parts}
        for name, parts in steps[0].items()
    }


def _ask(worker: Worker, word: str) -> dict:
    """The answer, once the others have come to rest."""
    time.sleep(PAUSE_SECONDS)
    return worker.ask(word)
