"""The data set on disk: layout, encodings, and the same bytes however it was made."""

import io
import json
import tarfile

import numpy as np
import pytest
from PIL import Image

from polytask.data.rooms.classes import CLASSES, ROOM_KINDS, STUFF, THINGS
from polytask.data.rooms.render import render
from polytask.data.rooms.write import LABELS, write_rooms
from polytask.errors import UserError

SIZE = 32
SPLITS = {"train": range(3), "val": range(3, 5)}


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    path = tmp_path_factory.mktemp("rooms") / "rooms.tar"
    write_rooms(path, SPLITS, size=SIZE)
    return path


def read(path, name):
    with tarfile.open(path) as tar:
        return tar.extractfile(name).read()


def pixels(path, name):
    return np.asarray(Image.open(io.BytesIO(read(path, name))))


def test_one_and_two_processes_write_the_same_bytes(archive, tmp_path):
    write_rooms(tmp_path / "two.tar", SPLITS, size=SIZE, processes=2)
    assert (tmp_path / "two.tar").read_bytes() == archive.read_bytes()


def test_every_image_has_every_label_and_a_split(archive):
    with tarfile.open(archive) as tar:
        members = tar.getmembers()
    names = [member.name for member in members]
    expected = {"LICENCE.txt", "classes.json", "gt_sets/train.txt", "gt_sets/val.txt"}
    for seed in range(5):
        expected.add(f"images/{seed:06d}.png")
        expected |= {f"{label}/{seed:06d}.{LABELS[label][0]}" for label in LABELS}
    assert set(names) == expected
    assert len(names) == len(expected)
    assert all(m.mtime == m.uid == m.gid == 0 and not m.uname for m in members)
    assert read(archive, "gt_sets/val.txt") == b"000003\n000004\n"
    assert json.loads(read(archive, "classes.json"))["classes"] == list(CLASSES)
    assert json.loads(read(archive, "classes.json"))["things"] == list(THINGS)
    assert json.loads(read(archive, "classes.json"))["image_classes"] == list(ROOM_KINDS)
    assert {*THINGS, *STUFF} == set(CLASSES) and not {*THINGS} & {*STUFF}
    assert b"CC0" in read(archive, "LICENCE.txt")


def test_files_decode_to_what_was_rendered(archive):
    maps = render(1, "day", SIZE)
    assert np.array_equal(pixels(archive, "images/000001.png"), maps["image"])
    assert np.array_equal(pixels(archive, "segmentation/000001.png"), maps["semseg"] + 1)
    assert np.array_equal(pixels(archive, "human_parts/000001.png"), maps["human_parts"])
    assert np.array_equal(pixels(archive, "sal/000001.png") > 127, maps["sal"] > 0)
    assert np.array_equal(pixels(archive, "edge/000001.png"), maps["edge"] * 255)
    normals = pixels(archive, "normals/000001.png").astype(float) * 2 / 255 - 1
    assert np.abs(normals - maps["normals"]).max() <= 1 / 255 + 1e-6
    depth = np.load(io.BytesIO(read(archive, "depth/000001.npy")), allow_pickle=False)
    assert depth.dtype == np.float32
    assert np.array_equal(depth, maps["depth"])
    numbers = pixels(archive, "instances/000001.png")
    assert numbers.dtype == np.uint16
    assert np.array_equal(numbers, maps["instance"])
    assert read(archive, "image_class/000001.txt").decode() == maps["room"] + "\n"


def test_every_visible_instance_has_a_record_that_fits_it(archive):
    for seed in range(5):
        numbers = pixels(archive, f"instances/{seed:06d}.png")
        found = {each["id"]: each for each in json.loads(read(archive, f"objects/{seed:06d}.json"))}
        assert sorted(found) == np.unique(numbers).tolist()
        for number, each in found.items():
            rows, columns = np.nonzero(numbers == number)
            left, top, right, bottom = each["box"]
            assert (left, top, right - 1, bottom - 1) == (
                columns.min(), rows.min(), columns.max(), rows.max(),
            )  # fmt: skip
            assert each["pixels"] == len(rows)
            assert ("keypoints" in each) == (each["class"] == "person")
            assert np.array(each.get("keypoints", np.zeros((17, 3)))).shape == (17, 3)


def test_only_the_labels_asked_for_are_written_and_progress_counts(tmp_path):
    done = []
    path = tmp_path / "corpus.tar"
    write_rooms(
        path,
        {"train": range(1_000_000, 1_000_002)},
        size=SIZE,
        style="evening",
        labels=("edge",),
        progress=lambda count, total: done.append((count, total)),
    )
    with tarfile.open(path) as tar:
        folders = {name.split("/")[0] for name in tar.getnames()}
        assert set(json.loads(tar.extractfile("classes.json").read())) == {
            "classes", "style", "segmentation",
        }  # fmt: skip
    assert folders == {"LICENCE.txt", "classes.json", "gt_sets", "images", "edge"}
    assert done == [(1, 2), (2, 2)]


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"style": "noon"}, "noon"),
        ({"labels": ("flow",)}, "flow"),
        ({"splits": {"train": range(3), "val": range(2, 4)}}, "share"),
        ({"size": 0}, "size"),
    ],
)
def test_a_request_that_makes_no_sense_is_named(tmp_path, change, word):
    arguments = {"splits": SPLITS, "size": SIZE} | change
    with pytest.raises(UserError, match=word):
        write_rooms(tmp_path / "rooms.tar", **arguments)
    assert not list(tmp_path.iterdir())


def test_nothing_is_left_behind_by_a_failure(tmp_path):
    def stop(count, total):
        raise RuntimeError("stopped")

    with pytest.raises(RuntimeError):
        write_rooms(tmp_path / "rooms.tar", SPLITS, size=SIZE, progress=stop)
    assert not list(tmp_path.iterdir())
