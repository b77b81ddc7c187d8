"""python -m tinyalex.bench: its children, whose turn it is, what it prints and writes."""

import json
import os
import re
import signal
import subprocess
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from bench_cases import SMALL, WHOLE, made_up
from PIL import Image

from tinyalex import bench
from tinyalex.benchmark import child, measure, run, startup
from tinyalex.benchmark.cases import Case
from tinyalex.benchmark.chart import draw_chart
from tinyalex.benchmark.child_process import ChildError, ChildProcess, environment
from tinyalex.benchmark.network import blank_network
from tinyalex.benchmark.report import case_report, overview

# --- children --------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_child_takes_steps_when_told(monkeypatch):
    monkeypatch.setenv("TINYALEX_BACKEND", "numpy")
    with ChildProcess("ours", SMALL) as one:
        assert one.about["first_call"] > 0
        assert 0 < one.ask("steps")["seconds"] < 60
        assert one.ask("layers")["conv1"]["forward"] > 0
        assert 10e6 < one.ask("memory")["bytes"] < 10e9
        process = one._process
        assert process.poll() is None
    assert process.poll() is not None


def test_a_child_that_fails_says_why(monkeypatch):
    monkeypatch.setenv("TINYALEX_BACKEND", "none")
    with pytest.raises(ChildError, match="ours: ValueError: unknown backend 'none'"):
        ChildProcess("ours", SMALL)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_a_child_that_is_killed_says_so(monkeypatch):
    monkeypatch.setenv("TINYALEX_BACKEND", "numpy")
    with ChildProcess("ours", SMALL) as one:
        os.kill(one._process.pid, signal.SIGKILL)
        one._process.wait()
        with pytest.raises(ChildError, match="killed, probably for lack of memory"):
            one.ask("steps")


def test_threads_are_set_before_the_process_starts():
    variables = environment("ours", Case("paper", 1, "train", threads=7))
    for name in ("OPENBLAS", "NUMBA", "OMP"):
        assert variables[f"{name}_NUM_THREADS"] == "7"
    assert variables["TINYALEX_THREADS"] == "7"


class Clock:
    """A program whose steps take no time of ours: each lasts `seconds` of a clock of its own."""

    def __init__(self, monkeypatch, *seconds):
        self.seconds, self.now, self.steps = list(seconds), 0.0, 0
        monkeypatch.setattr(child.time, "perf_counter", lambda: self.now)

    def step(self):
        self.now += self.seconds.pop(0) if len(self.seconds) > 1 else self.seconds[0]
        self.steps += 1


@pytest.mark.parametrize(("seconds", "steps"), [(3.0, 1), (0.1, 4), (1e-6, 500)])
def test_short_steps_are_taken_many_at_a_time(monkeypatch, seconds, steps):
    about = child.warm_up(Clock(monkeypatch, 9.0, seconds))
    assert about == {"first_call": 9.0, "steps": steps}
    assert child._seconds(Clock(monkeypatch, 2.0), 3) == pytest.approx(2.0)


# --- turns ----------------------------------------------------------------------------------


class FakeChild:
    """Notes who is asked what. `broken`, {program: "start" or a word}, says who fails at what."""

    asked: ClassVar[list] = []
    broken: ClassVar[dict] = {}

    def __init__(self, program, case):
        self.program, self.about = program, {"first_call": 1.0, "steps": 2}
        if self.broken.get(program) == "start":
            raise ChildError(f"{program}: no compiler")

    def ask(self, word):
        FakeChild.asked.append((self.program, word))
        if self.broken.get(self.program) == word:
            raise ChildError(f"{self.program}: fell over")
        names = [name for name, _ in blank_network(WHOLE)]
        layers = {name: {"forward": 0.01, "backward": 0.02} for name in names}
        layers["loss"] = {"forward": 0.001, "backward": 0.001}
        return {
            "steps": {"seconds": {"ours": 1.0, "eager": 2.0}.get(self.program, 1.5)},
            "layers": layers,
            "memory": {"bytes": 5_000_000},
            "measure": {"sgemm_gflops": [100.0], "copy_gb_per_s": [10.0]},
        }[word]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


