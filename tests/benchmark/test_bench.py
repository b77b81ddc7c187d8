"""python -m tinyalex.bench: its flags, what it counts and what it times."""

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from bench_cases import SMALL, WHOLE, made_up

from tinyalex import bench
from tinyalex.benchmark.cases import Case
from tinyalex.benchmark.layer_table import layer_table
from tinyalex.benchmark.machine import Machine
from tinyalex.benchmark.network import Work, blank_network, build_network, direct_flops, layer_work
from tinyalex.benchmark.ours import Ours
from tinyalex.benchmark.results import add_summary, best_other, direct_limit, ratio, speed

ROOT = Path(__file__).parents[2]


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
    (["--variants", "vgg"], "--variants: unknown 'vgg'; choose from paper, original"),
    (["--batch-sizes", "32", "0"], "--batch-sizes takes integers of at least 1; got '0'"),
    (["--batch-sizes", "a"], "got 'a'"),
    (["--threads", "-1"], "--threads takes integers of at least 1; got '-1'"),
    (["--threads", ","], "--threads is empty"),
    (["--variants", ""], "--variants is empty"),
    (["--batch-sizes"], "expected at least one argument"),
    (["--threads", "100000"], "--threads 100000 is more than the"),
    (["--repeats", "0"], "--repeats must be at least 1; got 0"),
    (["--image-sizes", "40"], "--image-sizes 40 is too small for paper: MaxPool2d: no window fits"),
    (["--modes", "eager"], "--modes selects PyTorch modes: add --against torch"),
    (["--against", "jax"], "invalid choice"),
    (["--json", "no/such/folder/a.json"], "cannot write no/such/folder/a.json: there is no folder"),
    (["--chart", "a.pdf"], "the chart is a PNG"),
    (["--chart", "a.png", "--json", "a.png"], "--json and --chart are the same file, a.png"),
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


def test_missing_matplotlib_is_noticed_before_the_work(monkeypatch):
    for name in ("tinyalex.benchmark.chart", "tinyalex.figures.plotting"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setitem(sys.modules, "matplotlib", None)  # import matplotlib fails
    monkeypatch.setattr("tinyalex.benchmark.run.run_bench", lambda *_: pytest.fail("started"))
    with pytest.raises(ValueError, match="--chart needs Matplotlib") as caught:
        bench.main(["--chart", "a.png"])
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
