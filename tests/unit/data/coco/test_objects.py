"""Instances and panoptic segments of COCO 2017, from their files to tensors."""

import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from miniatures.coco import CATEGORIES, IMAGE_HW, cars, rectangle, runs, write_coco
from miniatures.scene import draw
from pycocotools import mask as reference

from polytask.data.labelled import MultiTaskDataset
from polytask.data.layout import read
from polytask.data.layouts import open_layout
from polytask.data.objects import Objects
from polytask.errors import UserError

INSTANCES, KEYPOINTS = (
    f"annotations/{kind}_val2017.json" for kind in ("instances", "person_keypoints")
)
PERSON, CAR = 0, 1


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_coco(tmp_path / "coco")


def edit(root: Path, file: str, how: Callable[[Any], object]) -> None:
    content = json.loads((root / file).read_text())
    how(content)
    (root / file).write_text(json.dumps(content))


def label(root: Path, task: str, name: str = "val/000000000139") -> Objects:
    layout = open_layout("coco", root)
    sources = read(layout.tree, layout.labels(task, name))
    return layout.decode_label(task, sources, len(CATEGORIES), IMAGE_HW)


def test_polygons_and_the_runs_of_crowds_become_masks(root: Path) -> None:
    for number in (139, 285):
        found, is_box = label(root, "instances", f"val/{number:012}"), draw(number, IMAGE_HW).is_box
        assert (found.masks == [is_box, cars()]).all()
        assert found.classes.tolist() == [PERSON, CAR] and found.crowd.tolist() == [False, True]
        rows, columns = np.nonzero(is_box)
        box = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
        assert found.boxes.tolist() == [box, [20, 0, 28, 3]]
        assert found.areas.tolist() == [is_box.sum(), cars().sum()]
        corner = [columns.min() + 1.5, rows.min() + 1.5, 2]
        assert found.keypoints[0].tolist() == [corner] * 17 and not found.keypoints[1].any()


def test_compressed_runs_say_what_uncompressed_ones_do(root: Path) -> None:
    encoded = reference.encode(np.asfortranarray(cars().astype(np.uint8)))
    text = {"size": [*IMAGE_HW], "counts": encoded["counts"].decode()}
    edit(root, INSTANCES, lambda c: c["annotations"][1].update(segmentation=text))
    assert (label(root, "instances").masks[1] == cars()).all()


def test_polygons_are_drawn_as_the_reference_does(root: Path) -> None:
    """An object of two parts, between pixels."""
    parts = [[2.3, 1.7, 11.1, 4.9, 5.5, 12.2], [14.0, 8.25, 20.6, 9.9, 17.7, 17.5, 13.1, 15.0]]
    edit(root, INSTANCES, lambda c: c["annotations"][0].update(segmentation=parts))
    expected = reference.decode([reference.merge(reference.frPyObjects(parts, *IMAGE_HW))])
    assert (label(root, "instances").masks[0] == expected[..., 0]).all()


@pytest.mark.parametrize("image", ["val/000000000139", "val/000000000285"])
@pytest.mark.parametrize("what", ["annotations", "images"])
def test_annotations_find_their_images_in_any_order(root: Path, what: str, image: str) -> None:
    before = label(root, "instances", image)
    edit(root, INSTANCES, lambda c: c[what].reverse())
    after = label(root, "instances", image)
    step = -1 if what == "annotations" else 1
    for name, values in vars(before).items():
        assert (getattr(after, name)[::step] == values).all(), name


def test_joints_that_are_not_labelled_have_no_place(root: Path) -> None:
    points = [4, 5, 1, 0, 0, 0, 6, 7, 2, *[0] * 42]
    edit(root, KEYPOINTS, lambda c: c["annotations"][0].update(keypoints=points))
    found = label(root, "instances").keypoints[0]
    assert found[:3].tolist() == [[4.5, 5.5, 1], [0, 0, 0], [6.5, 7.5, 2]] and not found[3:].any()


def test_an_image_without_objects_has_none(root: Path) -> None:
    edit(root, INSTANCES, lambda c: c.update(annotations=c["annotations"][2:]))
    found = label(root, "instances")
    assert found.masks.shape == (0, *IMAGE_HW) and found.keypoints.shape == (0, 17, 3)
    assert len(label(root, "instances", "val/000000000285")) == 2


