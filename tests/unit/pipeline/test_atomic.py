"""Outputs appear whole and together, or not at all."""

from pathlib import Path

import pytest

from polytask.errors import UserError
from polytask.pipeline import atomic
from polytask.pipeline.atomic import written_together


def test_outputs_appear_when_all_are_written(tmp_path):
    outputs = [tmp_path / "a" / "model.safetensors", tmp_path / "a" / "model.json", tmp_path / "b"]
    with written_together(outputs) as places:
        for output in outputs:
            places[output].write_text(output.name)
            assert not output.exists()
    assert [output.read_text() for output in outputs] == [output.name for output in outputs]
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_dir()) == ["a"]


def test_nothing_appears_when_the_block_fails(tmp_path):
    kept, new = tmp_path / "kept", tmp_path / "new"
    kept.write_text("old")
    with pytest.raises(KeyError), written_together([kept, new]) as places:
        places[kept].write_text("half")
        raise KeyError
    assert kept.read_text() == "old"
    assert list(tmp_path.iterdir()) == [kept]


def test_a_forgotten_output_is_named(tmp_path):
    with (
        pytest.raises(FileNotFoundError, match=r"not written: .*two"),
        written_together([tmp_path / "one", tmp_path / "two"]) as places,
    ):
        places[tmp_path / "one"].touch()
    assert not (tmp_path / "one").exists()


def test_content_is_on_the_disk_before_it_has_its_name(tmp_path, monkeypatch):
    flushed = []
    monkeypatch.setattr(atomic, "flush", lambda path: flushed.append((path, output.exists())))
    output = tmp_path / "x"
    with written_together([output]) as places:
        places[output].write_text("whole")
    assert flushed == [(places[output], False), (tmp_path, True)]


def test_neighbours_keep_names_and_relative_paths(tmp_path):
    outputs = [tmp_path / "index.json", tmp_path / "00.safetensors"]
    with written_together(outputs) as places:
        index, shard = (places[output] for output in outputs)
        assert shard.relative_to(index.parent).name == "00.safetensors"
        assert index.with_suffix(".json") == index
        index.touch(), shard.touch()


def test_what_a_killed_run_left_is_swept(tmp_path):
    with written_together([tmp_path / "x"]) as places:
        folder = places[tmp_path / "x"].parent
        places[tmp_path / "x"].touch()
    folder.mkdir()
    (folder / "litter").touch()
    with written_together([tmp_path / "x"]) as places:
        assert not (folder / "litter").exists()
        places[tmp_path / "x"].touch()
    assert not folder.exists()


def test_a_folder_can_be_an_output(tmp_path):
    with written_together([tmp_path / "out"]) as places:
        places[tmp_path / "out"].mkdir()
        (places[tmp_path / "out"] / "new").touch()
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["new"]


@pytest.mark.parametrize("put", [Path.mkdir, Path.touch, lambda path: path.symlink_to("nowhere")])
def test_a_folder_replaces_nothing_that_was_put_there_meanwhile(tmp_path, put):
    with (
        pytest.raises(UserError, match="out: was put there meanwhile, and stays as it is"),
        written_together([tmp_path / "other", tmp_path / "out"]) as places,
    ):
        places[tmp_path / "other"].touch()
        places[tmp_path / "out"].mkdir()
        put(tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
