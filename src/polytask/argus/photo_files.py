"""Predictions in a photo as files to work with."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from faster_coco_eval import mask as run_lengths
from torch import Tensor

from polytask.argus.decoder import LabelSpace
from polytask.predictions import data_files
from polytask.tasks import TASKS


def files_of(task: str, label: str, said: Any, space: LabelSpace) -> dict[str, Any]:
    """What a task whose decoder reads `label` said of a photo, by file name."""
    if label in TASKS:
        return data_files({label: said})
    return WRITERS[label](task, said, space)


def objects(task: str, said: Mapping[str, Tensor], space: LabelSpace) -> dict[str, Any]:
    """A list of objects, best first: class, score, box (left, top, right, bottom in pixels).

    With masks "segmentation", COCO's compressed run lengths.
    """
    order = said["scores"].argsort(descending=True, stable=True).tolist()
    entries = [
        {
            "class": space.classes[space.things[int(said["classes"][at])]],
            "score": float(said["scores"][at]),
            "box": said["boxes"][at].tolist(),
            **({"segmentation": run_length(said["masks"][at])} if "masks" in said else {}),
        }
        for at in order
    ]
    return {f"{task}.json": entries}


def run_length(mask_HW: Tensor) -> dict[str, Any]:
    """A mask as COCO's compressed run lengths: {"size": [H, W], "counts": text}."""
    found = run_lengths.encode(np.asfortranarray(mask_HW.numpy(), dtype=np.uint8))
    counts = found["counts"]
    text = counts.decode() if isinstance(counts, bytes) else counts
    return {"size": list(mask_HW.shape), "counts": text}


def segments(task: str, said: Mapping[str, Any], space: LabelSpace) -> dict[str, Any]:
    """The ids of segments at every pixel, 0 for nothing, and a list of id, class, thing or not."""
    entries = [
        {**each, "class": space.classes[each["class"]], "thing": each["class"] in space.things}
        for each in said["segments"]
    ]
    return {f"{task}_ids.png": said["ids"].numpy().astype(np.uint16), f"{task}.json": entries}


def poses(task: str, said: Sequence[Mapping[str, Any]], _space: LabelSpace) -> dict[str, Any]:
    """A list of persons: score, box, and COCO's 17 joints, each x, y in pixels and a score."""
    entries = [
        {
            "score": float(person["score"]),
            "box": person["box"].tolist(),
            "keypoints": person["keypoints"].tolist(),
        }
        for person in said
    ]
    return {f"{task}.json": entries}


def classes(task: str, said: Tensor, space: LabelSpace) -> dict[str, Any]:
    """A list of classes of the whole photo with their probabilities, the most likely first."""
    order = said.argsort(descending=True, stable=True).tolist()
    entries = [{"class": space.image_classes[k], "probability": float(said[k])} for k in order]
    return {f"{task}.json": entries}


def anomaly(task: str, said: Mapping[str, Any], _space: LabelSpace) -> dict[str, Any]:
    """The photo's score, and where it comes from: float32 (H,W), higher where more anomalous."""
    return {
        f"{task}.json": {"score": float(said["score"])},
        f"{task}_map.npy": np.asarray(said["map"], np.float32),
    }


WRITERS: dict[str, Callable[[str, Any, LabelSpace], dict[str, Any]]] = {
    "instances": objects,
    "panoptic": segments,
    "pose": poses,
    "image_class": classes,
    "anomaly": anomaly,
}
"""By what a task needs of a sample (argus.task.VisionTask.label), but for dense tasks."""
