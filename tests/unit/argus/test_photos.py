"""What Argus says of a photo is in the photo's pixels, drawn and as data."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from faster_coco_eval import mask as run_lengths
from PIL import Image

from polytask.argus import predict as module
from polytask.argus.decoder import LabelSpace
from polytask.argus.photo_files import files_of, run_length
from polytask.argus.photo_size import nearest
from polytask.argus.predict import ArgusPredictor
from polytask.argus.task import VisionTask
from polytask.predict import write_files
from polytask.training.runtime import RuntimeConfig, start

SPACE = LabelSpace(
    classes=("wall", "person", "lamp"), things=(1, 2), image_classes=("kitchen", "bath")
)
LABELS = {
    "detection": "instances", "instance_segmentation": "instances", "panoptic": "panoptic",
    "pose": "pose", "classification": "image_class", "anomaly": "anomaly", "depth": "depth",
    "semseg": "semseg",
}  # fmt: skip


class Fake:
    """Says the same of every image: a person in its right half."""

    tasks = tuple(LABELS)

    def __init__(self):
        self.asked = []

    def space(self, task):
        return SPACE

    def predict(self, images, tasks):
        self.asked.append((tuple(images.shape), tuple(tasks)))
        return {task: [getattr(self, LABELS[task])(image) for image in images] for task in tasks}

    def instances(self, image):
        height, width = image.shape[-2:]
        mask = torch.zeros(2, height, width, dtype=torch.bool)
        mask[:, :, width // 2 :] = True
        boxes = torch.tensor([[width / 2, 0, width, height]] * 2)
        return {
            "boxes": boxes, "scores": torch.tensor([0.9, 0.8]), "classes": torch.tensor([0, 1]),
            "masks": mask,
        }  # fmt: skip

    def panoptic(self, image):
        ids = torch.zeros(image.shape[-2:], dtype=torch.int32)
        ids[:, image.shape[-1] // 2 :] = 1
        return {"ids": ids, "segments": [{"id": 1, "class": 1, "score": 0.5}]}

    def pose(self, image):
        joints = torch.tensor([image.shape[-1] / 2, image.shape[-2] / 2, 0.7]).repeat(17, 1)
        return {"keypoints": joints, "score": 0.7}

    def image_class(self, image):
        return torch.tensor([0.25, 0.75])

    def anomaly(self, image):
        return {"score": 3.0, "map": np.full(tuple(image.shape[-2:]), 3.0, np.float32)}

    def depth(self, image):
        return torch.full((1, *image.shape[-2:]), 2.5)

    def semseg(self, image):
        return torch.tensor([0.0, 1.0, 0.0])[:, None, None].expand(3, *image.shape[-2:])


def draw(pixels, prediction, space):
    return 255 - pixels


@pytest.fixture
def predictor(monkeypatch):
    tasks = {
        name: VisionTask(
            name=name, title=name, label=label, metric_name="ap", unit="%", higher_is_better=True,
            decoders={}, metric=None, draw=draw,
            looks_at="person" if name == "pose" else "image",
        )
        for name, label in LABELS.items()
    }  # fmt: skip
    monkeypatch.setattr(module, "VISION_TASKS", tasks)
    runtime = start(RuntimeConfig(device="cpu"), seed=0)
    return ArgusPredictor(Fake(), tuple(LABELS), runtime, 8, (12, 12))


PHOTO = Image.new("RGB", (40, 20), (10, 20, 30))


def test_boxes_masks_and_maps_are_in_the_pixels_of_the_photo(predictor):
    found = predictor(PHOTO)
    assert found["detection"]["boxes"][0].tolist() == [20, 0, 40, 20]
    masks = found["instance_segmentation"]["masks"]
    assert masks.shape == (2, 20, 40)
    assert masks[0].sum() == 20 * 20
    assert not masks[0, :, :20].any()
    assert (found["panoptic"]["ids"][:, 20:] == 1).all()
    assert found["anomaly"]["map"].shape == found["depth"].shape == (20, 40)
    assert found["depth"][0, 0] == 2.5


def test_the_backbone_sees_the_photo_once_and_then_the_detected_persons(predictor):
    found = predictor(PHOTO)
    (whole, _), (persons, asked) = predictor.model.asked
    assert (whole, persons, asked) == ((1, 3, 8, 16), (1, 3, 12, 12), ("pose",))
    (person,) = found["pose"]  # the second object is a lamp
    assert person["keypoints"][0].tolist() == pytest.approx([30, 10, 0.7])
    assert person["box"].tolist() == [20, 0, 40, 20]


def test_pose_alone_looks_for_persons_but_does_not_tell_of_them(predictor):
    alone = replace(predictor, tasks=("pose",))
    assert list(alone(PHOTO)) == ["pose"]
    assert predictor.model.asked[0][1] == ("detection",)


def test_without_a_detector_the_whole_photo_is_one_person(predictor):
    predictor.model.tasks = ("pose",)
    (person,) = replace(predictor, tasks=("pose",))(PHOTO)["pose"]
    assert person["box"].tolist() == [0, 0, 40, 20]
    assert person["keypoints"][0].tolist() == pytest.approx([20, 10, 0.7])


def test_where_nobody_is_detected_there_is_no_pose(predictor):
    predictor.model.instances = lambda image: {
        "boxes": torch.zeros(1, 4), "scores": torch.tensor([0.1]), "classes": torch.tensor([0])
    }  # fmt: skip
    assert replace(predictor, tasks=("pose",))(PHOTO)["pose"] == []


def test_every_task_has_a_picture_and_data(predictor, tmp_path):
    write_files(tmp_path, predictor.files(PHOTO))
    for task in LABELS:
        with Image.open(tmp_path / f"{task}.png") as picture:
            assert picture.size == (40, 20)

    def data(task):
        return json.loads((tmp_path / f"{task}.json").read_text())

    assert [each["class"] for each in data("detection")] == ["person", "lamp"]
    assert data("classification")[0] == {"class": "bath", "probability": 0.75}
    assert data("panoptic") == [{"id": 1, "class": "person", "score": 0.5, "thing": True}]
    assert len(data("pose")[0]["keypoints"]) == 17
    assert data("anomaly") == {"score": 3.0}
    with Image.open(tmp_path / "panoptic_ids.png") as ids:
        assert ids.mode.startswith("I;16")
        assert np.asarray(ids).max() == 1
    assert np.load(tmp_path / "anomaly_map.npy").shape == (20, 40)
    assert (tmp_path / "depth_mm.png").is_file()
    assert (tmp_path / "semseg_ids.png").is_file()
    assert (tmp_path / "panel.png").is_file()


def test_run_lengths_are_cocos():
    mask = torch.zeros(5, 4, dtype=torch.bool)
    mask[1:3, 2] = True
    said = run_length(mask)
    assert said["size"] == [5, 4]
    assert (run_lengths.decode(said) == mask.numpy()).all()
    json.dumps(said)


def test_dense_tasks_have_the_files_of_other_models():
    said = np.full((4, 6), 2.5, np.float32)
    (name, values), = files_of("depth", "depth", said, SPACE).items()  # fmt: skip
    assert (name, values.dtype, values[0, 0]) == ("depth_mm.png", np.uint16, 2500)


def test_nearest_takes_the_pixel_below_the_middle():
    values = torch.tensor([[[1, 2, 3, 4]]])
    assert nearest(values, (1, 2)).tolist() == [[[2, 4]]]
    assert nearest(values[..., :2], (2, 4)).tolist() == [[[1, 1, 2, 2], [1, 1, 2, 2]]]
