"""Apply a view to an image and its labels. Shapes: H, W of the source; h, w of the output."""

from collections.abc import Mapping, Sequence

import numpy as np
from PIL import Image

from polytask.data.objects import Objects, moved
from polytask.data.texture import texture
from polytask.data.views import Size, View
from polytask.tasks import IGNORE, TASKS

PAD_COLOUR = (124, 116, 104)
"""ImageNet's mean colour: zero once a network has normalised it, as in the official code."""

_YIQ = np.array([[0.299, 0.587, 0.114], [0.596, -0.274, -0.322], [0.211, -0.523, 0.312]])
_NORMAL = (np.arange(256) * (2 / 255) - 1).astype(np.float32)


def apply(
    view: View,
    image: Image.Image,
    labels: Mapping[str, np.ndarray | Objects],
    out_hw: Size,
    of_image: Sequence[str] = (),
) -> dict[str, np.ndarray | Objects]:
    """The sample that a network sees: image uint8 (3, h, w), labels in their final types.

    By the task's kind: classes int64 (h, w); binary float32 (1, h, w); unit_vectors float32
    (3, h, w), unit or zero; positive float32 (1, h, w), divided or multiplied by the zoom where it
    goes with distance; regression float32 (C, h, w). Padding is the unlabelled value of each, and
    of no object. Of objects all are kept; what is said of the whole image, (), stays as it is.
    Images without any of the human_parts are ignored throughout (SAK, AddIgnoreRegions). The
    label of the tasks `of_image` is made of the image of the sample.
    """
    sample = {"image": view_image(view, image, out_hw)}
    if labels or of_image:
        grid = _Grid(view, (image.height, image.width), out_hw)
        for task, values in labels.items():
            sample[task] = _label(grid, task, values)
        for task in of_image:
            made = grid.texture if TASKS[task].of_image == "texture" else grid.colours
            sample[task] = made(sample["image"])
    return sample


def view_image(view: View, image: Image.Image, out_hw: Size) -> np.ndarray:
    """The view of an RGB image, antialiased bilinear, as uint8 (3, h, w)."""
    (top, bottom), (left, right) = (
        _inside(view.top, view.height, image.height, out_hw[0]),
        _inside(view.left, view.width, image.width, out_hw[1]),
    )
    pixels = np.empty((*out_hw, 3), np.uint8)
    if (bottom - top, right - left) != out_hw:
        pixels[:] = PAD_COLOUR
    if bottom > top and right > left:
        step_y, step_x = view.height / out_hw[0], view.width / out_hw[1]
        box = (
            view.left + left * step_x, view.top + top * step_y,
            view.left + right * step_x, view.top + bottom * step_y,
        )  # fmt: skip
        image, box = _with_margin(image, box)
        part = image.resize((right - left, bottom - top), Image.Resampling.BILINEAR, box=box)
        pixels[top:bottom, left:right] = np.asarray(_photometric(view, part))
    if view.flip:
        pixels = pixels[:, ::-1]
    return np.ascontiguousarray(pixels.transpose(2, 0, 1))


def _inside(start: float, length: float, size: int, out: int) -> tuple[int, int]:
    """The range of output pixels whose centres lie in the image: start + (i + 0.5) step."""
    centres = start + (np.arange(out) + 0.5) * (length / out)
    return int(np.searchsorted(centres, 0)), int(np.searchsorted(centres, size))


def _with_margin(
    image: Image.Image, box: tuple[float, float, float, float]
) -> tuple[Image.Image, tuple[float, float, float, float]]:
    """Repeat the border where the outermost output pixels reach beyond it by less than a half."""
    beyond = max(-box[0], -box[1], box[2] - image.width, box[3] - image.height)
    if beyond <= 0:
        return image, box
    if beyond < 1e-6:  # rounding
        limits = (0, 0, image.width, image.height)
        return image, tuple(
            pick(value, limit)
            for pick, value, limit in zip((max, max, min, min), box, limits, strict=True)
        )
    margin = int(np.ceil(beyond))
    padded = np.pad(np.asarray(image), ((margin, margin), (margin, margin), (0, 0)), mode="edge")
    return Image.fromarray(padded), tuple(value + margin for value in box)


def _photometric(view: View, image: Image.Image) -> Image.Image:
    """Brightness, contrast, saturation and hue as one affine map of each pixel's colour.

    Differs from the official code: saturation and hue act about the luma axis (YIQ) instead of in
    HSV, contrast always comes before them, and values are clipped once, at the end. One pass.
    """
    colours = (view.brightness, view.contrast, view.saturation, view.hue)
    if all(value is None for value in colours):
        return image
    brightness, contrast, saturation, hue = (
        default if value is None else value
        for value, default in zip(colours, (0, 1, 1, 0), strict=True)
    )
    cosine, sine = saturation * np.cos(np.deg2rad(hue)), saturation * np.sin(np.deg2rad(hue))
    turn = np.array([[1, 0, 0], [0, cosine, -sine], [0, sine, cosine]])
    map_34 = np.empty((3, 4))
    map_34[:, :3] = contrast * (np.linalg.inv(_YIQ) @ turn @ _YIQ)
    map_34[:, 3] = contrast * brightness
    return image.convert("RGB", tuple(map_34.ravel()))


