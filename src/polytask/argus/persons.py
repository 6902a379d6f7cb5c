"""Persons of labelled images as samples of their own: what a top-down pose decoder looks at.

Coordinates are those of edges between pixels: the middle of the first pixel is 0.5.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from polytask.data.geometry import view_image
from polytask.data.labelled import MultiTaskDataset
from polytask.data.layout import read
from polytask.data.objects import MIRRORED, Objects
from polytask.data.sampling import Key, as_sample, split_key
from polytask.data.views import Size, View
from polytask.errors import UserError

MARGIN = 1.25
"""Size of a crop relative to the person's box (ViTPose, Simple Baselines)."""


@dataclass(frozen=True)
class Person:
    """One person, in pixels of the image number `image`.

    keypoints float32 (17, 3): x, y, visibility; box: left, top, right, bottom; area of the person.
    """

    image: int
    keypoints: np.ndarray
    box: np.ndarray
    area: float


@dataclass(frozen=True, kw_only=True)
class PersonViews:
    """Draws what a training sees of a person: `scale` times the plain view, moved, flipped or not.

    `shift` is the largest one, in shares of the view. Not in the paper. Differs from ViTPose: no
    rotations and no half bodies.
    """

    scale: tuple[float, float] = (0.7, 1.3)
    shift: float = 0.16

    def draw(self, seed: int, index: int, number: int, plain: View) -> View:
        """The view number `number` of person number `index`: the same for the same arguments."""
        rng = np.random.default_rng((seed, index, number))
        scale = rng.uniform(*self.scale)
        down, right = rng.uniform(-self.shift, self.shift, size=2)
        height, width = plain.height * scale, plain.width * scale
        top = plain.top + (plain.height - height) / 2 + down * plain.height
        left = plain.left + (plain.width - width) / 2 + right * plain.width
        return View(top, left, height, width, bool(rng.random() < 0.5))


class PersonCrops:
    """The annotated persons of a data set with "instances", cut out of their image files.

    Persons that are no crowd and have a labelled joint. A sample by key (index, view) has "image"
    uint8 (3, h, w) at `crop_hw`; "pose" float32 (17, 3) in its pixels, joints outside of it count
    as not labelled; "person", what is known of the person in the image; and "crop", which leads
    there (`in_image`). View None, or no views, is the box with its margin. The boxes are those of
    the labels, in evaluations too. Raises UserError where there is nobody.
    """

    def __init__(
        self, dataset: MultiTaskDataset, crop_hw: Size, views: PersonViews | None = None,
        seed: int = 0,
    ) -> None:  # fmt: skip
        self.dataset, self.crop_hw = dataset, (crop_hw[0], crop_hw[1])
        self.views, self.seed = views, seed
        self.persons = [person for i in range(len(dataset)) for person in _persons(dataset, i)]
        if not self.persons:
            root = dataset.layout.tree.root
            raise UserError(f"{root}: nobody with a labelled joint; take another data set for pose")

    def __len__(self) -> int:
        return len(self.persons)

    def __getitem__(self, key: Key) -> dict[str, Any]:
        index, number = split_key(key)
        person, view = self.persons[index], self.view(index, number)
        arrays = {
            "image": view_image(view, self._image(person.image), self.crop_hw),
            "pose": joints_in_view(person.keypoints, view, self.crop_hw),
            "crop": way_back(view, self.crop_hw).astype(np.float32),
        }
        return {**as_sample(arrays, index, number), "person": _as_tensors(person)}

    def view(self, index: int, number: int | None) -> View:
        """The view that the sample (index, number) shows."""
        plain = person_view(self.persons[index].box, self.crop_hw)
        if number is None or self.views is None:
            return plain
        return self.views.draw(self.seed, index, number, plain)

    def _image(self, index: int) -> Image.Image:
        layout = self.dataset.layout
        return layout.decode_image(*read(layout.tree, [self.dataset.image_files[index]]))


