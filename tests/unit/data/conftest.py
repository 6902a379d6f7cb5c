"""Tiny data sets, written the way the real ones are."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

NUM_CLASSES = 5
IMAGE_HW = (20, 28)


def save(path: Path, values: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".npy":
        np.save(path, values)
    else:
        Image.fromarray(values).save(path)


def write_labelled(root: Path, ids: list[str], image_hw: tuple[int, int] = IMAGE_HW) -> Path:
    """The NYUD-v2 layout with all six tasks; the last tenth of the ids is the test split."""
    rng = np.random.default_rng(0)
    for name in ids:
        normals = rng.normal(size=(*image_hw, 3))
        normals /= np.linalg.norm(normals, axis=2, keepdims=True)
        draw = {
            "images": rng.integers(0, 256, (*image_hw, 3)),
            "segmentation": rng.integers(0, NUM_CLASSES + 1, image_hw),
            "human_parts": rng.integers(0, 7, image_hw),
            "sal": rng.integers(0, 2, image_hw) * 255,
            "edge": rng.integers(0, 2, image_hw) * 255,
            "normals": np.rint((normals + 1) * 127.5),
        }
        for folder, values in draw.items():
            save(root / folder / f"{name}.png", values.astype(np.uint8))
        save(root / "depth" / f"{name}.npy", rng.uniform(1, 5, image_hw).astype(np.float32))
    (root / "gt_sets").mkdir()
    (root / "gt_sets" / "train.txt").write_text("\n".join(ids[:-1]) + "\n")
    (root / "gt_sets" / "test.txt").write_text(ids[-1] + "\n")
    return root


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    return write_labelled(tmp_path / "rooms", ["0003", "0001", "0002", "0007"])
