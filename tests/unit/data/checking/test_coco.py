"""`data check` on COCO: an intact copy passes, each planted defect is named."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from miniatures.coco import BENCHMARK, write_coco
from miniatures.plant import Defect, assert_told_and_left_alone, change, cut, remove
from miniatures.scene import pack

from polytask.data.checking.lines import as_data, lines
from polytask.data.checking.objects import ObjectCounts
from polytask.data.checking.whole import check_copy

IMAGE, LABEL = "val2017/000000000139.jpg", "panoptic_val2017/000000000139.png"
PANOPTIC, INSTANCES, KEYPOINTS = (
    f"annotations/{kind}_val2017.json" for kind in ("panoptic", "instances", "person_keypoints")
)


def edit(file: str, how: Callable[[Any], object]) -> Callable[[Path], object]:
    """The same JSON file after `how` has changed its content."""

    def plant(root: Path) -> None:
        content = json.loads((root / file).read_text())
        how(content)
        (root / file).write_text(json.dumps(content))

    return plant


def box(*values: float) -> Callable[[Path], object]:
    return edit(INSTANCES, lambda c: c["annotations"][0].update(bbox=values))


def segment(values: np.ndarray) -> np.ndarray:
    values[5, 5] = 7, 7, 7
    return values


DEFECTS = [
    Defect("missing image", remove(IMAGE), rf"val val/000000000139: has no {IMAGE}"),
    Defect(
        "an image that instances name and that is not there",
        remove(IMAGE),
        rf"{INSTANCES}: names images that are not there: 000000000139\.jpg$",
    ),
    Defect("missing label", remove(LABEL), r"val val/000000000139 semseg: has no panoptic_val"),
    Defect("truncated image", cut(IMAGE), f"{IMAGE}: truncated or damaged"),
    Defect("truncated label", cut(LABEL), f"{LABEL}: truncated or unreadable"),
    Defect("truncated panoptic JSON", cut(PANOPTIC), f"{PANOPTIC}: cut off, or not JSON"),
    Defect("truncated instances", cut(INSTANCES), f"{INSTANCES}: cut off, or not JSON"),
    Defect("no instances", remove(INSTANCES), rf".*{INSTANCES}: No such file"),
    Defect(
        "no list of key points",
        edit(KEYPOINTS, lambda c: c.pop("annotations")),
        f"{KEYPOINTS}: has no 'annotations'",
    ),
    Defect(
        "unknown category of a segment",
        edit(PANOPTIC, lambda c: c["annotations"][1]["segments_info"][0].update(category_id=91)),
        rf"{PANOPTIC}: category 91 of 000000000285\.png is not in its `categories`",
    ),
    Defect(
        "unknown category of an instance",
        edit(INSTANCES, lambda c: c["annotations"][0].update(category_id=2)),
        rf"{INSTANCES}: category 2 is not in its `categories`: annotation 139$",
    ),
    Defect(
        "unknown segment",
        change(LABEL, segment),
        rf"{LABEL}: segment 460551 is not among this image's in .*{PANOPTIC}",
    ),
    Defect(
        "the label of another image",
        lambda root: (root / "panoptic_val2017/000000000285.png").replace(root / LABEL),
        rf"{LABEL}: segment 285 is not among this image's",
    ),
    Defect("grey label", change(LABEL, lambda v: v[..., 0]), f"{LABEL}: panoptic labels are col"),
    Defect("all void", change(LABEL, lambda v: v * 0), f"{LABEL}: no pixel is labelled"),
    Defect(
        "label of another size", change(LABEL, lambda v: v[2:]), f"{LABEL}: the label is 18 x 28"
    ),
    Defect("box too far right", box(20, 0, 9.5, 5), f"{INSTANCES}: boxes beyond their image: anno"),
    Defect(
        "box too low", box(0, 10, 5, 12), f"{INSTANCES}: boxes beyond their image: annotation 1"
    ),
    Defect("box of corners", box(20, 10, 19, 9), f"{INSTANCES}: boxes beyond their image"),
    Defect("negative box", box(9, 9, -2, 3), f"{INSTANCES}: boxes beyond their image"),
    Defect("no number", box(float("nan"), 0, 1, 1), f"{INSTANCES}: boxes beyond their image"),
    Defect("three numbers", box(0, 0, 1), f"{INSTANCES}: an entry is not as COCO's"),
    Defect(
        "a mask whose runs end early",
        edit(INSTANCES, lambda c: c["annotations"][1]["segmentation"]["counts"].pop()),
        f"{INSTANCES}: a mask of 000000000139.jpg has runs that do not fill it",
    ),
    Defect(
        "a mask of another size",
        edit(INSTANCES, lambda c: c["annotations"][1]["segmentation"].update(size=[9, 9])),
        f"{INSTANCES}: an entry of 'annotations' is not as COCO's",
    ),
    Defect(
        "no mask",
        edit(INSTANCES, lambda c: c["annotations"][0].pop("segmentation")),
        f"{INSTANCES}: an entry of 'annotations' is not as COCO's",
    ),
    Defect(
        "an image of another size than annotated",
        edit(INSTANCES, lambda c: (c["images"][0].update(width=29), c["annotations"].pop(1))),
        rf"{IMAGE}: the image is 20 x 28, in \S+{INSTANCES} it is 20 x 29",
    ),
    Defect(
        "annotations of a lost image",
        edit(KEYPOINTS, lambda c: c["images"].pop(0)),
        f"{KEYPOINTS}: of no image in its `images`: annotation 139$",
    ),
    Defect(
        "16 key points",
        edit(KEYPOINTS, lambda c: c["annotations"][1].update(keypoints=[0] * 48)),
        f"{KEYPOINTS}: not 17 key points of three numbers: annotation 285$",
    ),
    Defect(
        "lost image",
        edit(PANOPTIC, lambda c: c["annotations"].pop()),
        "val: lists 1 images; published: 2",
    ),
    Defect(
        "an image twice",
        edit(PANOPTIC, lambda c: c["annotations"].append(c["annotations"][0])),
        "val: lists more than once: val/000000000139",
    ),
    Defect(
        "fewer categories",
        edit(PANOPTIC, lambda c: c["categories"].pop(1)),
        f".*{PANOPTIC}: has 4 categories, not the 5 of `num_classes`",
    ),
]


def test_an_intact_copy_passes_and_is_described(tmp_path: Path) -> None:
    report = check_copy(BENCHMARK, write_coco(tmp_path / "coco"))
    assert report.findings == []
    assert report.splits == {"train": 3, "val": 2}
    semseg = report.values["semseg"]
    assert semseg.classes == {0, 4} and semseg.num_ignored == 5 * 4
    assert report.objects == ObjectCounts(5, 5, 10, 5, frozenset({0, 1}))
    assert "  instances    10 objects, 5 of them crowds, in 5 of 5 images, 2 classes occur" in list(
        lines(report)
    )
    assert as_data(report)["instances"]["objects"] == 10


def test_a_tar_is_as_good_as_a_folder(tmp_path: Path) -> None:
    archive = pack(write_coco(tmp_path / "coco"), tmp_path / "coco.tar", "coco/")
    assert check_copy(BENCHMARK, archive).findings == []


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)
def test_a_planted_defect_is_named_and_nothing_changes(tmp_path: Path, defect: Defect) -> None:
    assert_told_and_left_alone(BENCHMARK, write_coco(tmp_path / "coco"), defect)


def test_many_wrong_boxes_are_one_line(tmp_path: Path) -> None:
    root = write_coco(tmp_path / "coco")
    edit(INSTANCES, lambda c: [a.update(bbox=[0, 0, 99, 9]) for a in c["annotations"]])(root)
    told = [str(finding) for finding in check_copy(BENCHMARK, root).findings]
    wrong = "139, 900139, 285, 900285"
    assert told == [f"{INSTANCES}: boxes beyond their image: annotations {wrong}"]


def test_a_damaged_file_of_a_split_is_told_once(tmp_path: Path) -> None:
    root = write_coco(tmp_path / "coco")
    edit(INSTANCES, lambda c: [a.pop("segmentation") for a in c["annotations"]])(root)
    assert len(check_copy(BENCHMARK, root).findings) == 1


def test_a_box_may_end_between_pixels(tmp_path: Path) -> None:
    root = write_coco(tmp_path / "coco")
    box(0.02, 0, 28, 20.01)(root)
    assert check_copy(BENCHMARK, root).findings == []