def person_view(box: np.ndarray, crop_hw: Size) -> View:
    """The smallest view of the crop's shape around a box and its margin, centred."""
    left, top, right, bottom = map(float, box)
    per_pixel = MARGIN * max((bottom - top) / crop_hw[0], (right - left) / crop_hw[1])
    height, width = crop_hw[0] * per_pixel, crop_hw[1] * per_pixel
    return View((top + bottom - height) / 2, (left + right - width) / 2, height, width)


def joints_in_view(keypoints_J3: np.ndarray, view: View, out_hw: Size) -> np.ndarray:
    """Joints in pixels of a view, left and right as it shows them; 0 where it does not."""
    left, top, scale_x, scale_y = way_back(view, out_hw)
    joints_J2 = (keypoints_J3[:, :2] - (left, top)) / (scale_x, scale_y)
    inside_J = ((joints_J2 >= 0) & (joints_J2 < out_hw[::-1])).all(axis=1)
    moved_J3 = np.column_stack([joints_J2, keypoints_J3[:, 2]])
    moved_J3[~inside_J | (keypoints_J3[:, 2] == 0)] = 0
    return (moved_J3[list(MIRRORED)] if view.flip else moved_J3).astype(np.float32)


def way_back(view: View, out_hw: Size) -> np.ndarray:
    """left, top, scale_x, scale_y: (x, y) of a view shows (left + scale_x x, top + scale_y y).

    A flipped view has a negative scale_x. float64 (4,).
    """
    scale_y, scale_x = view.height / out_hw[0], view.width / out_hw[1]
    if view.flip:
        return np.array([view.left + view.width, view.top, -scale_x, scale_y])
    return np.array([view.left, view.top, scale_x, scale_y])


def in_image(keypoints_J3: Tensor, crop: Tensor) -> Tensor:
    """Joints (17, 3) of a crop in pixels of its image, by its `way_back`; the third stays."""
    places_J2 = crop[:2] + crop[2:] * keypoints_J3[:, :2]
    moved_J3 = torch.cat([places_J2, keypoints_J3[:, 2:]], dim=1)
    return moved_J3[list(MIRRORED)] if crop[2] < 0 else moved_J3


def _persons(dataset: MultiTaskDataset, index: int) -> list[Person]:
    """Those of one image, in pixels of its file."""
    objects = dataset.layout.outlines(dataset.ids[index])
    if objects is None:
        objects = _from_plain_view(dataset, index)
    labelled_NJ = objects.keypoints[..., 2] > 0
    counted_N = labelled_NJ.any(axis=1) & ~objects.crowd
    return [
        Person(index, objects.keypoints[at], objects.boxes[at], float(objects.areas[at]))
        for at in np.flatnonzero(counted_N)
    ]


def _from_plain_view(dataset: MultiTaskDataset, index: int) -> Objects:
    """The objects of a sample, brought back from the plain view to the pixels of the file."""
    found = {name: values.numpy() for name, values in dataset[index]["instances"].items()}
    left, top, scale_x, scale_y = way_back(dataset.view(index, None), dataset.image_size)
    start, scale = np.array([left, top]), np.array([scale_x, scale_y])
    labelled_NJ1 = found["keypoints"][..., 2:] > 0
    places_NJ2 = (start + scale * found["keypoints"][..., :2]) * labelled_NJ1
    places_NJ3 = np.concatenate([places_NJ2, found["keypoints"][..., 2:]], axis=2)
    boxes_N4 = (start + scale * found["boxes"].reshape(-1, 2, 2)).reshape(-1, 4)
    return Objects(**{
        **found, "keypoints": places_NJ3.astype(np.float32), "boxes": boxes_N4.astype(np.float32),
        "areas": found["areas"] * np.float32(scale_x * scale_y),
    })  # fmt: skip


def _as_tensors(person: Person) -> dict[str, Tensor]:
    return {
        "image": torch.tensor(person.image),
        "keypoints": torch.from_numpy(person.keypoints),
        "box": torch.from_numpy(person.box),
        "area": torch.tensor(person.area, dtype=torch.float32),
    }
