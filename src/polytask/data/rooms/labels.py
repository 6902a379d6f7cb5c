"""Maps and annotations that follow from what each pixel's central ray met."""

import numpy as np
from skimage.morphology import skeletonize

from polytask.data.rooms.camera import Camera
from polytask.data.rooms.classes import CLASSES, FACE, JOINTS

SALIENCE = {"window": 0.2, "door": 0.2, "table": 1.0, "chair": 1.0, "sofa": 1.0, "bed": 0.7,
            "cabinet": 0.7, "shelf": 0.8, "lamp": 1.0, "plant": 1.0, "picture": 0.7, "screen": 1.0,
            "clutter": 1.0, "person": 3.0}  # fmt: skip
"""How much the eye goes to a class; 0 for what is not named."""

CENTRE_WIDTH, KEEP = 0.5, 0.6
JOINT_DEPTH = {True: 0.05, False: 0.13}
"""Metres that a joint lies below the skin: in the face, elsewhere."""


def edge_map(instance: np.ndarray, depth: np.ndarray) -> np.ndarray:
    """Boundaries (H,W) bool between instances, on the nearer side, thinned to one pixel."""
    edge = np.zeros(instance.shape, bool)
    for axis in (0, 1):
        first, second = np.moveaxis(instance, axis, 0)[1:], np.moveaxis(instance, axis, 0)[:-1]
        near = np.moveaxis(depth, axis, 0)[1:] <= np.moveaxis(depth, axis, 0)[:-1]
        marks = np.moveaxis(edge, axis, 0)
        marks[1:] |= (first != second) & near
        marks[:-1] |= (first != second) & ~near
    return skeletonize(edge)


def saliency_map(instance: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """What the eye is drawn to, (H,W) bool, by a rule.

    Each object scores the sum over its pixels of a Gaussian around the image's centre (standard
    deviation half of the half side) times the salience of its class. The best one is salient, and
    every other one with at least 60 % of its score.
    """
    axis = np.linspace(-1, 1, len(instance))
    weight = np.exp(-(axis[:, None] ** 2 + axis**2) / (2 * CENTRE_WIDTH**2))
    salience = np.array([SALIENCE.get(name, 0.0) for name in CLASSES])[classes]
    score = np.bincount(instance.ravel(), weight.ravel(), len(classes)) * salience
    return (score >= max(KEEP * score.max(), 1e-9))[instance]


def keypoints(
    joints: np.ndarray, number: int, camera: Camera, instance: np.ndarray, depth: np.ndarray
) -> np.ndarray:
    """COCO keypoints (17,3) float32 of the person with that instance number.

    x and y in pixels, and visibility: 0 outside of the image, 1 hidden, 2 seen. A joint is seen
    where the pixel shows this person at most a few centimetres before it.
    """
    size = len(instance)
    placed = (joints - camera.position) @ camera.axes.T
    ahead = placed[:, 2]
    xy = (placed[:, :2] * camera.focal / np.maximum(ahead, 1e-6)[:, None] + 1) * size / 2
    inside = (ahead > 0) & (xy >= 0).all(1) & (xy < size).all(1)
    xy = np.where(inside[:, None], xy, 0)
    x, y = xy.astype(int).T
    below_skin = np.array([JOINT_DEPTH[name in FACE] for name in JOINTS])
    seen = inside & (instance[y, x] == number) & (depth[y, x] > ahead - below_skin)
    return np.column_stack([xy, inside.astype(int) + seen]).astype(np.float32)


def objects(
    instance: np.ndarray,
    depth: np.ndarray,
    classes: np.ndarray,
    joints: dict[int, np.ndarray],
    camera: Camera,
) -> list[dict]:
    """One record for each visible instance: id, class, box (left, top, right, bottom), pixels."""
    records = []
    for number in np.unique(instance).tolist():
        rows, columns = np.nonzero(instance == number)
        corner = int(columns.min()), int(rows.min())
        box = (*corner, int(columns.max()) + 1, int(rows.max()) + 1)
        name = CLASSES[classes[number]]
        record = {"id": number, "class": name, "box": box, "pixels": len(rows)}
        if number in joints:
            record["keypoints"] = keypoints(joints[number], number, camera, instance, depth)
        records.append(record)
    return records
