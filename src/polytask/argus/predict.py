"""What a model of Argus finds in a photo: files to look at and files to work with.

Shapes: H W pixels of the photo, h w of what the model sees, N objects, C outputs.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from polytask.argus.model import ArgusModel
from polytask.argus.persons import in_image, person_view, way_back
from polytask.argus.photo_files import files_of
from polytask.argus.photo_size import Hw, at_photo
from polytask.argus.tasks import VISION_TASKS
from polytask.data.geometry import view_image
from polytask.data.images import with_shorter_side
from polytask.drawing.colours import CLASSES, colourise
from polytask.reporting.panels import photo_panel
from polytask.tasks import TASKS
from polytask.training.runtime import Runtime

PERSON = "person"
PERSON_SCORE = 0.5
"""Score from which on a detection is a person to look at."""


@dataclass(frozen=True)
class ArgusPredictor:
    """A model, its tasks of interest, where it runs, the shorter side in pixels at which it looks
    at photos, and the size (h, w) at which it looks at a person.
    """

    model: ArgusModel
    tasks: Sequence[str]
    runtime: Runtime
    size: int
    crop: Hw

    def files(self, photo: Image.Image) -> dict[str, Any]:
        """What was found in a photo, as files.

        `{task}.png` to look at. To work with: `{task}.json` of boxes, masks (COCO's run lengths),
        joints, segments, classes and scores; `panoptic_ids.png` (16 bit, 0 is nothing);
        `anomaly_map.npy`; dense tasks as other models have them. `panel.png` with all tasks.
        """
        found, pixels = self(photo), np.array(photo)
        pictures = {task: self.draw(task, pixels, said) for task, said in found.items()}
        titled = {VISION_TASKS[task].title: picture for task, picture in pictures.items()}
        files: dict[str, Any] = {f"{task}.png": picture for task, picture in pictures.items()}
        for task, said in found.items():
            files |= files_of(task, VISION_TASKS[task].label, said, self.model.space(task))
        return {**files, "panel.png": photo_panel(pixels, titled, self._legend(found))}

    @torch.inference_mode()
    def __call__(self, photo: Image.Image) -> dict[str, Any]:
        """Predictions of every task in the photo's own pixels; dense ones are decoded."""
        small = with_shorter_side(photo, self.size)
        whole = [task for task in self.tasks if VISION_TASKS[task].looks_at == "image"]
        of_persons = [task for task in self.tasks if task not in whole]
        finder = ["detection"] if of_persons and "detection" in self.model.tasks else []
        seen = list(dict.fromkeys([*whole, *finder]))
        said = {task: one[0] for task, one in self._predict([np.array(small)], seen).items()}
        sizes = (small.height, small.width), (photo.height, photo.width)
        found = {
            task: at_photo(VISION_TASKS[task].label, task, said[task], *sizes) for task in seen
        }
        if of_persons:
            boxes = self._persons(found["detection"]) if finder else whole_photo(photo)
            found |= self._poses(photo, boxes, of_persons)
        return {task: found[task] for task in self.tasks}

    def draw(self, task: str, pixels: np.ndarray, said: Any) -> np.ndarray:
        """A prediction in a photo's pixels as a picture; persons one after the other."""
        if task in TASKS:
            return colourise(task, said)
        paint: Callable[..., np.ndarray] = VISION_TASKS[task].draw
        if VISION_TASKS[task].looks_at == "image":
            return paint(pixels, said, self.model.space(task))
        for person in said:
            pixels = paint(pixels, person, self.model.space(task))
        return pixels

    def _predict(self, images: Sequence[np.ndarray], tasks: Iterable[str]) -> dict[str, list[Any]]:
        """What is said of images (h,w,3) of one size."""
        batch = torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2).contiguous()
        with self.runtime.autocast():
            return self.model.predict(batch.to(self.runtime.device), tasks)

    def _persons(self, said: Mapping[str, Tensor]) -> np.ndarray:
        """The boxes (N,4) of detections that are persons."""
        space = self.model.space("detection")
        names = [space.classes[thing] for thing in space.things]
        person = torch.tensor([name == PERSON for name in names])
        return said["boxes"][person[said["classes"]] & (said["scores"] >= PERSON_SCORE)].numpy()

    def _poses(
        self, photo: Image.Image, boxes_N4: np.ndarray, tasks: Sequence[str]
    ) -> dict[str, list[dict[str, Any]]]:
        """Per task what is said of each person: joints in the photo's pixels, score and box."""
        if not len(boxes_N4):
            return {task: [] for task in tasks}
        views = [person_view(box, self.crop) for box in boxes_N4]
        crops = [view_image(view, photo, self.crop).transpose(1, 2, 0) for view in views]
        back = [torch.from_numpy(way_back(view, self.crop)).float() for view in views]
        return {
            task: [
                {**each, "keypoints": in_image(each["keypoints"], to_photo), "box": box}
                for each, to_photo, box in zip(said, back, boxes_N4, strict=True)
            ]
            for task, said in self._predict(crops, tasks).items()
        }

    def _legend(self, found: Mapping[str, Any]) -> dict[str, tuple[int, int, int]]:
        """The classes that semantic segmentation found, with their colours."""
        if "semseg" not in found:
            return {}
        classes = self.model.space("semseg").classes
        return {classes[i]: tuple(CLASSES[i].tolist()) for i in np.unique(found["semseg"])}


def whole_photo(photo: Image.Image) -> np.ndarray:
    """The photo as the box of one person: (1, 4)."""
    return np.array([[0, 0, photo.width, photo.height]], np.float32)