@pytest.fixture
def fake_children(monkeypatch):
    monkeypatch.setattr(measure, "ChildProcess", FakeChild)
    monkeypatch.setattr(measure, "PAUSE_SECONDS", 0)
    monkeypatch.setattr(FakeChild, "asked", [])
    monkeypatch.setattr(FakeChild, "broken", {})
    return FakeChild


def test_programs_take_turns_between_two_looks_at_the_machine(fake_children):
    heard = []
    programs = ["ours", "eager", "compiled"]
    result = measure.measure_case(WHOLE, programs, 2, True, heard.append)
    in_turn = [name for name, word in fake_children.asked if word == "steps"]
    assert in_turn == programs * 2
    looks = [at for at, (name, _) in enumerate(fake_children.asked) if name == "machine"]
    assert looks == [0, len(fake_children.asked) - 1]
    assert len(heard) == measure.turns(WHOLE, programs, 2, True)
    assert result["machine"]["sgemm_gflops"] == [100.0, 100.0]
    assert result["programs"]["eager"]["seconds_a_step"] == [2.0, 2.0]
    # Timing the layers takes memory of its own: the peak is read before.
    assert fake_children.asked.index(("ours", "memory")) < fake_children.asked.index(
        ("ours", "layers")
    )


@pytest.mark.parametrize("when", ["start", "steps"])
def test_a_mode_of_torch_that_fails_is_left_out(fake_children, when):
    fake_children.broken = {"compiled": when}
    result = measure.measure_case(WHOLE, ["ours", "eager", "compiled"], 2, False)
    assert list(result["programs"]) == ["ours", "eager"]
    (note,) = result["notes"]
    assert note.startswith("PyTorch compiled is left out: compiled: ")
    assert note in case_report(result)


@pytest.mark.parametrize("when", ["start", "steps"])
def test_where_ours_fails_that_is_an_error(fake_children, when):
    fake_children.broken = {"ours": when}
    with pytest.raises(ChildError, match="ours: "):
        measure.measure_case(WHOLE, ["ours", "eager"], 2, False)


def test_layers_only_of_the_whole_network_in_training(fake_children):
    for case in (SMALL, Case("paper", 1, "infer", 1)):
        assert "layers" not in measure.measure_case(case, ["ours"], 1, True)
    assert "layers" in measure.measure_case(WHOLE, ["ours"], 1, True)


# --- what is shown --------------------------------------------------------------------------


