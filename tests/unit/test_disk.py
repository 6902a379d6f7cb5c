"""A disk that is full, for real, costs nothing that was finished and is told in one line."""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from polytask.disk import is_full, replacing
from polytask.errors import UserError
from polytask.pipeline.rule import run_rule
from polytask.records.files import record_path
from polytask.teachers.kept_shards import KeptShards
from polytask.training.checkpoints import Checkpoints

TOO_MUCH = 1024 * 1024


def test_a_checkpoint_that_does_not_fit_costs_no_other(small_disk, caplog):
    checkpoints = Checkpoints(small_disk, "job")
    checkpoints.save(1, {"weight": torch.ones(10)})
    checkpoints.save(2, {"weight": torch.ones(TOO_MUCH)})
    assert "checkpoint of step 2 not written" in caplog.text
    assert "training goes on" in caplog.text
    assert torch.equal(checkpoints.load()["weight"], torch.ones(10))
    assert [path.name for path in small_disk.iterdir()] == ["00000001-job.safetensors"]


def test_a_shard_that_does_not_fit_costs_no_other(small_disk):
    shards = KeptShards(small_disk, "extraction")

    def fill(size):
        return lambda place: place.write_bytes(bytes(size)) and []

    shards.make(0, fill(10), {})
    with pytest.raises(UserError, match=r"01\.safetensors: the disk is full .* run again$"):
        shards.make(1, fill(TOO_MUCH), {})
    assert sorted(path.name for path in small_disk.iterdir()) == ["00.json", "00.safetensors"]
    assert list(shards.find()) == [0]


def write_bytes(text: Path, *, config: int) -> None:
    text.write_bytes(bytes(config))


def write_arrays(text: Path, *, config: int) -> None:
    with text.open("wb") as file:
        np.savez(file, zeros=np.zeros(config, np.uint8))


def write_weights(text: Path, *, config: int) -> None:
    save_file({"weight": torch.zeros(config, dtype=torch.uint8)}, text)


@pytest.mark.parametrize("write", [write_bytes, write_arrays, write_weights])
def test_an_output_that_does_not_fit_leaves_the_one_before(small_disk, monkeypatch, capsys, write):
    monkeypatch.chdir(small_disk)
    job = SimpleNamespace(
        rule="write", input={}, output={"text": "out"}, wildcards={}, log=[], threads=1
    )
    job.params = {"config": 10}
    run_rule(write, job)
    before, record = Path("out").read_bytes(), record_path(Path("out")).read_text()
    job.params = {"config": TOO_MUCH}
    capsys.readouterr()
    with pytest.raises(SystemExit):
        run_rule(write, job)
    told = capsys.readouterr().err
    assert "write: the disk is full" in told
    assert "Traceback" not in told
    assert (Path("out").read_bytes(), record_path(Path("out")).read_text()) == (before, record)
    assert not list(Path().glob(".partial*"))
    job.params = {"config": 20}
    run_rule(write, job)
    assert json.loads(record_path(Path("out")).read_text())["params"] == {"config": 20}


def test_weights_may_be_read_by_those_who_may_read_any_new_file(tmp_path):
    (tmp_path / "text").touch()
    with replacing(tmp_path / "weights") as place:
        save_file({"weight": torch.ones(1)}, place)
    assert (tmp_path / "weights").stat().st_mode == (tmp_path / "text").stat().st_mode


def test_a_file_that_is_not_finished_leaves_the_one_before(tmp_path):
    (tmp_path / "file").write_text("before")
    with pytest.raises(ValueError, match="half"), replacing(tmp_path / "file") as place:
        place.write_text("half")
        raise ValueError("half way")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["before"]


def test_other_errors_are_no_full_disk():
    assert not is_full(PermissionError(13, "Permission denied"))
    assert not is_full(ValueError("os error 28"))
