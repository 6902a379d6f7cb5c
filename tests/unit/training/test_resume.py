"""A training that was interrupted, wherever it was, ends as if it had not been."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from resuming import CONFIG, Killed, Objective, assert_same, kill, loaded, names, terminate, train

from polytask.training import state_files
from polytask.training.interruption import stop_request
from polytask.training.runtime import Runtime


@pytest.mark.parametrize("at", range(CONFIG.steps))
def test_killed_at_any_step_it_ends_the_same(tmp_path, uninterrupted, at):
    with pytest.raises(Killed):
        train(tmp_path, Objective(at, kill))
    objective = Objective()
    assert_same(train(tmp_path, objective), uninterrupted)
    assert objective.calls == CONFIG.steps - at // 3 * 3


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR1])
@pytest.mark.parametrize("at", range(CONFIG.steps))
def test_told_to_stop_it_saves_at_once_and_ends_the_same(tmp_path, uninterrupted, at, number):
    with pytest.raises(SystemExit) as exit_:
        train(tmp_path, Objective(at, lambda model: terminate(model, number)))
    assert exit_.value.code == 128 + number
    assert signal.getsignal(number) == signal.SIG_DFL
    objective = Objective()
    assert_same(train(tmp_path, objective), uninterrupted)
    assert objective.calls == CONFIG.steps - at - 1


def test_interrupted_again_and_again_it_ends_the_same(tmp_path, uninterrupted):
    for _ in range(CONFIG.steps - 1):
        with pytest.raises(SystemExit):
            train(tmp_path, Objective(0, terminate))
    assert_same(train(tmp_path), uninterrupted)


def test_a_loss_scale_comes_back_too(tmp_path):
    half = Runtime(torch.device("cpu"), torch.float16)
    expected = train(tmp_path / "whole", runtime=half)
    with pytest.raises(SystemExit):
        train(tmp_path / "cut", Objective(4, terminate), runtime=half)
    assert_same(train(tmp_path / "cut", runtime=half), expected)


def test_a_training_that_had_ended_is_not_made_again(tmp_path, uninterrupted):
    train(tmp_path)
    objective = Objective()
    assert_same(train(tmp_path, objective), uninterrupted)
    assert objective.calls == 0


def test_loader_workers_that_are_told_to_stop_as_well_do_no_harm():
    def dies():
        yield 1
        os.kill(os.getpid(), signal.SIGTERM)
        raise RuntimeError("DataLoader worker (pid(s) 7) exited unexpectedly")

    with stop_request() as stop:
        assert list(stop.until(dies())) == [1]
    assert stop.signal == signal.SIGTERM
    with stop_request() as calm, pytest.raises(RuntimeError):
        list(calm.until(map(kill_worker, [1])))


def kill_worker(_item):
    raise RuntimeError("a worker died by itself")


def in_process(code, folder, **options):
    """A Python process of its own that runs `code` on `folder`."""
    command = [sys.executable, "-c", code, str(folder), str(Path(__file__).parent)]
    environment = {**os.environ, "PYTHONPATH": str(Path(state_files.__file__).parents[2])}
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, **options)


def test_a_real_process_that_is_really_killed(tmp_path, uninterrupted):
    code = (
        "import sys; sys.path.insert(0, sys.argv[2]); import resuming as t, torch, time\n"
        "from pathlib import Path; torch.set_num_threads(1)\n"
        "def wait(model): print('now', flush=True); time.sleep(60)\n"
        "t.train(Path(sys.argv[1]), t.Objective(4, wait))\n"
    )
    with in_process(code, tmp_path) as process:
        assert process.stdout.readline() == "now\n"
        process.kill()
    assert process.returncode == -signal.SIGKILL
    assert names(tmp_path) == ["00000003-abcdef01.safetensors"]
    assert_same(train(tmp_path), uninterrupted)


def test_a_signal_to_all_processes_at_once_loader_workers_included(tmp_path):
    code = (
        "import sys; sys.path.insert(0, sys.argv[2]); import resuming as t, torch, time\n"
        "from pathlib import Path; torch.set_num_threads(1)\n"
        "def wait(model):\n"
        "    print('now', flush=True)\n"
        "    for _ in range(100): time.sleep(0.02)\n"
        "t.train(Path(sys.argv[1]), t.Objective(4, wait), batches=t.loaded)\n"
    )
    with in_process(code, tmp_path / "cut", start_new_session=True) as process:
        assert process.stdout.readline() == "now\n"
        os.killpg(process.pid, signal.SIGTERM)
    assert process.returncode == 128 + signal.SIGTERM
    assert names(tmp_path / "cut")[-1] == "00000005-abcdef01.safetensors"
    expected = train(tmp_path / "whole", batches=loaded)
    assert_same(train(tmp_path / "cut", batches=loaded), expected)