def test_the_command_prints_and_writes_everything(fake_children, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(bench.importlib.util, "find_spec", lambda name: "found")
    start = {"import": 0.1, "build": 1.0, "step": 9.0, "whole": 10.1}
    monkeypatch.setattr(run, "measure_startup", lambda threads: {"cold": start, "warm": start})
    file, chart = tmp_path / "b.json", tmp_path / "b.png"
    flags = ["--against", "torch", "--batch-sizes", "32", "--threads", "1", "--startup"]
    flags += ["--mode", "train"]
    assert bench.main([*flags, "--json", str(file), "--chart", str(chart)]) == 0
    shown = capsys.readouterr().out
    assert "paper, training, batch 32, 1 thread" in shown
    assert "compared with PyTorch channels_last, its fastest mode here: 1.50 × (1.50–1.50)" in shown
    assert re.search(r"^fc8 +10\.0 +20\.0", shown, re.M)
    assert re.search(r"^cold +0\.1 +1\.0 +9\.0 +10\.1", shown, re.M)
    content = json.loads(file.read_text())
    assert content["format"] == "tinyalex-bench 1"
    assert content["startup"]["cold"]["step"] == 9.0
    assert [result["case"] for result in content["results"]] == [
        vars(Case("paper", 32, "train", threads=1))
    ]
    assert content["results"][0]["pictures_per_second"]["ours"]["median"] == 32
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.json", "b.png"]


def test_what_was_measured_stays_when_a_run_is_stopped(fake_children, monkeypatch, tmp_path):
    file = tmp_path / "b.json"
    real = run.measure_case

    def stopped_at_the_second(case, *arguments):
        if case.batch == 2:
            raise KeyboardInterrupt
        return real(case, *arguments)

    monkeypatch.setattr(run, "measure_case", stopped_at_the_second)
    flags = ["--batch-sizes", "1,2", "--threads", "1", "--repeats", "1", "--json", str(file)]
    with pytest.raises(KeyboardInterrupt):
        bench.main(flags)
    assert [result["case"]["batch"] for result in json.loads(file.read_text())["results"]] == [1]


def test_overview_keeps_a_place_for_a_mode_left_out():
    results = [
        made_up(ours=[1.0], eager=[2.0], compiled=[4.0]),
        made_up(Case("torchvision", 1, "infer", 1, 64), ours=[0.1], eager=[0.05]),
        made_up(Case("torchvision", 1, "infer", 1), ours=[0.1]),
    ]
    heads, _, *lines = overview(results).splitlines()[2:]
    assert "eager  compiled" in heads
    assert lines[0].split()[5:11] == ["32.0", "16.0", "8.0", "2.00", "×", "(2.00–2.00)"]
    assert lines[1].split()[1] == "64"
    assert lines[1].split()[5:8] == ["10.0", "20.0", "–"]
    assert lines[2].split()[5:9] == ["10.0", "–", "–", "–"]


def test_the_charts_bars_are_as_long_as_the_speeds(tmp_path):
    slow, fast = made_up(ours=[4.0], eager=[8.0]), made_up(ours=[2.0, 2.1, 1.9], eager=[8.0])
    draw_chart([slow, fast], tmp_path / "c.png", "a machine")
    picture = np.asarray(Image.open(tmp_path / "c.png").convert("RGB")).astype(int)
    red = (np.abs(picture - [0xC0, 0x39, 0x2B]).sum(axis=2) < 30).sum(axis=1)
    rows = np.flatnonzero(red > 100)
    bars = np.split(rows, np.flatnonzero(np.diff(rows) > 20) + 1)  # the legend's patch is shorter
    lengths = [np.median(red[bar]) for bar in bars]
    assert len(lengths) == 2
    assert lengths[1] / lengths[0] == pytest.approx(2, abs=0.1)


# --- the start ------------------------------------------------------------------------------


def test_cold_and_warm_share_a_cache_that_was_empty(monkeypatch):
    seen = []

    def run_once(command, env, **options):
        cache = Path(env["NUMBA_CACHE_DIR"])
        seen.append((cache, sorted(path.name for path in cache.iterdir())))
        (cache / "kernel").touch()
        times = json.dumps({"import": 0.1, "build": 1.0, "step": 2.0, "whole": 3.1})
        return subprocess.CompletedProcess(command, 0, times, "")

    monkeypatch.setattr(startup.subprocess, "run", run_once)
    assert set(startup.measure_startup(threads=2)) == {"cold", "warm"}
    (cold, empty), (warm, filled) = seen
    assert cold == warm
    assert (empty, filled) == ([], ["kernel"])
    assert not cold.exists()


def test_a_start_that_fails_says_why(monkeypatch):
    failed = subprocess.CompletedProcess([], 1, "", "Traceback\nImportError: no numba")
    monkeypatch.setattr(startup.subprocess, "run", lambda *_, **__: failed)
    with pytest.raises(ValueError, match="could not time the startup: ImportError: no numba"):
        startup.measure_startup(threads=1)


def test_the_first_step_is_timed_from_the_start_of_the_process(monkeypatch):
    monkeypatch.setattr("tinyalex.benchmark.ours.Ours", lambda case: Clock(monkeypatch, 1.0))
    now = iter([12.0, 15.0, 19.0])
    monkeypatch.setattr(startup.time, "time", lambda: next(now))
    times = startup.first_step(32, started=11.0)
    assert times == {"import": 1.0, "build": 3.0, "step": 4.0, "whole": 8.0}