class _Grid:
    """For every output pixel the nearest source pixel, and whether it lies in the image."""

    def __init__(self, view: View, image_hw: Size, out_hw: Size) -> None:
        self.view, self.out_hw = view, out_hw
        rows, rows_in = _nearest(view.top, view.height, image_hw[0], out_hw[0])
        columns, columns_in = _nearest(view.left, view.width, image_hw[1], out_hw[1])
        if view.flip:
            columns, columns_in = columns[::-1], columns_in[::-1]
        self.flat = (rows[:, None] * image_hw[1] + columns).ravel()
        inside = rows_in.all() and columns_in.all()
        self.outside = None if inside else ~(rows_in[:, None] & columns_in)

    def gather(self, values_HW: np.ndarray, padding: float) -> np.ndarray:
        values_hw = values_HW.reshape(-1).take(self.flat, mode="clip").reshape(self.out_hw)
        if self.outside is not None:
            values_hw[self.outside] = padding
        return values_hw

    def classes(self, values_HW: np.ndarray) -> np.ndarray:
        return self.gather(values_HW, IGNORE).astype(np.int64)

    def human_parts(self, values_HW: np.ndarray) -> np.ndarray:
        values = self.gather(values_HW, IGNORE)
        if not ((values > 0) & (values < IGNORE)).any():
            values[:] = IGNORE
        return values.astype(np.int64)

    def edge(self, values_HW: np.ndarray) -> np.ndarray:
        """Thin lines survive: zoomed out, an output pixel is an edge if any pixel in it is one.

        Zoomed in, lines grow as thick as the zoom. Differs from the official code: there nearest
        sampling drops pixels out of lines at zooms below one.
        """
        values = self.gather(values_HW, IGNORE)
        view, (height, width) = self.view, self.out_hw
        if view.height > height or view.width > width:
            rows, columns = np.nonzero(values_HW == 1)
            rows = np.floor((rows + 0.5 - view.top) * (height / view.height)).astype(int)
            columns = np.floor((columns + 0.5 - view.left) * (width / view.width)).astype(int)
            seen = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
            rows, columns = rows[seen], columns[seen]
            if view.flip:
                columns = width - 1 - columns
            values[rows, columns] = 1
            if self.outside is not None:
                values[self.outside] = IGNORE
        return values.astype(np.float32)[None]

    def normals(self, values_3HW: np.ndarray) -> np.ndarray:
        """Unit vectors; lengths that no encoded normal has (grey, black) mark invalid pixels."""
        normals_3N = values_3HW.reshape(3, -1).take(self.flat, axis=1, mode="clip")
        if normals_3N.dtype == np.uint8:
            normals_3N = _NORMAL.take(normals_3N)
        normals_3N = normals_3N.astype(np.float32)
        length_N = np.sqrt(np.einsum("cn,cn->n", normals_3N, normals_3N))
        valid_N = (length_N > 0.5) & (length_N < 1.5)
        if self.outside is not None:
            valid_N &= ~self.outside.ravel()
        normals_3N *= np.where(valid_N, 1 / np.where(valid_N, length_N, 1), 0)
        if self.view.flip:
            normals_3N[0] *= -1
        return normals_3N.reshape(3, *self.out_hw)

    def positive(self, values_HW: np.ndarray, with_zoom: int) -> np.ndarray:
        values = self.gather(values_HW, 0).astype(np.float32)[None]
        zoom = np.float32(self.view.zoom(self.out_hw))
        return values / zoom if with_zoom < 0 else values * zoom if with_zoom else values

    def regression(self, values: np.ndarray) -> np.ndarray:
        """Values (H, W) or (C, H, W); NaN is unlabelled."""
        maps = values.reshape(-1, *values.shape[-2:])
        return np.stack([self.gather(each.astype(np.float32), np.nan) for each in maps])

    def objects(self, objects: Objects) -> Objects:
        height, width = objects.masks.shape[1:]
        masks_NP = objects.masks.reshape(len(objects), height * width)
        masks_Nhw = masks_NP.take(self.flat, axis=1, mode="clip").reshape(
            len(objects), *self.out_hw
        )
        if self.outside is not None:
            masks_Nhw[:, self.outside] = False
        return moved(objects, self.view, self.out_hw, masks_Nhw)

    def colours(self, pixels_3hw: np.ndarray) -> np.ndarray:
        """The pixels of the view as float32, -1 to 1, NaN where there is no image."""
        values_3hw = pixels_3hw * np.float32(2 / 255) - np.float32(1)
        if self.outside is not None:
            values_3hw[:, self.outside] = np.nan
        return values_3hw

    def texture(self, pixels_3hw: np.ndarray) -> np.ndarray:
        """The texture of the view (1, h, w), NaN where there is no image."""
        if self.outside is None:
            return texture(pixels_3hw)[None]
        values_hw = np.full(self.out_hw, np.nan, np.float32)
        if not self.outside.all():
            inside = tuple(
                slice(lines[0], lines[-1] + 1)
                for lines in (np.flatnonzero(~self.outside.all(axis)) for axis in (1, 0))
            )
            values_hw[inside] = texture(pixels_3hw[:, *inside])
        return values_hw[None]


def _nearest(start: float, length: float, size: int, out: int) -> tuple[np.ndarray, np.ndarray]:
    """Source indices of the output pixels' centres, kept in range, and which were in range."""
    centres = start + (np.arange(out) + 0.5) * (length / out)
    inside = (centres >= 0) & (centres < size)
    return np.floor(centres).clip(0, size - 1).astype(np.int64), inside


def _label(grid: _Grid, task: str, values: np.ndarray | Objects) -> np.ndarray | Objects:
    if isinstance(values, Objects):
        return grid.objects(values)
    if values.ndim == 0:
        return values
    if task == "anomaly_mask":
        return grid.positive(values, with_zoom=0)
    about = TASKS[task]
    if about.kind == "positive":
        return grid.positive(values, about.with_zoom)
    own = {"human_parts": grid.human_parts}
    of_kind = {
        "classes": grid.classes,
        "binary": grid.edge,
        "unit_vectors": grid.normals,
        "regression": grid.regression,
    }
    return (own.get(task) or of_kind[about.kind])(values)
