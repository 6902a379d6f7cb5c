"""Models for the page that are as small as they can be."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image

from polytask.demo.photos import PhotoFile
from polytask.models.files import MODEL_FORMAT, save_model
from polytask.models.multitask import build_model

TASKS = {"semseg": 5, "human_parts": 7, "edge": 1, "normals": 3, "depth": 1, "autoencoder": 3}


def make_model(folder: Path, fusion: str = "mixture") -> Path:
    """A model with random weights and two teachers' paths; with routers where it is a mixture."""
    torch.manual_seed(0)
    config = {
        "format": MODEL_FORMAT,
        "student": {
            "model": "vit_tiny_patch16_224",
            "model_args": {"patch_size": 8, "embed_dim": 32, "depth": 2, "num_heads": 2},
            "image_size": [32, 32],
            "levels": [0, 1],
        },
        "teacher_dims": {"semantic": 32, "boundary": 32},
        "fusion": fusion,
        "tasks": TASKS,
        "classes": ["wall", "floor", "<b>chair</b>", "table", "lamp"],
    }
    save_model(folder / "model.safetensors", build_model(config), config)
    return folder / "model.safetensors"


def make_photo(file: Path, width: int = 60, height: int = 44) -> Path:
    """A photo of noise in broad patches."""
    noise = np.random.default_rng(0).integers(0, 256, (5, 6, 3), dtype=np.uint8)
    Image.fromarray(noise).resize((width, height)).save(file)
    return file


def photo_file(folder: Path, width: int = 60, height: int = 44) -> PhotoFile:
    """The same as it comes to the page."""
    return PhotoFile("cat.png", make_photo(folder / "cat.png", width, height).read_bytes())
