"""PASCAL-Context as PASCAL_MT.tgz and PASCALContext.tar.gz hold it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from miniatures.scene import Scene, Size, as_png, draw, save
from PIL import Image
from scipy.io import savemat

from polytask.data.benchmarks import BENCHMARKS

SPLITS = {
    "train": ["2008_000008", "2008_000015", "2010_000099"],
    "val": ["2008_000002", "2010_000003"],
}
SIZES = ((20, 28), (30, 24))
BENCHMARK = replace(
    BENCHMARKS["pascal_context"],
    splits={split: len(ids) for split, ids in SPLITS.items()},
    subsets={"test_new": ("val", 1)},
)
WALL, SKY, PERSON, DOG = 440, 360, 284, 113
"""Numbers in PASCAL-Context; normals are not trusted on the sky."""

Parts = Sequence[tuple[str, np.ndarray]]


def write_pascal_context(root: Path, splits: Mapping[str, Sequence[str]] = SPLITS) -> Path:
    """Even ids show a person, odd ones a dog; the last digit picks one of two sizes."""
    for ids in splits.values():
        for name in ids:
            write_sample(root, name, SIZES[int(name) % 3 % 2])
    lists = root / "ImageSets/Context"
    lists.mkdir(parents=True)
    for split, ids in splits.items():
        (lists / f"{split}.txt").write_text("".join(f"{name}\n" for name in ids))
    return root


def write_sample(root: Path, name: str, image_hw: Size) -> None:
    """The left quarter of the wall is sky; the box is a person or a dog."""
    scene, is_person = draw(int(name), image_hw), int(name) % 2 == 0
    save(root / "JPEGImages" / f"{name}.jpg", scene.image)
    save(root / "sal_distill" / f"{name}.png", np.where(scene.is_box, 200, 30).astype(np.uint8))
    save(root / "normals_distill" / f"{name}.png", as_png(scene.normals))
    write_classes(root / "semseg" / ("VOC12" if is_person else "pascal-context"), name, scene)
    write_context(root, name, scene, PERSON if is_person else DOG)
    body = halves(scene.is_box)
    things = [("person", 15, scene.is_box, body)] if is_person else []
    write_things(root, name, [*things, ("dog", 12, ~scene.is_box, [("head", scene.is_box)])])


def write_classes(folder: Path, name: str, scene: Scene) -> None:
    """VOC's classes as palette images: 15 person, 255 on the outline."""
    classes = np.where(scene.is_box, 15, 0).astype(np.uint8)
    classes[scene.is_edge] = 255
    image = Image.fromarray(classes, "L")
    image.putpalette([value for level in range(256) for value in (level, 255 - level, level // 2)])
    folder.mkdir(parents=True, exist_ok=True)
    image.save(folder / f"{name}.png")


def write_context(root: Path, name: str, scene: Scene, box_class: int) -> None:
    """All 459 classes as a MATLAB matrix."""
    labels = np.where(scene.is_box, box_class, WALL).astype(np.uint16)
    sky = labels[:, : labels.shape[1] // 4]
    sky[sky == WALL] = SKY
    folder = root / "pascal-context/trainval"
    folder.mkdir(parents=True, exist_ok=True)
    savemat(folder / f"{name}.mat", {"LabelMap": labels}, do_compression=True)


def halves(mask: np.ndarray) -> Parts:
    """A body: the upper half is hair over a head, the lower half a torso with a right foot."""
    middle = int(np.nonzero(mask)[0].mean())
    upper, lower = mask.copy(), mask.copy()
    upper[middle:], lower[:middle] = False, False
    foot = lower.copy()
    foot[: middle + 2] = False
    return [("head", upper), ("hair", upper), ("torso", lower), ("rfoot", foot)]


def write_things(
    root: Path, name: str, things: Sequence[tuple[str, int, np.ndarray, Parts]]
) -> None:
    """VOC-part's struct: anno.objects(i).{class, class_ind, mask, parts(j).{part_name, mask}}."""
    objects = np.zeros((1, len(things)), _struct("class", "class_ind", "mask", "parts"))
    for at, (label, number, mask, parts) in enumerate(things):
        objects[0, at] = (
            label,
            np.array([[number]], np.uint8),
            mask.astype(np.uint8),
            _parts(parts),
        )
    anno = np.zeros((1, 1), _struct("imname", "objects"))
    anno[0, 0] = (name, objects)
    (root / "human_parts").mkdir(parents=True, exist_ok=True)
    savemat(root / "human_parts" / f"{name}.mat", {"anno": anno}, do_compression=True)


def _parts(parts: Parts) -> np.ndarray:
    if not parts:
        return np.zeros((0, 0))
    array = np.zeros((1, len(parts)), _struct("part_name", "mask"))
    for at, (name, mask) in enumerate(parts):
        array[0, at] = (name, mask.astype(np.uint8))
    return array


def _struct(*names: str) -> np.dtype:
    return np.dtype([(name, object) for name in names])
