"""Validation photos go to the classes that the devkit says, train photos to those of their tars."""

import io

import numpy as np
import pytest
from packing import contents, tar_gz
from scipy.io import savemat

from polytask.data.benchmarks import Archive
from polytask.data.fetching.fetch import fetch
from polytask.data.fetching.imagenet import sort_validation
from polytask.data.fetching.sources import SOURCES, Source
from polytask.errors import UserError

FIELDS = ("ILSVRC2012_ID", "WNID", "words")


def devkit(numbers="2\n1\n2\n"):
    """A devkit of two classes, a group of classes, and three photos."""
    synsets = [(1, "n1", "tench"), (2, "n2", "goldfish"), (1001, "n9", "fish")]
    file = io.BytesIO()
    savemat(file, {"synsets": np.array(synsets, [(n, object) for n in FIELDS]).reshape(-1, 1)})
    truth = "data/ILSVRC2012_validation_ground_truth.txt"
    return tar_gz({"kit/data/meta.mat": file.getvalue(), f"kit/{truth}": numbers.encode()})


def test_archives_of_the_official_form_become_folders_of_classes(tmp_path):
    downloads, name = tmp_path / "downloads", "ILSVRC2012_img_{}.tar"
    downloads.mkdir()
    inner = {f"{c}.tar": tar_gz({f"{c}_7.JPEG": b"t"}) for c in ("n1", "n2")}
    photos = {f"ILSVRC2012_val_0000000{i}.JPEG": bytes([i]) for i in (3, 1, 2)}
    (downloads / name.format("train")).write_bytes(tar_gz(inner))
    (downloads / name.format("val")).write_bytes(tar_gz(photos))
    (downloads / "ILSVRC2012_devkit_t12.tar.gz").write_bytes(devkit())
    official = SOURCES["imagenet"]
    here = {name: Archive(source="") for name in official.copies[0]}
    source = Source(**{**vars(official), "copies": (here,)})
    fetch(source, tmp_path / "imagenet", tmp_path / "new")
    assert contents(tmp_path / "new") == {
        "train/n1/n1_7.JPEG": b"t",
        "train/n2/n2_7.JPEG": b"t",
        "val/n1/ILSVRC2012_val_00000002.JPEG": b"\2",
        "val/n2/ILSVRC2012_val_00000001.JPEG": b"\1",
        "val/n2/ILSVRC2012_val_00000003.JPEG": b"\3",
    }


@pytest.mark.parametrize(
    ("archive", "message"),
    [
        (devkit("1\n"), "devkit: is of 1 photos, there are 0"),
        (tar_gz({"a.txt": b""}), "devkit: has no data/ILSVRC2012_val"),
        (devkit()[:200], "devkit: cut off or damaged"),
    ],
    ids=["too few", "without numbers", "cut off"],
)
def test_another_devkit_is_one_line(tmp_path, archive, message):
    (tmp_path / "devkit").write_bytes(archive)
    with pytest.raises(UserError, match=message):
        sort_validation(tmp_path, tmp_path / "devkit")
