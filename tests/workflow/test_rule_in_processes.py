"""A rule in several processes leaves what a rule leaves, once, however it ends.

One process computes whole batches, two compute their shares in two micro-batches each.
"""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

import polytask

SCRIPT = """
import os, signal, sys, time
from pathlib import Path
from types import SimpleNamespace

import torch
from safetensors.torch import save_file
from torch import nn

from polytask.errors import UserError
from polytask.pipeline.resume import saved_work
from polytask.pipeline.rule import run_rule
from polytask.pipeline.tracking import track
from polytask.training.checkpoints import Checkpoints
from polytask.training.config import FitConfig
from polytask.training.curves import CurveWriter
from polytask.training.loop import fit
from polytask.training.runtime import RuntimeConfig, start

FIT = FitConfig(
    steps=20, batch_size=4, lr=0.1, weight_decay=0.0, schedule="cosine", warmup_steps=2,
    warmup_lr=0.1, final_lr=0.01, clip_norm=0.0, log_every=5, checkpoint_every=50, num_workers=0,
    images_at_once=0 if sys.argv[1] == "1" else 1,
)


def train(images: Path, model: Path, curves: Path) -> None:
    runtime = start(RuntimeConfig(device="cpu", precision="fp32"), 0)
    rank, world_size = runtime.processes.rank, runtime.processes.world_size
    network = nn.Linear(3, 1)

    def batches(first):
        for step in range(first, FIT.steps):
            x = torch.randn(4, 3, generator=torch.Generator().manual_seed(step))
            yield {"x": x[rank::world_size], "step": step}

    def objective(model, batch):
        if batch["step"] == 7:
            happen(Path("happens").read_text(), rank)
        return {"loss": (model(batch["x"]) - 1).square().mean()}

    with track("train", {}) as run:
        fit(
            network, batches, objective, FIT, runtime, on_log=CurveWriter(curves, run.log),
            checkpoint=Checkpoints(*saved_work()),
        )
        save_file(network.state_dict(), model)


def happen(what, rank):
    if what == "wait":
        Path(f"waiting{rank}").touch()
        time.sleep(2)
    if what == "broken" and rank == 1:
        raise UserError("images: the eighth is broken; remove it")
    if what == "killed" and rank == 1:
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    run_rule(train, SimpleNamespace(
        rule="train", input={"images": "images"}, params={}, wildcards={},
        output={"model": "out/model.safetensors", "curves": "out/curves.csv"},
        log=["train.log"], threads=2, resources={"processes": int(sys.argv[1])},
    ))
"""


def started(folder: Path, processes: int, happens: str = "nothing") -> subprocess.Popen:
    folder.mkdir(exist_ok=True)
    for name, text in {"rule.py": SCRIPT, "images": "cat\n", "happens": happens}.items():
        (folder / name).write_text(text)
    source = str(Path(polytask.__file__).parents[1])
    return subprocess.Popen(
        [sys.executable, "rule.py", str(processes)], cwd=folder, text=True,
        stderr=subprocess.PIPE, env={**os.environ, "PYTHONPATH": source},
    )  # fmt: skip


def ended(job: subprocess.Popen) -> tuple[int, str]:
    """Exit code of a job, and what it said."""
    _, said = job.communicate(timeout=120)
    return job.returncode, said


def stopped(job: subprocess.Popen, folder: Path) -> tuple[int, str]:
    """The same of a job that is told to stop when all its processes are in a step."""
    until = time.monotonic() + 120
    while len(list(folder.glob("waiting*"))) < 2:
        assert time.monotonic() < until and job.poll() is None, ended(job)
        time.sleep(0.1)
    job.send_signal(signal.SIGTERM)
    return ended(job)


def losses(folder: Path) -> list[float]:
    with (folder / "out/curves.csv").open() as file:
        return [float(row["loss"]) for row in csv.DictReader(file)]


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def jobs(tmp_path_factory):
    """Folder, exit code and words of jobs that end in every way, side by side."""
    folder = tmp_path_factory.mktemp("jobs")
    running = {
        "stopped": started(folder / "stopped", 2, "wait"), "alone": started(folder / "alone", 1),
        "broken": started(folder / "broken", 2, "broken"),
        "killed": started(folder / "killed", 2, "killed"),
    }  # fmt: skip
    found = {"stopped": stopped(running["stopped"], folder / "stopped")}
    found |= {name: ended(job) for name, job in running.items() if name != "stopped"}
    return {name: (folder / name, *result) for name, result in found.items()}


def test_told_to_stop_it_saves_once_and_goes_on_from_there(jobs):
    folder, code, _ = jobs["stopped"]
    assert code == 128 + signal.SIGTERM
    assert [path.name[:8] for path in folder.glob("checkpoints/train/*")] == ["00000008"]
    assert not (folder / "out").exists() or not files(folder / "out")

    code, said = ended(started(folder, 2))
    assert code == 0, said
    assert "goes on after step 8" in said and said.count("train: done in") == 1
    assert not (folder / "checkpoints/train").exists()
    assert files(folder / "out") == {"model.safetensors", "curves.csv"}
    expected = load_file(jobs["alone"][0] / "out/model.safetensors")
    for name, value in load_file(folder / "out/model.safetensors").items():
        np.testing.assert_allclose(value, expected[name], atol=1e-5)
    np.testing.assert_allclose(losses(folder), losses(jobs["alone"][0]), rtol=1e-5)


def test_it_leaves_one_record_that_says_how_many_and_one_run(jobs):
    folder, *_ = jobs["stopped"]
    record = json.loads((folder / "provenance/out/model.safetensors.json").read_text())
    assert (record["processes"], record["threads"]) == (2, 2)
    alone = json.loads((jobs["alone"][0] / "provenance/out/curves.csv.json").read_text())
    assert "processes" not in alone
    ends = [path.read_text() for path in folder.glob("logs/tracking/*.jsonl")]
    assert sorted("FINISHED" in text for text in ends) == [False, True]


def test_what_one_process_says_is_said_once_and_the_rest_is_silent(jobs):
    folder, code, said = jobs["broken"]
    assert code == 1
    assert said.count("images: the eighth is broken; remove it") == 1
    assert "Traceback" not in said and "torch" not in said
    assert "the eighth is broken" in (folder / "train.log").read_text()
    unfinished = list(folder.glob("provenance/**/*model*"))
    assert [json.loads(path.read_text())["error"] for path in unfinished] == [
        "UserError: images: the eighth is broken; remove it"
    ]


def test_a_killed_process_takes_the_others_with_it_and_is_named(jobs):
    folder, code, said = jobs["killed"]
    assert code == 128 + signal.SIGKILL
    assert "process 1 of this job was killed by SIGKILL; was there too little memory?" in said
    assert not list(folder.glob("out/*.safetensors"))
