"""python -m tinyalex.bench: what it counts, whose turn it is, what it prints, how it says no."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from PIL import Image

from tinyalex import bench
from tinyalex.benchmark import measure, run, startup, worker
from tinyalex.benchmark.cases import Case
from tinyalex.benchmark.chart import draw_chart
from tinyalex.benchmark.layer_table import layer_table
from tinyalex.benchmark.machine import Machine
from tinyalex.benchmark.network import Work, blank_network, build_network, direct_flops, layer_work
from tinyalex.benchmark.ours import Ours
from tinyalex.benchmark.report import case_report, overview
from tinyalex.benchmark.results import add_summary, best_other, direct_limit, ratio, speed
from tinyalex.benchmark.team import Worker, WorkerError, environment

ROOT = Path(__file__).parent.parent
SMALL = Case("paper", 1, "train", threads=1, image_size=64)  # conv1 to pool5 of one small picture
WHOLE = Case("paper", 32, "train", threads=2)


def made_up(case=WHOLE, sgemm=100.0, copy=10.0, **seconds):
    """A result with these seconds a step."""
    programs = {
        name: {
            "first_call_seconds": 1.5,
            "steps_a_repeat": 1,
            "seconds_a_step": list(values),
            "peak_memory_bytes": 123_000_000,
        }
        for name, values in seconds.items()
    }
    return {
        "case": vars(case),
        "title": case.title,
        "programs": programs,
        "notes": [],
        "machine": {"sgemm_gflops": [sgemm] * 3, "copy_gb_per_s": [copy] * 3},
        "direct_flops": direct_flops(case),
    }


# --- flags ----------------------------------------------------------------------------------


def plan(*flags):
    return bench.plan(bench.parser().parse_args(flags))


def test_the_default_is_quick_and_needs_no_torch():
    cases, programs = plan("--threads", "1")
    assert programs == ["ours"]
    assert [(case.mode, case.batch) for case in cases] == [
        ("train", 32),
        ("train", 128),
        ("infer", 32),
        ("infer", 128),
    ]
    assert all(case.variant == "paper" and case.image_size is None for case in cases)
    assert plan()[0][0].threads == bench.available_cores()


def test_lists_with_commas_or_spaces_and_every_combination():
    flags = ["--variants", "paper", "caffe", "--batch-sizes", "1,2", "8", "2", "--mode", "infer"]
    cases, _ = plan(*flags, "--image-sizes", "80", "--threads", "1")
    assert cases == [
        Case(variant, batch, "infer", 1, 80)
        for variant in ("paper", "caffe")
        for batch in (1, 2, 8)
    ]


BAD = [
    (["--variants", "vgg"], "--variants: unknown 'vgg'; choose of paper, original"),
    (["--batch-sizes", "32", "0"], "--batch-sizes must be whole numbers of at least 1; got '0'"),
    (["--batch-sizes", "a"], "got 'a'"),
    (["--threads", "-1"], "--threads must be whole numbers of at least 1; got '-1'"),
    (["--threads", ","], "--threads: nothing is named"),
    (["--variants", ""], "--variants: nothing is named"),
    (["--batch-sizes"], "expected at least one argument"),
    (["--threads", "100000"], "--threads 100000 is more than the"),
    (["--repeats", "0"], "--repeats must be at least 1; got 0"),
    (["--image-sizes", "40"], "--image-sizes 40 is too small for paper: MaxPool2d: no window fits"),
    (["--modes", "eager"], "--modes are PyTorch's: they need --against torch"),
    (["--against", "jax"], "invalid choice"),
    (["--json", "no/such/folder/a.json"], "--json no/such/folder/a.json cannot be written"),
    (["--chart", "a.pdf"], "the chart is a PNG"),
]


@pytest.mark.parametrize(("flags", "message"), BAD, ids=[" ".join(flags) for flags, _ in BAD])
def test_bad_flags_are_one_clear_line(flags, message, capsys):
    with pytest.raises((ValueError, SystemExit)) as caught:
        plan(*flags)
    # argparse's own complaints go to standard error.
    told = capsys.readouterr().err.strip() or str(caught.value)
    assert message in told
    assert "\n" not in told


def test_missing_torch_is_one_clear_line(monkeypatch):
    monkeypatch.setattr(bench.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ValueError, match=re.escape("pip install -e '.[oracle]'")) as caught:
        plan("--against", "torch")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("modes", [[], ["--modes", "compiled,eager"]])
def test_torchs_modes_follow_ours(monkeypatch, modes):
    monkeypatch.setattr(bench.importlib.util, "find_spec", lambda name: "found")
    _, programs = plan("--against", "torch", *modes)
    expected = ["compiled", "eager"] if modes else ["eager", "channels_last", "compiled"]
    assert programs == ["ours", *expected]


def test_the_command_exits_with_2_and_no_traceback():
    command = [sys.executable, "-m", "tinyalex.bench", "--batch-sizes", "0"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 2
    assert done.stderr.startswith("error: --batch-sizes")
    assert done.stderr.count("\n") == 1


def test_flags_need_not_wait_for_slow_imports():
    slow = "{'numba', 'torch', 'matplotlib'} & set(sys.modules)"
    code = f"import sys, tinyalex.bench; sys.exit(len({slow}))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


# --- counting -------------------------------------------------------------------------------


def test_direct_operations_of_the_papers_network():
    conv1 = 55 * 55 * 96 * 11 * 11 * 3
    assert direct_flops(Case("paper", 1, "infer", 1)) == 2 * 724_406_816
    assert direct_flops(WHOLE) == 32 * 2 * (3 * 724_406_816 - conv1)


def test_the_convolutional_part_has_no_fully_connected_layer():
    work = layer_work(blank_network(SMALL), SMALL.input_shape)
    assert work[-1].name == "pool5"
    assert sum(row.parameters for row in work) == 60_965_224 - 58_631_144
    assert direct_flops(SMALL) == 2 * sum(row.multiply_adds for row in work)


def test_moved_bytes():
    work = {row.name: row for row in layer_work(blank_network(WHOLE), WHOLE.input_shape)}
    assert work["relu1"].moved_bytes == 4 * 4 * 32 * 55 * 55 * 96
    fc8 = 4096 * 1000 + 1000
    assert work["fc8"].moved_bytes == 4 * (2 * 32 * (4096 + 1000) + 3 * fc8)
    conv1 = 11 * 11 * 3 * 96 + 96  # twice: no dx, so that backward does not read it
    assert work["conv1"].moved_bytes == 8 * (32 * (224**2 * 3 + 55**2 * 96) + conv1)


def test_speed_ratio_and_limit():
    result = made_up(ours=[1, 2, 4], eager=[3, 2, 8], compiled=[2, 3, 2])
    assert vars(speed(result, "ours")) == {"median": 16, "low": 8, "high": 32}
    # Repeat by repeat: 3/1, 2/2, 8/4.
    assert vars(ratio(result, "eager")) == {"median": 2, "low": 1, "high": 3}
    assert best_other(result) == "compiled"
    assert direct_limit(result) == pytest.approx(32 / (direct_flops(WHOLE) / 100e9))
    summary = json.loads(json.dumps(add_summary(result)))
    assert summary["best_other"] == "compiled"
    assert summary["times_direct_limit"] == pytest.approx(16 / direct_limit(result))
    assert set(summary["ratios"]) == {"eager", "compiled"}


def test_layer_table_counts_each_rate():
    work = [
        Work("conv1", "Conv2d", 10**9, 10**9, 10**6, 1000),
        Work("relu1", "ReLU", 0, 0, 10**8, 0),
        Work("flatten", "Flatten", 0, 0, 10**8, 0),
    ]
    times = {
        "conv1": {"forward": 0.02, "backward": 0.03, "update": 0.01},
        "relu1": {"forward": 0.008, "backward": 0.012},
        "flatten": {"forward": 1e-6, "backward": 1e-6},
        "loss": {"forward": 0.01, "backward": 0.01},
    }
    lines = layer_table(work, times, sgemm=160.0, copy=10.0).splitlines()
    cells = {line.split()[0]: line.split()[1:] for line in lines}
    # 4 GFLOP in 50 ms are 80 GFLOP/s, half of 160; 0.1 GB in 20 ms are 5 GB/s, half of 10.
    assert cells["conv1"] == ["20.0", "30.0", "10.0", "50.0%", "80", "50%"]
    assert cells["relu1"] == ["8.0", "12.0", "20.0%", "5.0", "50%"]
    assert cells["flatten"] == ["0.0", "0.0", "0.0%"]
    assert cells["update"][:2] == ["10.0", "10.0%"]
    assert cells["total"] == ["38.0", "52.0", "10.0", "100%", "40", "25%"]


def test_a_product_that_memory_binds_shows_both_rates():
    work = [Work("fc6", "Linear", 10**6, 10**6, 10**8, 0)]
    times = {"fc6": {"forward": 0.01, "backward": 0.01}, "loss": {"forward": 0.0, "backward": 0.0}}
    row = layer_table(work, times, sgemm=100.0, copy=10.0).splitlines()[2]
    assert row.split()[4:] == ["0", "0%", "5.0", "50%"]


# --- what is timed --------------------------------------------------------------------------


def test_a_step_in_parts_is_the_same_step(numpy_backend):
    whole, parts = Ours(SMALL), Ours(SMALL)
    whole.step()
    times = parts.layer_times()
    start = build_network(SMALL).parameters()
    for name, array in whole.net.parameters().items():
        np.testing.assert_array_equal(array, parts.net.parameters()[name])
        assert (array != start[name]).any()
    assert list(times) == [name for name, _ in whole.net] + ["loss"]
    assert set(times["conv2"]) == {"forward", "backward", "update"}
    assert set(times["pool2"]) == {"forward", "backward"}


@pytest.mark.parametrize("way", ["step", "layer_times"])
def test_the_first_layers_input_gradient_is_spared(numpy_backend, monkeypatch, way):
    program, asked = Ours(SMALL), []
    conv1 = program.net["conv1"]
    real = conv1.backward

    def backward(dy, **options):
        asked.append(options)
        return real(dy, **options)

    monkeypatch.setattr(conv1, "backward", backward)
    getattr(program, way)()
    assert asked == [{"input_gradient": False}]


def test_inference_learns_and_keeps_nothing(numpy_backend):
    program = Ours(Case("paper", 1, "infer", threads=1, image_size=64))
    program.step()
    assert all(gradient is None for gradient in program.net.gradients().values())


def test_the_machines_rates_are_of_the_right_size():
    rates = Machine(threads=2, side=256, copy_bytes=4_000_000).measure(times=3)
    assert {name: len(values) for name, values in rates.items()} == {
        "sgemm_gflops": 3,
        "copy_gb_per_s": 3,
    }
    assert all(0.1 < value < 1e5 for values in rates.values() for value in values)


def test_the_copy_copies_everything():
    machine = Machine(threads=3, side=8, copy_bytes=4000)
    machine.measure(times=1)
    assert (machine.target == 1).all()


# --- workers --------------------------------------------------------------------------------


def test_a_worker_takes_steps_when_told(monkeypatch):
    monkeypatch.setenv("TINYALEX_BACKEND", "numpy")
    with Worker("ours", SMALL) as one:
        assert one.about["first_call"] > 0
        assert 0 < one.ask("steps")["seconds"] < 60
        assert one.ask("layers")["conv1"]["forward"] > 0
        assert 10e6 < one.ask("memory")["bytes"] < 10e9
        process = one._process
        assert process.poll() is None
    assert process.poll() is not None


def test_a_worker_that_fails_says_why(monkeypatch):
    monkeypatch.setenv("TINYALEX_BACKEND", "none")
    with pytest.raises(WorkerError, match="ours: ValueError: unknown backend 'none'"):
        Worker("ours", SMALL)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_a_worker_that_is_killed_says_so(monkeypatch):
    monkeypatch.setenv("TINYALEX_BACKEND", "numpy")
    with Worker("ours", SMALL) as one:
        os.kill(one._process.pid, signal.SIGKILL)
        one._process.wait()
        with pytest.raises(WorkerError, match="killed, probably for lack of memory"):
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
        monkeypatch.setattr(worker.time, "perf_counter", lambda: self.now)

    def step(self):
        self.now += self.seconds.pop(0) if len(self.seconds) > 1 else self.seconds[0]
        self.steps += 1


@pytest.mark.parametrize(("seconds", "steps"), [(3.0, 1), (0.1, 4), (1e-6, 500)])
def test_short_steps_are_taken_many_at_a_time(monkeypatch, seconds, steps):
    about = worker.warm_up(Clock(monkeypatch, 9.0, seconds))
    assert about == {"first_call": 9.0, "steps": steps}
    assert worker._seconds(Clock(monkeypatch, 2.0), 3) == pytest.approx(2.0)


# --- turns ----------------------------------------------------------------------------------


class FakeWorker:
    """Notes who is asked what. `broken`, {program: "start" or a word}, says who fails at what."""

    asked: ClassVar[list] = []
    broken: ClassVar[dict] = {}

    def __init__(self, program, case):
        self.program, self.about = program, {"first_call": 1.0, "steps": 2}
        if self.broken.get(program) == "start":
            raise WorkerError(f"{program}: no compiler")

    def ask(self, word):
        FakeWorker.asked.append((self.program, word))
        if self.broken.get(self.program) == word:
            raise WorkerError(f"{self.program}: fell over")
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
def fake_workers(monkeypatch):
    monkeypatch.setattr(measure, "Worker", FakeWorker)
    monkeypatch.setattr(measure, "PAUSE_SECONDS", 0)
    monkeypatch.setattr(FakeWorker, "asked", [])
    monkeypatch.setattr(FakeWorker, "broken", {})
    return FakeWorker


def test_programs_take_turns_between_two_looks_at_the_machine(fake_workers):
    heard = []
    programs = ["ours", "eager", "compiled"]
    result = measure.measure_case(WHOLE, programs, 2, True, heard.append)
    in_turn = [name for name, word in fake_workers.asked if word == "steps"]
    assert in_turn == programs * 2
    looks = [at for at, (name, _) in enumerate(fake_workers.asked) if name == "machine"]
    assert looks == [0, len(fake_workers.asked) - 1]
    assert len(heard) == measure.turns(WHOLE, programs, 2, True)
    assert result["machine"]["sgemm_gflops"] == [100.0, 100.0]
    assert result["programs"]["eager"]["seconds_a_step"] == [2.0, 2.0]
    # Timing the layers takes memory of its own: the peak is read before.
    assert fake_workers.asked.index(("ours", "memory")) < fake_workers.asked.index(
        ("ours", "layers")
    )


@pytest.mark.parametrize("when", ["start", "steps"])
def test_a_mode_of_torch_that_fails_is_left_out(fake_workers, when):
    fake_workers.broken = {"compiled": when}
    result = measure.measure_case(WHOLE, ["ours", "eager", "compiled"], 2, False)
    assert list(result["programs"]) == ["ours", "eager"]
    (note,) = result["notes"]
    assert note.startswith("PyTorch compiled is left out: compiled: ")
    assert note in case_report(result)


@pytest.mark.parametrize("when", ["start", "steps"])
def test_where_ours_fails_that_is_an_error(fake_workers, when):
    fake_workers.broken = {"ours": when}
    with pytest.raises(WorkerError, match="ours: "):
        measure.measure_case(WHOLE, ["ours", "eager"], 2, False)


def test_layers_only_of_the_whole_network_in_training(fake_workers):
    for case in (SMALL, Case("paper", 1, "infer", 1)):
        assert "layers" not in measure.measure_case(case, ["ours"], 1, True)
    assert "layers" in measure.measure_case(WHOLE, ["ours"], 1, True)


# --- what is shown --------------------------------------------------------------------------


def test_the_command_prints_and_writes_everything(fake_workers, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(bench.importlib.util, "find_spec", lambda name: "found")
    start = {"import": 0.1, "build": 1.0, "step": 9.0, "whole": 10.1}
    monkeypatch.setattr(run, "measure_startup", lambda threads: {"cold": start, "warm": start})
    file, chart = tmp_path / "b.json", tmp_path / "b.png"
    flags = ["--against", "torch", "--batch-sizes", "32", "--threads", "1", "--startup"]
    flags += ["--mode", "train"]
    assert bench.main([*flags, "--json", str(file), "--chart", str(chart)]) == 0
    shown = capsys.readouterr().out
    assert "paper, training, batch 32, 1 thread" in shown
    assert "against PyTorch channels_last, its best here: 1.50 × (1.50–1.50)" in shown
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


def test_what_was_measured_stays_when_a_run_is_stopped(fake_workers, monkeypatch, tmp_path):
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
    with pytest.raises(ValueError, match="could not be timed: ImportError: no numba"):
        startup.measure_startup(threads=1)


def test_the_first_step_is_timed_from_the_start_of_the_process(monkeypatch):
    monkeypatch.setattr("tinyalex.benchmark.ours.Ours", lambda case: Clock(monkeypatch, 1.0))
    now = iter([12.0, 15.0, 19.0])
    monkeypatch.setattr(startup.time, "time", lambda: next(now))
    times = startup.first_step(32, started=11.0)
    assert times == {"import": 1.0, "build": 3.0, "step": 4.0, "whole": 8.0}
