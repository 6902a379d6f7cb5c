"""A checkpoint is whole or not there, is used by its own job alone, and never costs another one."""

import errno
import os
from dataclasses import replace

import pytest
import torch
from resuming import CONFIG, Killed, Objective, assert_same, kill, names, terminate, train

from polytask.training import state_files
from polytask.training.loop import Diverged


def test_the_last_two_are_kept(tmp_path):
    train(tmp_path)
    assert names(tmp_path) == ["00000006-abcdef01.safetensors", "00000009-abcdef01.safetensors"]


@pytest.mark.parametrize("damage", ["cut", "empty", "one bit", "header", "no checkpoint"])
def test_a_damaged_one_is_named_and_the_one_before_is_used(tmp_path, uninterrupted, caplog, damage):
    with pytest.raises(Killed):
        train(tmp_path, Objective(8, kill))
    last = tmp_path / "checkpoints/00000006-abcdef01.safetensors"
    content = bytearray(last.read_bytes())
    content[{"header": 60}.get(damage, -9)] ^= 1
    kinds = {"cut": content[:-100], "empty": b"", "no checkpoint": b"hello, world, hello"}
    last.write_bytes(kinds.get(damage, content))
    objective = Objective()
    assert_same(train(tmp_path, objective), uninterrupted)
    assert objective.calls == 6
    assert f"{last} is damaged, going back to the one before" in caplog.text


def test_what_is_saved_after_going_back_is_not_lost_to_the_damaged_one(tmp_path, uninterrupted):
    with pytest.raises(Killed):
        train(tmp_path, Objective(8, kill))
    (tmp_path / "checkpoints/00000006-abcdef01.safetensors").write_bytes(b"")
    with pytest.raises(SystemExit):
        train(tmp_path, Objective(0, terminate))
    assert names(tmp_path) == ["00000003-abcdef01.safetensors", "00000004-abcdef01.safetensors"]
    assert_same(train(tmp_path), uninterrupted)


def test_one_of_another_configuration_is_not_used_and_not_lost(tmp_path, caplog):
    caplog.set_level("INFO")
    other = replace(CONFIG, lr=0.01)
    expected = train(tmp_path / "other", config=other)
    with pytest.raises(Killed):
        train(tmp_path / "job", Objective(8, kill))
    assert_same(train(tmp_path / "job", identity="0123", config=other), expected)
    assert "2 checkpoints of other parameters, inputs or code are not used" in caplog.text
    assert [name for name in names(tmp_path / "job") if "abcdef01" in name]
    with pytest.raises(Killed):
        train(tmp_path / "job", Objective(0, kill))  # the first one's are still good


def test_a_longer_identity_decides_where_the_names_agree(tmp_path):
    with pytest.raises(Killed):
        train(tmp_path, Objective(8, kill))
    objective = Objective()
    train(tmp_path, objective, identity="abcdef01-another")
    assert objective.calls == CONFIG.steps


def full_disk(_tensors, path, **_metadata):
    path.write_bytes(b"half of it")
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_costs_one_checkpoint_and_no_other(
    tmp_path, uninterrupted, monkeypatch, caplog
):
    fill = Objective(4, lambda model: monkeypatch.setattr(state_files, "save_file", full_disk))
    assert_same(train(tmp_path, fill), uninterrupted)
    assert names(tmp_path) == ["00000003-abcdef01.safetensors"]
    assert "checkpoint of step 6 not written (No space left on device); training goes on" in (
        caplog.text
    )
    monkeypatch.undo()
    objective = Objective()
    assert_same(train(tmp_path, objective), uninterrupted)
    assert objective.calls == 6


def test_weights_that_are_no_numbers_are_not_kept(tmp_path):
    def poison(model):
        model.head.weight.data.fill_(torch.nan)

    for at in (4, 1):  # the second time it goes on from the last good one
        with pytest.raises(Diverged, match=r"00000003-abcdef01\.safetensors \(step 3\)"):
            train(tmp_path, Objective(at, poison))
    with pytest.raises(SystemExit):
        train(tmp_path, Objective(1, lambda model: (poison(model), terminate(model))))
    assert names(tmp_path) == ["00000003-abcdef01.safetensors"]


def test_states_come_back_as_they_were(tmp_path):
    state = {
        "a": {0: torch.arange(3), "b": [1.5, None, (True, "x", torch.tensor(2.0))]},
        "none": torch.zeros(0), "half": torch.ones(2, dtype=torch.bfloat16), "pi": 0.1 + 0.2,
    }  # fmt: skip
    state_files.write_state(tmp_path / "s.safetensors", state, "me")
    found, identity = state_files.read_state(tmp_path / "s.safetensors")
    assert identity == "me"
    assert repr(found) == repr(state)
    assert list(tmp_path.iterdir()) == [tmp_path / "s.safetensors"]
