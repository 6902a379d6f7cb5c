"""A pretrained encoder stands under heads, in the place of a student."""

from pathlib import Path

import pytest
import torch

from polytask.errors import UserError
from polytask.models.files import load_model, save_model
from polytask.models.multitask import build_model
from polytask.teachers.encoder import FrozenTeacher, TeacherConfig
from polytask.united import _united

SAM = {
    "model": "samvit_base_patch16",
    "model_args": {
        "embed_dim": 32, "depth": 3, "num_heads": 2, "img_size": 64, "global_attn_indexes": (2,),
    },
    "levels": (0, 1),
    "resolution": 64,
    "resize": "pad",
}  # fmt: skip
TASKS = {"semseg": 5, "edge": 1}


def config(**changes) -> dict:
    student = {**SAM, "image_size": [24, 40], **changes}
    return {
        "format": "polytask.model/1", "student": student, "teacher_dims": {}, "fusion": "stem",
        "tasks": TASKS, "classes": [],
    }  # fmt: skip


@pytest.mark.parametrize("size", [(24, 40), (33, 47)])
def test_predictions_have_the_size_of_the_image_whatever_the_encoders(size):
    outputs = build_model(config()).eval()(torch.rand(2, 3, *size))
    for task, channels in TASKS.items():
        assert outputs.predictions[task].shape == (2, channels, *size)


def test_heads_see_the_maps_of_the_teacher():
    teacher = FrozenTeacher(TeacherConfig(**SAM, weights="random"))
    model = build_model(config()).eval()
    model.student.load_state_dict(teacher.state_dict())
    images = torch.rand(1, 3, 24, 40)
    seen = model(images).representations.stem
    assert [tuple(level.shape) for level in seen] == [(1, 32, 2, 4)] * 2, "no padding"
    torch.testing.assert_close(seen, teacher(images))


def test_a_model_file_brings_the_encoder_with_it(tmp_path: Path):
    model = build_model(config()).eval()
    save_model(tmp_path / "model.safetensors", model, config())
    again, _ = load_model(tmp_path)
    images = torch.rand(1, 3, 24, 40)
    assert torch.equal(again(images).predictions["edge"], model(images).predictions["edge"])
    with pytest.raises(UserError, match="models on students alone merge"):
        _united([tmp_path])


@pytest.mark.parametrize(
    ("described", "message"),
    [
        ({**config(), "fusion": "mixture"}, "'mixture': an encoder has no more than a stem"),
        (config(weights="hub"), "encoder: unknown key 'weights'"),
        (config(resolution=None), "needs a resolution"),
    ],
)
def test_a_configuration_that_does_not_fit_is_refused(described, message):
    with pytest.raises(UserError, match=message):
        build_model(described)
