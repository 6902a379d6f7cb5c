"""Python code in a model card that loads the model back."""

from collections.abc import Mapping
from typing import Any

from polytask.export.architecture import image_size_of
from polytask.models.files import STUDENT_FORMAT

STEM = """\
import timm
import torch
from safetensors.torch import load_file

vit = timm.create_model({arguments}).eval()
vit.norm = vit.fc_norm = torch.nn.Identity()
state = load_file("model.safetensors")
vit.load_state_dict({{k[{start}:]: state[k] for k in state if k.startswith({prefix!r})}})
levels = vit.forward_intermediates(images, indices={levels}, intermediates_only=True)
"""

WHOLE = """\
from polytask.models.files import load_model

model, config = load_model(".")
predictions = model(images).predictions
"""

BARE = """\
from polytask.models.files import load_student

student, config = load_student(".")
representations = student(images)
"""

ONNX = """\
import numpy
import onnxruntime
from PIL import Image

photo = Image.open("photo.jpg").convert("RGB").resize({size})
image = numpy.asarray(photo, numpy.float32).transpose(2, 0, 1)[None] / 255
session = onnxruntime.InferenceSession("model.onnx")
tasks = [output.name for output in session.get_outputs()]
maps = dict(zip(tasks, session.run(tasks, {{"image": image}})))
"""


def stem_snippet(config: Mapping[str, Any], image_size: tuple[int, int]) -> str:
    """How plain timm loads the ViT of a model, whose position embedding is that of `image_size`.

    Run inside of the folder, with normalised images.
    """
    student = config["student"]
    arguments = {
        "img_size": tuple(image_size), "dynamic_img_size": True, "num_classes": 0,
        "global_pool": "", **student.get("model_args", {}),
    }  # fmt: skip
    prefix = "vit." if config["format"] == STUDENT_FORMAT else "student.vit."
    named = [f"{name}={value!r}" for name, value in arguments.items()]
    return STEM.format(
        arguments=", ".join([repr(student["model"]), *named]),
        prefix=prefix,
        start=len(prefix),
        levels=list(student["levels"]),
    )


def whole_snippet(config: Mapping[str, Any]) -> str:
    """How this project loads it; run inside of the folder, with images in [0, 1]."""
    return BARE if config["format"] == STUDENT_FORMAT else WHOLE


def onnx_snippet(config: Mapping[str, Any]) -> str:
    """How ONNX Runtime alone runs its graph; run inside of the folder, with a photo in it."""
    height, width = image_size_of(config)
    return ONNX.format(size=(width, height))
