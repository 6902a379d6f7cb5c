"""The official release as the small copy that SIMO's code reads, as far as that can be known."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np

from polytask.data.cityscapes.labels import CLASSES, DISPARITY_STEPS
from polytask.data.geometry import apply
from polytask.data.layout import Layout, read
from polytask.data.views import View
from polytask.progress import bar
from polytask.tasks import IGNORE

SIZE = (128, 256)
SPLITS = ("train", "val")
FOLDERS = {"semseg": "label_19", "part_segmentation": "part_seg", "disparity": "depth"}
FULL_SCALE = 65535
"""MTAN's disparities are the values of the official files as a share of this."""


def shrink(layout: Layout, folder: Path, num_threads: int | None = None) -> int:
    """Write {train,val}/{image,label_19,part_seg,depth}/{i}.npy; returns the number of images.

    Images are numbered in the layout's order. Raises UserError where a file is missing or wrong.
    """
    work = list(_work(layout, folder))
    for each in sorted({folder for folder, _, _ in work}):
        for name in ("image", *FOLDERS.values()):
            (each / name).mkdir(parents=True)
    pool = ThreadPoolExecutor(num_threads or min(16, os.cpu_count() or 1))
    try:
        with bar("shrinking", total=len(work), unit="image") as progress:
            for _ in pool.map(partial(_write, layout), work):
                progress.update()
    finally:
        pool.shutdown(cancel_futures=True)
    return len(work)


def _work(layout: Layout, folder: Path) -> Iterator[tuple[Path, int, str]]:
    for split in SPLITS:
        for number, name in enumerate(layout.ids(split)):
            for task in FOLDERS:
                layout.labels(task, name)  # what is missing is told before any image is read
            yield folder / split, number, name


def _write(layout: Layout, work: tuple[Path, int, str]) -> None:
    folder, number, name = work
    for kind, values in arrays(layout, name).items():
        np.save(folder / kind / f"{number}.npy", values)


def arrays(layout: Layout, name: str) -> dict[str, np.ndarray]:
    """image (h, w, 3) float32 0 to 1, label_19 and part_seg (h, w) int8, depth (h, w, 1) float32.

    The image is antialiased, labels are the nearest pixels'. Disparities are not divided by the
    zoom: they are in the unit of the official files, as a share of 65535 (MTAN).
    """
    image = layout.decode_image(*read(layout.tree, [layout.image(name)]))
    image_hw = (image.height, image.width)
    view = View(0, 0, *image_hw)
    labels = {
        task: layout.decode_label(
            task, read(layout.tree, layout.labels(task, name)), len(CLASSES), image_hw
        )
        for task in FOLDERS
    }
    sample = apply(view, image, labels, SIZE)
    pixels = sample["disparity"][0] / np.float32(view.zoom(SIZE))
    steps = np.where(pixels > 0, pixels * DISPARITY_STEPS + 1, 0)
    small = {"image": sample["image"].transpose(1, 2, 0) / np.float32(255)}
    for task in ("semseg", "part_segmentation"):
        small[FOLDERS[task]] = np.where(sample[task] == IGNORE, -1, sample[task]).astype(np.int8)
    small["depth"] = (steps / FULL_SCALE).astype(np.float32)[..., None]
    return small
