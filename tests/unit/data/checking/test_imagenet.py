"""`data check` on ImageNet: an intact copy passes, each planted defect is named."""

import shutil
from pathlib import Path

import pytest
from miniatures.imagenet import BENCHMARK, SPLITS, WNIDS, write_imagenet
from miniatures.plant import Defect, assert_told_and_left_alone, cut, remove, rename
from miniatures.scene import pack

from polytask.data.checking.lines import as_data, lines
from polytask.data.checking.whole import check_copy
from polytask.data.layouts import open_layout
from polytask.errors import UserError

PHOTO = f"train/{WNIDS[1]}/{WNIDS[1]}_2.JPEG"
VAL = f"val/{WNIDS[2]}/ILSVRC2012_val_00000005.JPEG"


def unsort(root: Path) -> None:
    """Validation photos as the official tar holds them."""
    for path in sorted((root / "val").rglob("*.JPEG")):
        path.rename(root / "val" / path.name)
    for wnid in WNIDS:
        (root / "val" / wnid).rmdir()


def drop_class(root: Path) -> None:
    shutil.rmtree(root / "val" / WNIDS[2])


DEFECTS = [
    Defect("truncated photo", cut(PHOTO), f"{PHOTO}: truncated or damaged"),
    Defect("empty photo", cut(PHOTO, 0), f"{PHOTO}: not an image that can be read"),
    Defect("missing photo", remove(PHOTO), "train: lists 5 images; published: 6"),
    Defect(
        "validation photos that are not sorted",
        unsort,
        "val: 6 photos lie in no folder of a class; sort them: ILSVRC2012_validation_ground_truth",
    ),
    Defect(
        "a photo in another class's folder",
        rename(PHOTO, f"train/{WNIDS[0]}/{WNIDS[1]}_2.JPEG"),
        rf"train: photos of other classes: {WNIDS[0]}/{WNIDS[1]}_2\.JPEG$",
    ),
    Defect("a lost class", drop_class, "val: has 2 classes; published: 3"),
    Defect("a class that only train has", drop_class, f"val: lacks classes of train: {WNIDS[2]}$"),
    Defect(
        "validation photos sorted wrongly",
        rename(VAL, f"val/{WNIDS[0]}/ILSVRC2012_val_00000005.JPEG"),
        f"val: not 2 photos each: {WNIDS[0]}, {WNIDS[2]}$",
    ),
    Defect(
        "no validation photos",
        lambda root: shutil.rmtree(root / "val"),
        "val: no split 'val'; there are train",
    ),
]


@pytest.mark.parametrize("form", ["folder", "tar", "tar around a folder"])
def test_an_intact_copy_passes_whatever_its_files_hold(tmp_path: Path, form: str) -> None:
    root = write_imagenet(tmp_path / "imagenet")
    if form != "folder":
        root = pack(root, tmp_path / "a.tar", "imagenet/" if form != "tar" else "")
    report = check_copy(BENCHMARK, root)
    assert report.findings == []
    assert report.splits == SPLITS
    assert report.encodings == {"JPEG RGB": 9, "PNG RGB": 1, "JPEG CMYK": 1, "JPEG L": 1}


def test_the_report_counts_encodings(tmp_path: Path) -> None:
    report = check_copy(BENCHMARK, write_imagenet(tmp_path / "imagenet"))
    told = list(lines(report))
    assert "  encodings    JPEG RGB (9), JPEG CMYK (1), PNG RGB (1), JPEG L (1)" in told
    assert told[-1] == "nothing is wrong"
    assert as_data(report)["encodings"]["PNG RGB"] == 1


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)
def test_a_planted_defect_is_named_and_nothing_changes(tmp_path: Path, defect: Defect) -> None:
    assert_told_and_left_alone(BENCHMARK, write_imagenet(tmp_path / "imagenet"), defect)


def test_it_has_no_dense_labels(tmp_path: Path) -> None:
    layout = open_layout("imagenet", write_imagenet(tmp_path / "imagenet"))
    with pytest.raises(UserError, match="no labels for task 'semseg'; there are image_class"):
        layout.labels("semseg", PHOTO)


def test_the_check_reads_no_further_ahead_than_its_threads_can_take(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from polytask.data.checking import whole

    waiting, most = set(), []

    class Pool(whole.ThreadPoolExecutor):
        def submit(self, *args):
            future = super().submit(*args)
            waiting.add(future)
            future.add_done_callback(waiting.discard)
            most.append(sum(not f.done() for f in list(waiting)))
            return future

    monkeypatch.setattr(whole, "ThreadPoolExecutor", Pool)
    assert check_copy(BENCHMARK, write_imagenet(tmp_path / "i"), num_threads=1).findings == []
    assert len(most) == 12 and max(most) <= whole.AHEAD
