"""Photos to begin with come from the user's folder, or from the demo's test split."""

import io
import tarfile

import pytest
from demo_models import make_photo

from polytask.demo.photos import examples
from polytask.errors import UserError


def add(tar, name, data):
    member = tarfile.TarInfo(name)
    member.size = len(data)
    tar.addfile(member, io.BytesIO(data))


def test_photos_of_a_folder_and_nothing_else(tmp_path):
    make_photo(tmp_path / "b.jpg")
    make_photo(tmp_path / "a.png")
    (tmp_path / "notes.txt").write_text("")
    (tmp_path / "broken.jpg").write_text("")
    assert [each.name for each in examples(tmp_path, tmp_path)] == ["a.png", "b.jpg"]


@pytest.mark.parametrize(("name", "words"), [("none", "no such folder"), ("", "no photos in it")])
def test_a_folder_without_photos_is_refused(tmp_path, name, words):
    with pytest.raises(UserError, match=words):
        examples(tmp_path, tmp_path / name)


def test_rooms_of_the_test_split_beside_the_model(tmp_path):
    results = tmp_path / "results"
    (results / "data").mkdir(parents=True)
    data = make_photo(tmp_path / "room.png").read_bytes()
    with tarfile.open(results / "data/rooms_labelled.tar", "w") as tar:
        for name in ("000", "001", "002"):
            add(tar, f"images/{name}.png", data)
        add(tar, "gt_sets/train.txt", b"000\n")
        add(tar, "gt_sets/test.txt", b"001\n002\n")
    found = examples(results / "downstream/sak/all/model.safetensors", None)
    assert [each.name for each in found] == ["room-001.png", "room-002.png"]
    assert found[0].data == data


def test_without_results_there_are_none(tmp_path):
    assert examples(tmp_path / "model.safetensors", None) == []
