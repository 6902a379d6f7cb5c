"""Crops of persons: which there are, and that image, joints and the way back agree."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from polytask.argus.persons import (
    PersonCrops,
    PersonViews,
    in_image,
    joints_in_view,
    person_view,
    way_back,
)
from polytask.data.labelled import MultiTaskDataset
from polytask.data.objects import Objects
from polytask.data.sampling import batches_of
from polytask.data.views import View
from polytask.errors import UserError

IMAGE_HW, PADDED_HW, CROP_HW = (60, 80), (64, 96), (48, 36)
LEFT_SHOULDER, RIGHT_SHOULDER = 5, 6
JOINTS = np.zeros((17, 3), np.float32)
JOINTS[LEFT_SHOULDER] = 45, 22, 2
JOINTS[RIGHT_SHOULDER] = 35, 22, 1
BOX = np.array([30, 10, 50, 50], np.float32)


class WithPeople(MultiTaskDataset):
    """Every image shows a labelled person, one without joints, and a crowd."""

    only_crowds = False

    def __getitem__(self, key):
        sample, view = super().__getitem__(key), self.view(0, None)
        joints = np.stack([JOINTS, np.zeros((17, 3), np.float32), JOINTS])
        joints[..., :2] -= (view.left, view.top)
        joints[joints[..., 2] == 0] = 0
        boxes = np.stack([BOX, BOX, BOX]) - np.array([view.left, view.top] * 2, np.float32)
        sample["instances"] = {
            "masks": torch.zeros(3, *PADDED_HW, dtype=torch.bool),
            "boxes": torch.from_numpy(boxes.astype(np.float32)),
            "classes": torch.zeros(3, dtype=torch.int64),
            "crowd": torch.tensor([self.only_crowds, False, True]),
            "areas": torch.tensor([700.0, 600.0, 800.0]),
            "keypoints": torch.from_numpy(joints),
        }
        return sample


@pytest.fixture
def people(tmp_path: Path) -> WithPeople:
    """Two images in which a red and a blue spot lie around the left and the right shoulder."""
    pixels = np.zeros((*IMAGE_HW, 3), np.uint8)
    for joint, channel in ((LEFT_SHOULDER, 0), (RIGHT_SHOULDER, 2)):
        x, y = JOINTS[joint, :2].astype(int)
        pixels[y - 2 : y + 2, x - 2 : x + 2, channel] = 255
    for folder in ("images", "gt_sets"):
        (tmp_path / folder).mkdir()
    for name in ("0001", "0002"):
        Image.fromarray(pixels).save(tmp_path / "images" / f"{name}.png")
    (tmp_path / "gt_sets/train.txt").write_text("0001\n0002\n")
    return WithPeople(tmp_path, "train", (), 2, None, PADDED_HW)


def centre(channel: torch.Tensor) -> tuple[float, float]:
    """x and y of the middle of what is brighter than the padding."""
    values = (channel.double() - 128).clamp_min(0)
    rows, columns = (torch.arange(n) + 0.5 for n in channel.shape)
    x, y = (values.sum(0) * columns).sum(), (values.sum(1) * rows).sum()
    return float(x / values.sum()), float(y / values.sum())


def test_persons_without_a_labelled_joint_and_crowds_are_left_out(people):
    crops = PersonCrops(people, CROP_HW)
    assert [person.image for person in crops.persons] == [0, 1]
    person = crops[1]["person"]
    assert person["image"] == 1 and person["area"] == 700
    assert torch.equal(person["box"], torch.from_numpy(BOX))
    assert torch.equal(person["keypoints"], torch.from_numpy(JOINTS))


def test_a_data_set_without_persons_is_refused(people):
    people.only_crowds = True
    with pytest.raises(UserError, match="nobody with a labelled joint"):
        PersonCrops(people, CROP_HW)


def test_a_plain_crop_holds_the_box_and_its_margin_in_the_middle():
    tall, wide = person_view(BOX, CROP_HW), person_view(BOX[[1, 0, 3, 2]], CROP_HW)
    assert tall == View(5, 40 - 18.75, 50, 37.5)  # 40 x 1.25 high, 3/4 of that wide
    assert wide.width == 50 and wide.height == pytest.approx(50 * 4 / 3)
    assert (wide.top + wide.height / 2, wide.left + wide.width / 2) == (40, 30)


def test_joints_appear_where_the_crop_shows_them(people):
    """In plain crops and in jittered ones; a mirror makes the left shoulder the right one."""
    crops = PersonCrops(people, CROP_HW, PersonViews(scale=(0.8, 1.2), shift=0.1), seed=3)
    flips = []
    for number in (None, *range(8)):
        sample = crops[0, number]
        assert sample["image"].shape == (3, *CROP_HW)
        flips.append(flipped := crops.view(0, number).flip)
        red, blue = (LEFT_SHOULDER, RIGHT_SHOULDER)[:: -1 if flipped else 1]
        for channel, joint, seen in ((0, red, 2), (2, blue, 1)):
            x, y, visibility = sample["pose"][joint].tolist()
            assert visibility == seen
            assert centre(sample["image"][channel]) == pytest.approx((x, y), abs=0.25)
        back = in_image(sample["pose"], sample["crop"])
        torch.testing.assert_close(
            back[[LEFT_SHOULDER, RIGHT_SHOULDER]],
            torch.from_numpy(JOINTS[[LEFT_SHOULDER, RIGHT_SHOULDER]]),
        )
    assert set(flips) == {False, True} and not flips[0]


def test_joints_outside_of_a_crop_are_not_labelled_in_it():
    view = View(0, 40, 48, 36)  # from x = 40 on: the right shoulder at 35 is out
    pose = joints_in_view(JOINTS, view, CROP_HW)
    assert pose[LEFT_SHOULDER].tolist() == [5, 22, 2]
    assert not np.delete(pose, LEFT_SHOULDER, axis=0).any()


def test_the_way_back_is_that_of_the_views_convention():
    assert way_back(View(4, 8, 24, 72), CROP_HW).tolist() == [8, 4, 2, 0.5]
    assert way_back(View(4, 8, 24, 72, flip=True), CROP_HW).tolist() == [80, 4, -2, 0.5]


def test_a_training_view_is_a_function_of_its_key(people):
    def views(seed):
        crops = PersonCrops(people, CROP_HW, PersonViews(), seed=seed)
        return [crops.view(index, number) for index in (0, 1) for number in (0, 1)]

    assert views(0) == views(0)
    assert len({*views(0), *views(1)}) == 8
    plain = person_view(BOX, CROP_HW)
    for view in views(0):
        assert 0.7 <= view.height / plain.height <= 1.3
        assert view.height / view.width == pytest.approx(plain.height / plain.width)


def test_persons_come_in_batches(people):
    (batch,) = batches_of(PersonCrops(people, CROP_HW), [0, 1], batch_size=2)
    assert batch["image"].shape == (2, 3, *CROP_HW) and batch["pose"].shape == (2, 17, 3)
    assert batch["crop"].shape == (2, 4) and batch["index"].tolist() == [0, 1]


def test_people_whose_outlines_are_known_are_not_looked_for_in_images(people, monkeypatch):
    expected = PersonCrops(people, CROP_HW).persons
    known = Objects(
        masks=np.zeros((1, 0, 0), bool), boxes=BOX[None], classes=np.zeros(1, np.int64),
        crowd=np.zeros(1, bool), areas=np.array([700], np.float32), keypoints=JOINTS[None],
    )  # fmt: skip
    monkeypatch.setattr(type(people.layout), "outlines", lambda layout, name: known)
    monkeypatch.setattr(WithPeople, "__getitem__", None)
    found = PersonCrops(people, CROP_HW).persons
    for one, other in zip(found, expected, strict=True):
        assert (one.image, one.area) == (other.image, other.area)
        assert np.array_equal(one.box, other.box)
        assert np.allclose(one.keypoints, other.keypoints)
