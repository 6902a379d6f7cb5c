"""SIMO's subset of Taskonomy: twelve buildings at half their size, targets on scales of its own.

The paper gives buildings, counts and the size of 256 x 256; the scales are those of its code.
"""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from PIL import Image

from polytask.data.labels import shifted_classes
from polytask.data.layout import Source
from polytask.data.taskonomy.buildings import SIMO, SIMO_IMAGES
from polytask.data.taskonomy.reader import TaskonomyLayout, read_values
from polytask.data.views import Size
from polytask.errors import UserError

HIGHEST = {"edge_texture": 11041, "keypoints": 3129}
"""What is 1 on the scale of -1 to 1, and the most that a value can be."""
LOG_DEPTHS = np.log(2.0**16)


class SimoTaskonomyLayout(TaskonomyLayout):
    """The same tree with SIMO's splits; images and labels are half as high and wide as their files.

    Colours are resized antialiased bilinear, and so are quantities, over their known pixels; of
    classes every second pixel is taken.
    """

    buildings = SIMO
    per_building = SIMO_IMAGES
    file_hw: ClassVar[Size] = (512, 512)

    def decode_image(self, source: Source) -> Image.Image:
        image = super().decode_image(source)
        if (image.height, image.width) != self.file_hw:
            raise UserError(
                f"{source.path}: is {image.height} x {image.width} pixels; Taskonomy's are "
                f"{self.file_hw[0]} x {self.file_hw[1]}, and are halved here"
            )
        return image.resize((image.width // 2, image.height // 2), Image.Resampling.BILINEAR)

    def decode_label(
        self, task: str, sources: Sequence[Source], num_classes: int, image_hw: Size
    ) -> np.ndarray:
        """Depth as log(1 + value) / log(2^16), textures and keypoints -1 to 1."""
        values, is_known = read_values(task, sources, (2 * image_hw[0], 2 * image_hw[1]))
        if task == "semseg":
            return shifted_classes(values[1::2, 1::2], sources[0].path, num_classes)
        if task == "depth":
            means = halved(values, is_known)
            return np.nan_to_num(np.log1p(means) / np.float32(LOG_DEPTHS), nan=0)
        if task == "normals":
            vectors = [halved(channel, is_known) for channel in values.transpose(2, 0, 1)]
            return np.nan_to_num(np.stack(vectors) * np.float32(2 / 255) - np.float32(1), nan=0)
        return 2 * (halved(values, is_known) / np.float32(HIGHEST[task])).clip(0, 1) - 1


def halved(values_HW: np.ndarray, is_known_HW: np.ndarray) -> np.ndarray:
    """Half as high and wide as float32, antialiased bilinear over the known pixels.

    NaN where less than half of what a pixel covers is known.
    """
    if is_known_HW.all():
        return _resized(values_HW)
    share = _resized(is_known_HW)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = _resized(np.where(is_known_HW, values_HW, 0)) / share
    return np.where(share >= 0.5, means, np.float32(np.nan))


def _resized(values_HW: np.ndarray) -> np.ndarray:
    image = Image.fromarray(values_HW.astype(np.float32))
    size = image.width // 2, image.height // 2
    return np.asarray(image.resize(size, Image.Resampling.BILINEAR))
