"""Weights read tensor by tensor: as they were written, and not kept."""

import re
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from polytask.errors import UserError
from polytask.merging import files
from polytask.merging.files import Part, WeightsFile

SMAPS = Path("/proc/self/smaps")
MEGABYTE = 1 << 20


@pytest.fixture
def state():
    random = torch.Generator().manual_seed(0)
    return {f"student.{n}": torch.randn(MEGABYTE // 4, generator=random) for n in range(8)}


@pytest.fixture
def path(tmp_path, state):
    save_file(state | {"heads.bias": torch.ones(3)}, tmp_path / "weights.safetensors")
    return tmp_path / "weights.safetensors"


def resident(path):
    """Bytes of this file's pages that are in this process's memory."""
    kilobytes = re.findall(rf"{re.escape(str(path))}\n(?:.*\n)*?Rss: +(\d+) kB", SMAPS.read_text())
    return 1024 * sum(map(int, kilobytes))


@pytest.mark.parametrize("mapped", [1, files.MAPPED])
def test_tensors_are_those_that_were_written_however_often_the_file_is_opened(
    monkeypatch, path, state, mapped
):
    monkeypatch.setattr(files, "MAPPED", mapped)
    weights = WeightsFile(path)
    assert set(weights) == {*state, "heads.bias"}
    for key in (*state, *state):
        assert torch.equal(weights[key], state[key])
    with pytest.raises(KeyError):
        weights["student.9"]


@pytest.mark.skipif(not SMAPS.exists(), reason="the system does not say what is in memory")
def test_what_was_read_does_not_stay_in_memory(monkeypatch, path, state):
    monkeypatch.setattr(files, "MAPPED", 2 * MEGABYTE)
    weights, most = WeightsFile(path), 0
    for key in state:
        weights[key].sum()
        most = max(most, resident(path))
    assert MEGABYTE <= most <= 2.5 * MEGABYTE


def test_a_part_has_the_keys_without_their_prefix(path, state):
    part = Part(WeightsFile(path), "student.")
    assert list(part) == [str(n) for n in range(8)]
    assert torch.equal(part["3"], state["student.3"])


def test_files_that_cannot_be_read_are_named(tmp_path):
    with pytest.raises(UserError, match=r"no\.safetensors: no such weights file"):
        WeightsFile(tmp_path / "no.safetensors")
    (tmp_path / "text.safetensors").write_text("text")
    with pytest.raises(UserError, match=r"text\.safetensors: not a readable safetensors file"):
        WeightsFile(tmp_path / "text.safetensors")