def test_segments_are_things_and_stuff_by_their_classes(root: Path) -> None:
    found, is_box = label(root, "panoptic"), draw(139, IMAGE_HW).is_box
    rug = ~is_box
    rug[:2, :2] = False
    assert found.classes.tolist() == [0, 4] and not found.crowd.any()
    assert (found.masks == [is_box, rug]).all()
    assert found.areas.tolist() == [is_box.sum(), rug.sum()]
    assert found.boxes[1].tolist() == [0, 0, 28, 20]


def test_segments_that_are_crowds_are_marked(root: Path) -> None:
    file = "annotations/panoptic_val2017.json"
    edit(root, file, lambda c: c["annotations"][0]["segments_info"][1].update(iscrowd=1))
    assert label(root, "panoptic").crowd.tolist() == [False, True]


def test_an_unknown_segment_is_told(root: Path) -> None:
    file = "annotations/panoptic_val2017.json"
    edit(root, file, lambda c: c["annotations"][0]["segments_info"].pop())
    with pytest.raises(UserError, match=r"139\.png: segment 70139 is not among this image's in"):
        label(root, "panoptic")


def test_classes_of_instances_are_the_things(root: Path) -> None:
    layout = open_layout("coco", root)
    assert layout.things() == (0, 1, 2) and layout.image_classes() == ()


def test_outlines_are_the_same_objects_without_their_pixels(root: Path) -> None:
    layout, whole = open_layout("coco", root), label(root, "instances")
    found = layout.outlines("val/000000000139")
    assert found is not None
    assert found.masks.shape == (len(whole), 0, 0)
    for name in ("boxes", "classes", "crowd", "areas", "keypoints"):
        assert np.array_equal(getattr(found, name), getattr(whole, name)), name


def test_another_process_can_read_on(root: Path) -> None:
    layout = open_layout("coco", root)
    sources = read(layout.tree, layout.labels("instances", "val/000000000139"))
    (root / INSTANCES).unlink()
    other = pickle.loads(pickle.dumps(layout))
    assert len(other.decode_label("instances", sources, len(CATEGORIES), IMAGE_HW)) == 2


def test_samples_hold_them_with_the_dense_labels(root: Path) -> None:
    tasks = ("instances", "panoptic", "semseg")
    data = MultiTaskDataset(root, "val", tasks, len(CATEGORIES), None, (24, 32), layout="coco")
    sample = data[0]
    assert sample["instances"]["boxes"][1].tolist() == [22, 2, 30, 5]
    for mask, kind in zip(sample["panoptic"]["masks"], sample["panoptic"]["classes"], strict=True):
        assert (sample["semseg"][mask] == kind).all()


@pytest.mark.parametrize(
    ("file", "how", "message"),
    [
        (INSTANCES, {"category_id": 200}, r"instances_val2017\.json: an entry of 'annotations' is"),
        (INSTANCES, {"image_id": 4}, r"instances_val2017\.json: an entry of 'annotations' is not"),
        (INSTANCES, {"segmentation": None}, "an entry of 'annotations' is not as COCO's"),
        (INSTANCES, {"segmentation": []}, "an entry of 'annotations' is not as COCO's"),
        (INSTANCES, {"segmentation": runs(cars().T)}, "an entry of 'annotations' is not as COCO's"),
        (
            INSTANCES,
            {"segmentation": {"size": [20, 28], "counts": [9]}},
            r"0139\.jpg has runs that do not fi",
        ),
        (INSTANCES, {"bbox": [1, 2, 3]}, "an entry of 'annotations' is not as COCO's"),
        (KEYPOINTS, {"keypoints": [0] * 48}, r"person_keypoints_val2017\.json: an entry of 'anno"),
    ],
)
def test_an_entry_of_another_form_is_told(
    root: Path, file: str, how: dict[str, Any], message: str
) -> None:
    edit(root, file, lambda c: c["annotations"][0].update(how))
    with pytest.raises(UserError, match=message):
        label(root, "instances")


def test_an_image_of_another_size_is_told(root: Path) -> None:
    def grow(content: Any) -> None:
        content["images"][0].update(height=21)
        content["annotations"] = [
            {**content["annotations"][0], "segmentation": [rectangle(1, 1, 5, 5)]}
        ]

    edit(root, INSTANCES, grow)
    with pytest.raises(UserError, match=r"139\.jpg: the image is 20 x 28, in .*json it is 21 x 28"):
        label(root, "instances")


def test_an_image_that_instances_do_not_name_is_told(root: Path) -> None:
    edit(root, INSTANCES, lambda c: c.update(images=c["images"][1:], annotations=[]))
    with pytest.raises(UserError, match=r"instances_val2017\.json: has no image 000000000139\.jpg"):
        label(root, "instances")
