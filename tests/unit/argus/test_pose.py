"""The task of poses: crops are judged in pixels of their images."""

import numpy as np
import torch

from polytask.argus.decoder import LabelSpace
from polytask.argus.tasks import pose

JOINTS = torch.stack([torch.linspace(10, 50, 17), torch.linspace(80, 20, 17), torch.ones(17)], 1)
CROP = torch.tensor([5.0, -10.0, 0.5, 2.0])  # left, top, scale_x, scale_y


def sample():
    person = {"image": 7, "keypoints": JOINTS, "area": 900.0, "box": torch.tensor([5, 10, 60, 90])}
    return {"person": person, "crop": CROP}


def judged(shift=0.0):
    found = torch.cat([(JOINTS[:, :2] - CROP[:2]) / CROP[2:] + shift, JOINTS[:, 2:]], dim=1)
    metric = pose.TASK.metric(LabelSpace())
    metric.update({"keypoints": found, "score": 0.9}, sample())
    return metric.compute()


def test_joints_are_brought_back_to_the_image():
    numbers = judged()
    assert numbers["ap"] == numbers["ar"] == 100
    assert judged(shift=60.0)["ap"] == 0


def test_a_picture_shows_the_joints():
    prediction = {"keypoints": JOINTS, "score": 0.9}
    shown = pose.TASK.draw(np.zeros((96, 72, 3), np.uint8), prediction, LabelSpace())
    assert shown.shape[2] == 3 and shown.any()
