"""Objects in views, computed by hand."""

import numpy as np
import pytest
from PIL import Image

from polytask.data.geometry import apply
from polytask.data.objects import (
    MIN_VISIBLE,
    MIRRORED,
    NUM_JOINTS,
    Objects,
    from_masks,
    without_slivers,
)
from polytask.data.views import View

HW = (8, 12)
IMAGE = Image.new("RGB", HW[::-1])
LEFT_EAR, RIGHT_EAR, LEFT_ANKLE = 3, 4, 15


def scene() -> Objects:
    """A box at rows 2-4, columns 1-4 with joints, and a column 10 that is a crowd."""
    masks = np.zeros((2, *HW), bool)
    masks[0, 2:5, 1:5] = True
    masks[1, :, 10] = True
    joints = np.zeros((2, NUM_JOINTS, 3), np.float32)
    joints[0, LEFT_EAR], joints[0, LEFT_ANKLE] = (1.5, 2.25, 2), (4.0, 4.5, 1)
    return from_masks(masks, np.array([7, 3]), np.array([False, True]), joints)


def seen(view: View, out_hw: tuple[int, int], objects: Objects | None = None) -> Objects:
    return apply(view, IMAGE, {"instances": scene() if objects is None else objects}, out_hw)[
        "instances"
    ]


def test_boxes_and_areas_are_those_of_the_masks() -> None:
    objects = scene()
    assert objects.boxes.tolist() == [[1, 2, 5, 5], [10, 0, 11, 8]]
    assert objects.areas.tolist() == [12, 8]
    assert objects.boxes.dtype == objects.areas.dtype == objects.keypoints.dtype == np.float32


def test_the_plain_view_is_the_annotation_moved_by_the_padding() -> None:
    found = seen(View(-2, -3, 12, 18), (12, 18))
    assert found.boxes.tolist() == [[4, 4, 8, 7], [13, 2, 14, 10]]
    assert (found.masks[:, 2:10, 3:15] == scene().masks).all()
    assert found.masks.sum() == scene().masks.sum()
    assert found.areas.tolist() == [12, 8]
    assert found.keypoints[0, LEFT_EAR].tolist() == [4.5, 4.25, 2]
    assert found.keypoints[0, LEFT_ANKLE].tolist() == [7, 6.5, 1]
    assert not found.keypoints[1].any() and np.count_nonzero(found.keypoints[0, :, 2]) == 2
    assert found.classes.tolist() == [7, 3] and found.crowd.tolist() == [False, True]


def test_a_flip_mirrors_and_swaps_left_and_right() -> None:
    found = seen(View(0, 0, *HW, flip=True), HW)
    assert (found.masks == scene().masks[:, :, ::-1]).all()
    assert found.boxes.tolist() == [[7, 2, 11, 5], [1, 0, 2, 8]]
    assert found.keypoints[0, RIGHT_EAR].tolist() == [10.5, 2.25, 2]
    assert not found.keypoints[0, LEFT_EAR].any()
    again = seen(View(0, 0, *HW, flip=True), HW, found)
    for name, values in vars(scene()).items():
        assert (getattr(again, name) == values).all(), name


def test_the_mirror_swaps_every_left_joint_with_its_right_one() -> None:
    from polytask.data.rooms.classes import JOINTS

    assert len(JOINTS) == NUM_JOINTS
    for name, other in zip(JOINTS, MIRRORED, strict=True):
        swapped = name.replace("left", "x").replace("right", "left").replace("x", "right")
        assert JOINTS[other] == swapped


def test_a_crop_twice_as_large_cuts_boxes_and_joints_and_not_areas() -> None:
    """Rows 2-5 and columns 3-8 of the image on 8 x 12 pixels."""
    found = seen(View(2, 3, 4, 6), HW)
    assert found.boxes[0].tolist() == [0, 0, 4, 6]
    rows, columns = np.nonzero(found.masks[0])
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (0, 5, 0, 3)
    assert found.masks[0].sum() == 24
    assert found.areas[0] == 48
    assert found.keypoints[0, LEFT_ANKLE].tolist() == [2, 5, 1]
    assert not found.keypoints[0, LEFT_EAR].any()


@pytest.mark.parametrize("view", [View(0, 0, 4, 12), View(0, 0, 8, 3)])
def test_joints_below_and_right_of_the_view_are_not_labelled(view: View) -> None:
    found = seen(view, (int(view.height), int(view.width)))
    assert found.keypoints[0, LEFT_EAR].tolist() == [1.5, 2.25, 2]
    assert not found.keypoints[0, LEFT_ANKLE].any()


def test_what_is_cut_off_and_flipped_is_cut_off_at_the_other_side() -> None:
    found = seen(View(2, 3, 4, 6, flip=True), HW)
    assert found.boxes[0].tolist() == [8, 0, 12, 6]
    assert found.keypoints[0, LEFT_ANKLE + 1].tolist() == [10, 5, 1]


@pytest.mark.parametrize("flip", [False, True])
@pytest.mark.parametrize(
    "view", [View(1, 2, 6, 9), View(-4, -6, 16, 24), View(0.4, 3.3, 5, 9), View(2, -1, 9, 4)]
)
def test_boxes_follow_their_masks(view: View, flip: bool) -> None:
    """A box that is wide in a view lies around its mask, at most a half pixel off."""
    out_hw = (40, 60)
    found = seen(View(view.top, view.left, view.height, view.width, flip), out_hw)
    for mask, box in zip(found.masks, found.boxes, strict=True):
        if mask.any():
            tight = from_masks(mask[None], np.zeros(1)).boxes[0]
            assert np.abs(tight - box).max() <= 0.5 + 1e-4


def test_slivers_go_and_padding_is_of_no_object() -> None:
    whole = seen(View(0, 0, *HW), HW)
    assert len(without_slivers(whole)) == 2
    cut = seen(View(0, 4, 8, 12), HW)
    assert [np.count_nonzero(mask) for mask in cut.masks] == [3, 8] and MIN_VISIBLE == 4
    left = without_slivers(cut)
    assert left.classes.tolist() == [3] and left.crowd.tolist() == [True]
    assert not cut.masks[:, :, 8:].any()
    least = seen(View(3, 3, *HW), HW)
    assert np.count_nonzero(least.masks[0]) == 4 and len(without_slivers(least)) == 2


def test_no_objects_stay_no_objects() -> None:
    none = scene().pick(np.zeros(2, bool))
    found = without_slivers(seen(View(-1, 0, 9, 6, flip=True), HW, none))
    shapes = {name: values.shape for name, values in vars(found).items()}
    assert shapes == {
        "masks": (0, *HW), "boxes": (0, 4), "classes": (0,), "crowd": (0,), "areas": (0,),
        "keypoints": (0, NUM_JOINTS, 3),
    }  # fmt: skip


def test_what_is_said_of_the_whole_image_stays() -> None:
    label = np.array(2, np.int64)
    assert apply(View(2, 3, 4, 6), IMAGE, {"image_class": label}, HW)["image_class"] == 2
